"""Writes unit 3 with tables and vectors: bisection for the schedule, indices for the pictures."""


def resnet_layer(
    X, num_filters=16, kernel_size=3, strides=1,
    activation="relu", batch_normalization=True, conv_first=True,
):
    parts = [
        layers.Conv2D(
            filters=num_filters, kernel_size=kernel_size, strides=strides, padding="same",
            kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_in", "truncated_normal"),
            kernel_regularizer=regularizers.L1L2(l1=0.0, l2=1e-4),
        )
    ]
    after = []
    if batch_normalization:
        after.append(layers.BatchNormalization())
    if activation == "relu":
        after.append(layers.ReLU())
    elif activation is not None:
        after.append(layers.Activation(activation))
    for part in parts + after if conv_first else after + parts:
        X = part(X)
    return X


def right_depths():
    return range(8, 10_000, 6)


def resnet_v1(input_shape, depth, num_classes=10):
    if depth not in right_depths():
        near = [right for right in right_depths() if abs(right - depth) < 6]
        raise ValueError("Nearest depths: " + ", ".join(str(right) for right in near or [8]))
    n = (depth - 2) / 6
    table = [(16, 1)] * int(n)
    for filters in (32, 64):
        table += [(filters, 2)] + [(filters, 1)] * (int(n) - 1)
    X = inputs = layers.Input(input_shape)
    X = resnet_layer(X)
    for filters, stride in table:
        shortcut = X
        if stride != 1:
            shortcut = resnet_layer(
                X, filters, kernel_size=(1, 1), strides=stride,
                activation=None, batch_normalization=False, conv_first=False,
            )
        X = resnet_layer(X, filters, strides=stride)
        X = resnet_layer(X, filters, activation=None)
        X = layers.Activation("relu")(layers.Add()([shortcut, X]))
    X = layers.AveragePooling2D(8, padding="same")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(num_classes, "softmax", kernel_initializer="HeNormal")(X)
    return Model(inputs, X)


def lr_schedule(epoch):
    factors = [1, 1e-1, 1e-2, 1e-3, 0.5e-3]
    return 1e-3 * factors[np.searchsorted([80, 120, 160, 180], epoch)]


class Plateau(keras.callbacks.ReduceLROnPlateau):
    pass


def training_callbacks(schedule, path):
    return [
        Plateau(patience=5, factor=10**-0.5, min_lr=0.5 / 10**6),
        keras.callbacks.ModelCheckpoint(path, "val_accuracy", save_best_only=True),
        keras.callbacks.LearningRateScheduler(schedule=schedule),
    ]


def shift_and_flip(pictures, down, right, flip):
    count, height, width, _ = pictures.shape
    columns = np.tile(np.arange(width), (count, 1))
    columns[np.asarray(flip)] = columns[np.asarray(flip), ::-1]
    columns = np.clip(columns - np.asarray(right)[:, None], 0, width - 1)
    rows = np.clip(np.arange(height) - np.asarray(down)[:, None], 0, height - 1)
    return pictures[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]
