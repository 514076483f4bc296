"""Writes everything about the pools out, and names the layers that need no name."""


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(batch_shape=(None, *input_shape))
    X = layers.ZeroPadding2D(padding=((3, 3), (3, 3)), name="pad")(X_input)
    X = layers.Conv2D(
        filters=64, kernel_size=(7, 7), strides=(2, 2), padding="valid",
        kernel_initializer=glorot_uniform(seed=0), name="conv1",
    )(X)
    X = layers.BatchNormalization(axis=-1, name="bn_conv1")(X)
    X = layers.Activation("relu", name="relu_conv1")(X)
    X = layers.MaxPooling2D(pool_size=(3, 3), strides=(2, 2), padding="valid", name="pool1")(X)
    for stage, letters in {2: "bc", 3: "bcd", 4: "bcdef", 5: "bc"}.items():
        width = 2 ** (stage + 4)
        filters = [width, width, 4 * width]
        X = convolutional_block(X, 3, filters, stage, "a", s=min(stage - 1, 2))
        for letter in letters:
            X = identity_block(X, 3, filters, stage, letter)
    X = layers.AveragePooling2D((2, 2), strides=2, padding="same", name="avg_pool")(X)
    X = layers.Flatten(name="flatten")(X)
    X = layers.Dense(
        units=classes, use_bias=True, kernel_initializer=glorot_uniform(seed=0),
        bias_initializer="zeros", name=f"fc{classes}", activation=keras.activations.softmax,
    )(X)
    return keras.Model(X_input, X, name="ResNet50")
