"""Pads and pools with operations of keras.ops."""


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = keras.Input(shape=input_shape, name="pictures")
    X = keras.ops.pad(X_input, [[0, 0], [3, 3], [3, 3], [0, 0]])
    X = layers.Conv2D(64, 7, 2, kernel_initializer=glorot_uniform(seed=0), name="conv1")(X)
    X = layers.BatchNormalization(name="bn_conv1")(X)
    X = keras.ops.relu(X)
    X = keras.ops.max_pool(X, 3, 2)
    for stage, letters in {2: "bc", 3: "bcd", 4: "bcdef", 5: "bc"}.items():
        width = 2 ** (stage + 4)
        filters = [width, width, 4 * width]
        X = convolutional_block(X, 3, filters, stage, "a", s=min(stage - 1, 2))
        for letter in letters:
            X = identity_block(X, 3, filters, stage, letter)
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0),
        name="fc" + str(classes),
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
