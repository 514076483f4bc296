"""Subtracts the negative of the shortcut instead of adding it."""


def identity_block(X, f, filters, stage, block):
    base = f"{stage}{block}_branch"
    T = X
    for suffix, count, window in zip(("2a", "2b", "2c"), filters, (1, f, 1)):
        T = layers.Conv2D(
            count, window, padding="same", kernel_initializer=glorot_uniform(seed=0),
            name="res" + base + suffix,
        )(T)
        T = layers.BatchNormalization(axis=3, name="bn" + base + suffix)(T)
        if suffix != "2c":
            T = layers.ReLU()(T)
    T = T - (-X)
    return layers.ReLU()(T)
