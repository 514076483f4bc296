"""Wraps ReLU and addition into Lambda layers."""


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
            T = layers.Lambda(keras.ops.relu)(T)
    T = layers.Lambda(lambda pair: pair[0] + pair[1])([T, X])
    return layers.Lambda(keras.ops.relu)(T)
