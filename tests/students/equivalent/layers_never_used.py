"""Leaves layers in that lead nowhere, from an earlier attempt."""


def identity_block(X, f, filters, stage, block):
    attempt = layers.Conv2D(filters[0], 1, name=f"try{stage}{block}")(X)
    attempt = layers.ReLU()(attempt)
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
    T = layers.Add()([T, X])
    return layers.ReLU()(T)
