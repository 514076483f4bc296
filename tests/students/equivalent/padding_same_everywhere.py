"""Pads 'same' wherever it changes nothing: 1×1 convolutions and the average pool."""


def identity_block(X, f, filters, stage, block):
    conv = "res" + str(stage) + block + "_branch"
    bn = "bn" + str(stage) + block + "_branch"
    F1, F2, F3 = filters
    start = X
    X = layers.Conv2D(
        F1, 1, padding="same", kernel_initializer=glorot_uniform(seed=0), name=conv + "2a"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2a")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F2, f, padding="same", kernel_initializer=glorot_uniform(seed=0), name=conv + "2b"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2b")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F3, 1, padding="same", kernel_initializer=glorot_uniform(seed=0), name=conv + "2c"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2c")(X)
    X = layers.Add()([X, start])
    return layers.ReLU()(X)


def convolutional_block(X, f, filters, stage, block, s=2):
    conv = "res" + str(stage) + block + "_branch"
    bn = "bn" + str(stage) + block + "_branch"
    F1, F2, F3 = filters
    start = X
    X = layers.Conv2D(
        F1, 1, s, padding="same", kernel_initializer=glorot_uniform(seed=0), name=conv + "2a"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2a")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F2, f, padding="same", kernel_initializer=glorot_uniform(seed=0), name=conv + "2b"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2b")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F3, 1, padding="same", kernel_initializer=glorot_uniform(seed=0), name=conv + "2c"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2c")(X)
    start = layers.Conv2D(
        F3, 1, s, padding="same", kernel_initializer=glorot_uniform(seed=0), name=conv + "1"
    )(start)
    start = layers.BatchNormalization(axis=3, name=bn + "1")(start)
    X = layers.Add()([X, start])
    return layers.ReLU()(X)


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    X = convolutional_block(X, f=3, filters=[64, 64, 256], stage=2, block="a", s=1)
    X = identity_block(X, f=3, filters=[64, 64, 256], stage=2, block="b")
    X = identity_block(X, f=3, filters=[64, 64, 256], stage=2, block="c")
    for stage, width, letters in [(3, 128, "bcd"), (4, 256, "bcdef"), (5, 512, "bc")]:
        filters = [width, width, 4 * width]
        X = convolutional_block(X, f=3, filters=filters, stage=stage, block="a")
        for letter in letters:
            X = identity_block(X, f=3, filters=filters, stage=stage, block=letter)
    X = layers.AveragePooling2D((2, 2), padding="same", name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0),
        name="fc" + str(classes),
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
