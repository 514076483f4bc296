"""Writes unit 4 with other layers, inner functions, indices, and a pipeline of numbers."""


def residual_unit(
    X, num_filters, stride=1, kernel_size=3,
    activation="relu", bn=True, conv_first=True,
):
    def convolve(tensor):
        return keras.layers.Convolution2D(
            num_filters, (kernel_size, kernel_size), (stride, stride), "SAME",
            kernel_initializer=keras.initializers.HeNormal(), kernel_regularizer=regularizers.l2(0.0001),
        )(tensor)

    def normalise(tensor):
        return layers.BatchNormalization(axis=-1)(tensor) if bn else tensor

    def activate(tensor):
        return keras.activations.get(activation)(tensor) if activation else tensor

    if not conv_first:
        return convolve(activate(normalise(X)))
    X = activate(normalise(convolve(X)))
    return layers.Dropout(rate=0.2)(X) if activation else X


def resnet_v2(input_shape, depth, num_classes=10, start_width=16):
    if depth < 11 or (depth - 2) % 9 != 0:
        below = depth - (depth - 2) % 9
        message = f"depth should be 9n+2, not {depth}. Nearest: {below} and {below + 9}."
        raise ValueError(message if below >= 11 else f"depth {depth} is too small: use 11")
    start = keras.Input(shape=input_shape)
    x = residual_unit(start, start_width)
    for number in range((depth - 2) // 3):
        stage, block = divmod(number, (depth - 2) // 9)
        wide = start_width * (4, 8, 16)[stage]
        narrow = start_width if stage == 0 else wide // 2
        s = 2 if stage and not block else 1
        if number == 0:
            y = residual_unit(x, narrow, 1, 1, None, False)
        else:
            y = residual_unit(x, narrow, s, 1, "relu", True, False)
        y = residual_unit(X=y, num_filters=narrow, conv_first=False)
        y = residual_unit(y, wide, kernel_size=(1, 1), conv_first=False)
        shortcut = residual_unit(x, wide, s, 1, None, False, conv_first=False) if block == 0 else x
        x = y + shortcut
    x = keras.ops.relu(layers.BatchNormalization(axis=3)(x))
    return keras.Model(inputs=[start], outputs=[head(x, num_classes)])


def make_dataset(pictures, labels, batch_size, seed=None, read=None):
    numbers = tf.data.Dataset.range(len(labels))
    if seed is not None:
        numbers = numbers.shuffle(10_000, seed=seed + 1, reshuffle_each_iteration=True)
    pictures, labels = tf.constant(pictures), tf.constant(labels)

    def element(number):
        picture = pictures[number]
        return picture if read is None else read(picture), labels[number]

    return numbers.map(element, num_parallel_calls=2).batch(batch_size, drop_remainder=False)


def predictions(predict, folder, batch_size=32):
    waiting, names = [], []

    def answers():
        scores = iter(predict(np.array(waiting))) if waiting else iter(())
        return [(name, next(scores) if readable else None) for name, readable in names]

    for name in sorted(path.name for path in Path(folder).iterdir()):
        if (Path(folder) / name).is_dir():
            continue
        try:
            waiting.append(read_picture(f"{folder}/{name}"))
            names.append((name, True))
        except Unreadable:
            names.append((name, False))
        if len(waiting) == batch_size:
            yield from answers()
            waiting, names = [], []
    yield from answers()


def performance_report(true, scores):
    predicted = tf.argmax(scores, axis=1).numpy()
    classes = true.shape[1]
    matrix = np.array([
        [sum(1 for t, p in zip(true, predicted) if t[i] == 1 and p == j) for j in range(classes)]
        for i in range(classes)
    ])
    precision, recall = [], []
    for c in range(classes):
        called, there = matrix[:, c].sum(), matrix[c].sum()
        precision.append(matrix[c, c] / called if called else 0.0)
        recall.append(matrix[c, c] / there if there else 0.0)
    mistakes = [i for i in range(len(true)) if true[i, predicted[i]] == 0]
    mistakes.sort(key=lambda i: scores[i].max(), reverse=True)
    return matrix, np.array(precision), np.array(recall), np.array(mistakes)
