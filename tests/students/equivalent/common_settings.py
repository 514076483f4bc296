"""Keeps what all convolutions share in a dictionary."""


def convolutional_block(X, f, filters, stage, block, s=2):
    common = dict(padding="same", kernel_initializer=glorot_uniform(seed=0))
    conv, bn = (f"{kind}{stage}{block}_branch" for kind in ("res", "bn"))
    T = layers.Conv2D(filters[0], [1, 1], [s, s], name=conv + "2a", **common)(X)
    T = layers.BatchNormalization(3, name=bn + "2a")(T)
    T = layers.Activation("relu")(T)
    T = layers.Conv2D(filters[1], [f, f], name=conv + "2b", **common)(T)
    T = layers.BatchNormalization(3, name=bn + "2b")(T)
    T = layers.Activation("relu")(T)
    T = layers.Conv2D(filters[2], [1, 1], name=conv + "2c", **common)(T)
    T = layers.BatchNormalization(3, name=bn + "2c")(T)
    S = layers.Conv2D(filters[2], [1, 1], [s, s], name=conv + "1", **common)(X)
    S = layers.BatchNormalization(3, name=bn + "1")(S)
    T = layers.Add()([T, S])
    return layers.Activation("relu")(T)
