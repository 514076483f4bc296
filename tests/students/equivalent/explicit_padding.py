"""Pads the f×f convolution by hand, as 'same' does, and convolves 'valid'."""


def identity_block(X, f, filters, stage, block):
    conv = "res" + str(stage) + block + "_branch"
    bn = "bn" + str(stage) + block + "_branch"
    F1, F2, F3 = filters
    before, after = (f - 1) // 2, f // 2
    start = X
    X = layers.Conv2D(F1, 1, kernel_initializer=glorot_uniform(seed=0), name=conv + "2a")(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2a")(X)
    X = layers.ReLU()(X)
    X = layers.ZeroPadding2D(((before, after), (before, after)))(X)
    X = layers.Conv2D(F2, f, kernel_initializer=glorot_uniform(seed=0), name=conv + "2b")(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2b")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(F3, 1, kernel_initializer=glorot_uniform(seed=0), name=conv + "2c")(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2c")(X)
    X = layers.Add()([X, start])
    return layers.ReLU()(X)
