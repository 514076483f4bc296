"""Adds with the function layers.add instead of the layer Add."""


def identity_block(X, f, filters, stage, block):
    conv = f"res{stage}{block}_branch"
    bn = f"bn{stage}{block}_branch"
    F1, F2, F3 = filters
    start = X
    X = layers.Conv2D(F1, 1, kernel_initializer=glorot_uniform(seed=0), name=conv + "2a")(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2a")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F2, f, padding="same", kernel_initializer=glorot_uniform(seed=0), name=conv + "2b"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2b")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(F3, 1, kernel_initializer=glorot_uniform(seed=0), name=conv + "2c")(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2c")(X)
    X = layers.add([X, start])
    return layers.ReLU()(X)
