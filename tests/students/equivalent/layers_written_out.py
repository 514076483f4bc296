"""Writes convolutions, normalisation and activations of unit 3's network out."""


def resnet_v1(input_shape, depth, num_classes=10):
    n, left_over = divmod(depth - 2, 6)
    if left_over or n < 1:
        nearest = sorted({max(8, 6 * n + 2), max(8, 6 * n + 8)})
        raise ValueError(f"try {' or '.join(map(str, nearest))}")

    def conv(X, f, k=3, s=1):
        return layers.Conv2D(
            f,
            k,
            strides=s,
            padding="same",
            kernel_initializer="he_normal",
            kernel_regularizer=keras.regularizers.L2(1e-4),
        )(X)

    X_input = layers.Input(input_shape)
    X = layers.ReLU()(layers.BatchNormalization()(conv(X_input, 16)))
    for stack, filters in enumerate([16, 32, 64]):
        for block in range(n):
            shrinks = stack > 0 and block == 0
            strides = 2 if shrinks else 1
            Y = layers.ReLU()(layers.BatchNormalization()(conv(X, filters, s=strides)))
            Y = layers.BatchNormalization()(conv(Y, filters))
            if shrinks:
                X = conv(X, filters, 1, strides)
            X = layers.ReLU()(layers.Add()([X, Y]))
    X = layers.Flatten()(layers.AveragePooling2D(8)(X))
    X = layers.Dense(num_classes, activation="softmax", kernel_initializer="he_normal")(X)
    return Model(X_input, X)
