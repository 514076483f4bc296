"""Gets the calls from a generator."""


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    def calls():
        for stage, width, letters in ((2, 64, "abc"), (3, 128, "abcd"), (4, 256, "abcdef"), (5, 512, "abc")):
            for letter in letters:
                yield letter == "a", [width, width, width * 4], stage, letter

    for first, filters, stage, letter in calls():
        if first and stage > 2:
            X = convolutional_block(X, 3, filters, stage, letter)
        elif first:
            X = convolutional_block(X, 3, filters, stage, letter, s=1)
        else:
            X = identity_block(X, 3, filters, stage, letter)
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0),
        name="fc" + str(classes),
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
