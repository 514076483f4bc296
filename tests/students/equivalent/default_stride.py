"""Leaves s=2 to the default of convolutional_block and passes filters as a tuple or an array."""


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    X = convolutional_block(X, f=3, filters=(64, 64, 256), stage=2, block="a", s=1)
    for letter in "bc":
        X = identity_block(X, f=3, filters=(64, 64, 256), stage=2, block=letter)
    for stage, count in [(3, 4), (4, 6), (5, 3)]:
        filters = np.array([1, 1, 4]) * 2 ** (stage + 4)
        X = convolutional_block(X, f=3, filters=filters, stage=stage, block="a")
        for number in range(1, count):
            X = identity_block(X, f=3, filters=filters, stage=stage, block=chr(97 + number))
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0),
        name=f"fc{classes}",
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
