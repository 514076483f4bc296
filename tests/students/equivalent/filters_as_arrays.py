"""Keeps the filters in NumPy arrays."""


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    widths = np.array([64, 64, 256])
    for index, letters in enumerate(("bc", "bcd", "bcdef", "bc")):
        filters = (widths * 2**index).tolist()
        X = convolutional_block(X, 3, filters, 2 + index, "a", s=1 if index == 0 else 2)
        for letter in letters:
            X = identity_block(X, 3, filters, 2 + index, letter)
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0),
        name="fc" + str(classes),
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
