"""Writes unit 3 with other layers, positional arguments, and comparisons in a row."""


def resnet_layer(
    X, num_filters=16, kernel_size=3, strides=1,
    activation="relu", batch_normalization=True, conv_first=True,
):
    def convolve(tensor):
        he = keras.initializers.HeNormal()
        return keras.layers.Convolution2D(
            num_filters, (kernel_size, kernel_size), (strides, strides), "SAME",
            kernel_initializer=he, kernel_regularizer=regularizers.l2(0.0001),
        )(tensor)

    def normalise(tensor):
        return layers.BatchNormalization(axis=-1)(tensor) if batch_normalization else tensor

    def activate(tensor):
        return keras.activations.get(activation)(tensor) if activation else tensor

    steps = [convolve, normalise, activate] if conv_first else [normalise, activate, convolve]
    for step in steps:
        X = step(X)
    return X


def resnet_v1(input_shape, depth, num_classes=10):
    if depth < 8 or (depth - 2) % 6 != 0:
        below = depth - (depth - 2) % 6
        message = f"depth should be 6n+2, not {depth}. Nearest: {below} and {below + 6}."
        raise ValueError(message if below >= 8 else f"depth {depth} is too small: use 8")
    blocks = (depth - 2) // 6
    start = keras.Input(shape=input_shape)
    x = resnet_layer(start, 16)
    for _ in range(blocks):
        y = resnet_layer(resnet_layer(x, 16), 16, 3, 1, None)
        x = keras.ops.relu(x + y)
    for filters in (32, 64):
        shortcut = resnet_layer(x, filters, 1, 2, None, False)
        y = resnet_layer(x, filters, strides=(2, 2))
        y = resnet_layer(y, num_filters=filters, activation="linear")
        x = layers.Activation("relu")(layers.add([y, shortcut]))
        for _ in range(blocks - 1):
            y = resnet_layer(X=x, num_filters=filters)
            y = resnet_layer(y, filters, activation=None, conv_first=True)
            x = layers.ReLU()(y + x)
    x = layers.AveragePooling2D(pool_size=(8, 8), strides=8)(x)
    x = layers.Reshape((-1,))(x)
    x = layers.Dense(num_classes, kernel_initializer=keras.initializers.he_normal())(x)
    return keras.Model(inputs=[start], outputs=[layers.Softmax()(x)])


def lr_schedule(epoch):
    lr = np.float32(1e-3)
    if epoch > 180:
        lr *= 0.5e-3
    elif epoch > 160:
        lr *= 1e-3
    elif epoch > 120:
        lr *= 1e-2
    elif epoch > 80:
        lr *= 1e-1
    return lr


def training_callbacks(schedule, path):
    from keras.callbacks import LearningRateScheduler, ModelCheckpoint, ReduceLROnPlateau

    checkpoint = ModelCheckpoint(
        filepath=path, monitor="val_accuracy", verbose=1, save_best_only=True, mode="max"
    )
    plateau = ReduceLROnPlateau(
        monitor="val_loss", factor=0.1**0.5, cooldown=0, patience=5, min_lr=5e-7, mode="min"
    )
    return checkpoint, plateau, LearningRateScheduler(lambda epoch, lr: schedule(epoch), verbose=1)


def shift_and_flip(pictures, down, right, flip):
    reach = 1 + max(max(map(abs, down)), max(map(abs, right)))
    padded = np.pad(pictures, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="edge")
    height, width = pictures.shape[1], pictures.shape[2]
    made = []
    for padded_picture, y, x, mirrored in zip(padded, down, right, flip):
        window = padded_picture[reach - y : reach - y + height, reach - x : reach - x + width]
        made.append(np.fliplr(window) if mirrored else window)
    return np.stack(made)
