"""Creates the shortcut before the main path and names it first in the sum."""


def convolutional_block(X, f, filters, stage, block, s=2):
    conv = "res" + str(stage) + block + "_branch"
    bn = "bn" + str(stage) + block + "_branch"
    F1, F2, F3 = filters
    shortcut = layers.Conv2D(
        F3, (1, 1), strides=(s, s), kernel_initializer=glorot_uniform(seed=0), name=conv + "1"
    )(X)
    shortcut = layers.BatchNormalization(axis=3, name=bn + "1")(shortcut)
    X = layers.Conv2D(
        F1, (1, 1), strides=(s, s), kernel_initializer=glorot_uniform(seed=0), name=conv + "2a"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2a")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F2, (f, f), padding="same", kernel_initializer=glorot_uniform(seed=0), name=conv + "2b"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2b")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F3, (1, 1), kernel_initializer=glorot_uniform(seed=0), name=conv + "2c"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2c")(X)
    X = layers.Add()([shortcut, X])
    return layers.ReLU()(X)
