"""Builds the three components in a loop over sizes, paddings and suffixes."""


def identity_block(X, f, filters, stage, block):
    shortcut = X
    for number, (count, size, suffix) in enumerate(zip(filters, [1, f, 1], "abc", strict=True)):
        name = f"{stage}{block}_branch2{suffix}"
        X = layers.Conv2D(
            count, size, padding="same", kernel_initializer=glorot_uniform(seed=0),
            name="res" + name,
        )(X)
        X = layers.BatchNormalization(axis=3, name="bn" + name)(X)
        if number == 2:
            X = layers.Add()([X, shortcut])
        X = layers.ReLU()(X)
    return X


def convolutional_block(X, f, filters, stage, block, s=2):
    base = f"{stage}{block}_branch"
    paths = []
    for steps in (
        [("2a", filters[0], 1, s), ("2b", filters[1], f, 1), ("2c", filters[2], 1, 1)],
        [("1", filters[2], 1, s)],
    ):
        path = X
        for suffix, count, size, stride in steps:
            path = layers.Conv2D(
                count, size, strides=stride, padding="same",
                kernel_initializer=glorot_uniform(seed=0), name="res" + base + suffix,
            )(path)
            path = layers.BatchNormalization(axis=3, name="bn" + base + suffix)(path)
            if suffix in ("2a", "2b"):
                path = layers.ReLU()(path)
        paths.append(path)
    return layers.ReLU()(layers.Add()(paths))
