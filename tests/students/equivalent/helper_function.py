"""Puts convolution and batch norm into a helper that both blocks call."""


def conv_bn(X, filters, size, name, strides=1, padding="valid"):
    X = layers.Conv2D(
        filters, size, strides=strides, padding=padding,
        kernel_initializer=glorot_uniform(seed=0), name="res" + name,
    )(X)
    return layers.BatchNormalization(axis=3, name="bn" + name)(X)


def identity_block(X, f, filters, stage, block):
    F1, F2, F3 = filters
    base = f"{stage}{block}_branch"
    main = layers.ReLU()(conv_bn(X, F1, 1, base + "2a"))
    main = layers.ReLU()(conv_bn(main, F2, f, base + "2b", padding="same"))
    main = conv_bn(main, F3, 1, base + "2c")
    return layers.ReLU()(layers.Add()([main, X]))


def convolutional_block(X, f, filters, stage, block, s=2):
    F1, F2, F3 = filters
    base = f"{stage}{block}_branch"
    main = layers.ReLU()(conv_bn(X, F1, 1, base + "2a", strides=s))
    main = layers.ReLU()(conv_bn(main, F2, f, base + "2b", padding="same"))
    main = conv_bn(main, F3, 1, base + "2c")
    shortcut = conv_bn(X, F3, 1, base + "1", strides=s)
    return layers.ReLU()(layers.Add()([main, shortcut]))
