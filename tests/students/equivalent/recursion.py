"""Builds the main path by a function that calls itself."""


def identity_block(X, f, filters, stage, block):
    def path(T, steps):
        if not steps:
            return T
        (suffix, count, window), *more = steps
        T = layers.Conv2D(
            count, window, padding="same", kernel_initializer=glorot_uniform(seed=0),
            name=f"res{stage}{block}_branch{suffix}",
        )(T)
        T = layers.BatchNormalization(axis=3, name=f"bn{stage}{block}_branch{suffix}")(T)
        return path(layers.ReLU()(T) if more else T, more)

    F1, F2, F3 = filters
    main = path(X, [("2a", F1, 1), ("2b", F2, f), ("2c", F3, 1)])
    return layers.ReLU()(layers.Add()([main, X]))
