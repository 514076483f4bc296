"""Uses operations of keras.ops for flattening and softmax."""


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    for stage, letters in {2: "bc", 3: "bcd", 4: "bcdef", 5: "bc"}.items():
        width = 2 ** (stage + 4)
        filters = [width, width, 4 * width]
        X = convolutional_block(X, 3, filters, stage, "a", s=min(stage - 1, 2))
        for letter in letters:
            X = identity_block(X, 3, filters, stage, letter)
    X = layers.AveragePooling2D(pool_size=(2, 2), name="avg_pool")(X)
    X = keras.ops.reshape(X, (-1, int(np.prod(X.shape[1:]))))
    X = layers.Dense(classes, kernel_initializer=glorot_uniform(seed=0), name=f"fc{classes}")(X)
    return Model(X_input, keras.ops.softmax(X), name="ResNet50")
