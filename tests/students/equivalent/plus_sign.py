"""Adds with a plus sign, an operation that is no layer."""


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
    X = X + start
    return layers.ReLU()(X)


def convolutional_block(X, f, filters, stage, block, s=2):
    conv = f"res{stage}{block}_branch"
    bn = f"bn{stage}{block}_branch"
    F1, F2, F3 = filters
    start = X
    X = layers.Conv2D(
        F1, 1, strides=s, kernel_initializer=glorot_uniform(seed=0), name=conv + "2a"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2a")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F2, f, padding="same", kernel_initializer=glorot_uniform(seed=0), name=conv + "2b"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2b")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(F3, 1, kernel_initializer=glorot_uniform(seed=0), name=conv + "2c")(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2c")(X)
    start = layers.Conv2D(
        F3, 1, strides=s, kernel_initializer=glorot_uniform(seed=0), name=conv + "1"
    )(start)
    start = layers.BatchNormalization(axis=3, name=bn + "1")(start)
    return layers.ReLU()(start + X)
