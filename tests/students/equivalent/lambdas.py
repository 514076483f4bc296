"""Wraps each block in a lambda with fewer arguments."""


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    def widths(stage):
        return [2 ** (stage + 4), 2 ** (stage + 4), 2 ** (stage + 6)]

    identity = lambda X, name: identity_block(X, 3, widths(int(name[0])), int(name[0]), name[1])  # noqa: E731
    opening = lambda X, stage, s: convolutional_block(X, 3, widths(stage), stage, "a", s)  # noqa: E731

    X = opening(X, 2, 1)
    for name in ["2b", "2c"]:
        X = identity(X, name)
    X = opening(X, 3, 2)
    for name in ["3b", "3c", "3d"]:
        X = identity(X, name)
    X = opening(X, 4, 2)
    for name in ["4b", "4c", "4d", "4e", "4f"]:
        X = identity(X, name)
    X = opening(X, 5, 2)
    for name in ["5b", "5c"]:
        X = identity(X, name)
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0),
        name=f"fc{classes}",
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
