"""Passes everything by position, BatchNormalization(3) included."""


def identity_block(X, f, filters, stage, block):
    conv = "res" + str(stage) + block + "_branch"
    bn = "bn" + str(stage) + block + "_branch"
    F1, F2, F3 = filters
    X_shortcut = X
    X = layers.Conv2D(
        F1, (1, 1), (1, 1), "valid", name=conv + "2a", kernel_initializer=glorot_uniform(0)
    )(X)
    X = layers.BatchNormalization(3, name=bn + "2a")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F2, (f, f), (1, 1), "same", name=conv + "2b", kernel_initializer=glorot_uniform(0)
    )(X)
    X = layers.BatchNormalization(3, name=bn + "2b")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F3, (1, 1), (1, 1), "valid", name=conv + "2c", kernel_initializer=glorot_uniform(0)
    )(X)
    X = layers.BatchNormalization(3, name=bn + "2c")(X)
    X = layers.Add()([X, X_shortcut])
    return layers.ReLU()(X)


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = keras.Input(input_shape)
    X = layers.ZeroPadding2D(3)(X_input)
    X = layers.Conv2D(64, 7, 2, name="conv1", kernel_initializer=glorot_uniform(0))(X)
    X = layers.BatchNormalization(3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPool2D(3, 2)(X)
    X = convolutional_block(X, 3, [64, 64, 256], 2, "a", 1)
    X = identity_block(X, 3, [64, 64, 256], 2, "b")
    X = identity_block(X, 3, [64, 64, 256], 2, "c")
    X = convolutional_block(X, 3, [128, 128, 512], 3, "a", 2)
    X = identity_block(X, 3, [128, 128, 512], 3, "b")
    X = identity_block(X, 3, [128, 128, 512], 3, "c")
    X = identity_block(X, 3, [128, 128, 512], 3, "d")
    X = convolutional_block(X, 3, [256, 256, 1024], 4, "a", 2)
    X = identity_block(X, 3, [256, 256, 1024], 4, "b")
    X = identity_block(X, 3, [256, 256, 1024], 4, "c")
    X = identity_block(X, 3, [256, 256, 1024], 4, "d")
    X = identity_block(X, 3, [256, 256, 1024], 4, "e")
    X = identity_block(X, 3, [256, 256, 1024], 4, "f")
    X = convolutional_block(X, 3, [512, 512, 2048], 5, "a", 2)
    X = identity_block(X, 3, [512, 512, 2048], 5, "b")
    X = identity_block(X, 3, [512, 512, 2048], 5, "c")
    X = layers.AvgPool2D((2, 2), name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, "softmax", name="fc" + str(classes), kernel_initializer=glorot_uniform(0)
    )(X)
    return Model(X_input, X, name="ResNet50")
