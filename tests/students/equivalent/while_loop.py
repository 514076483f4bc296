"""Goes through the blocks in a while loop."""


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    waiting = [f"{stage}{letter}" for stage, last in zip("2345", "cdfc") for letter in "abcdef" if letter <= last]
    while waiting:
        name = waiting.pop(0)
        stage, letter = int(name[0]), name[1]
        width = 16 << stage
        filters = [width, width, width << 2]
        if letter == "a":
            X = convolutional_block(X, f=3, filters=filters, stage=stage, block=letter, s=2 if stage > 2 else 1)
        else:
            X = identity_block(X, f=3, filters=filters, stage=stage, block=letter)
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0),
        name="fc" + str(classes),
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
