"""Makes the names with str.format and str.join."""


def convolutional_block(X, f, filters, stage, block, s=2):
    conv = "res{}{}_branch".format(stage, block)
    bn = "".join(["bn", str(stage), block, "_branch"])
    F1, F2, F3 = filters
    side = X
    X = layers.Conv2D(F1, 1, s, kernel_initializer=glorot_uniform(seed=0), name=conv + "2a")(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2a")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F2, f, padding="same", kernel_initializer=glorot_uniform(seed=0), name=conv + "2b"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2b")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(F3, 1, kernel_initializer=glorot_uniform(seed=0), name=conv + "2c")(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2c")(X)
    side = layers.Conv2D(F3, 1, s, kernel_initializer=glorot_uniform(seed=0), name=conv + "1")(side)
    side = layers.BatchNormalization(axis=3, name=bn + "1")(side)
    return layers.ReLU()(layers.Add()([X, side]))
