"""Counts the blocks and makes letters of the numbers."""


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    for stage, count in zip(range(2, 6), [3, 4, 6, 3]):
        width = 64 * 2 ** (stage - 2)
        for number in range(count):
            letter = chr(ord("a") + number)
            filters = [width, width, 4 * width]
            if number == 0:
                X = convolutional_block(X, 3, filters, stage, letter, 1 if stage == 2 else 2)
            else:
                X = identity_block(X, 3, filters, stage, letter)
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0),
        name="fc" + str(classes),
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
