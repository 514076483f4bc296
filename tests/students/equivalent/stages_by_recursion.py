"""Builds the stages by a function that calls itself."""


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    def rest(X, stage, width, s):
        if stage > 5:
            return X
        filters = [width, width, 4 * width]
        X = convolutional_block(X, 3, filters, stage, "a", s)
        for letter in {2: "bc", 3: "bcd", 4: "bcdef", 5: "bc"}[stage]:
            X = identity_block(X, 3, filters, stage, letter)
        return rest(X, stage + 1, 2 * width, 2)

    X = rest(X, 2, 64, 1)
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0),
        name="fc" + str(classes),
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
