"""Builds a stage in a function above ResNet50, and takes the blocks as default arguments."""


def stage_of(X, stage, width, count, s, opening=convolutional_block, following=identity_block):
    filters = [width, width, 4 * width]
    X = opening(X, 3, filters, stage, "a", s)
    for letter in "bcdef"[: count - 1]:
        X = following(X, 3, filters, stage, letter)
    return X


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    X = stage_of(X, 2, 64, 3, s=1)
    X = stage_of(X, 3, 128, 4, s=2)
    X = stage_of(X, 4, 256, 6, s=2)
    X = stage_of(X, 5, 512, 3, s=2)
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0),
        name=f"fc{classes}",
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
