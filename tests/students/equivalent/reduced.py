"""Applies a list of layers with functools.reduce."""


def identity_block(X, f, filters, stage, block):
    import functools

    base = str(stage) + block + "_branch2"
    main = []
    for suffix, count, window in zip("abc", filters, (1, f, 1)):
        main.append(
            layers.Conv2D(
                count, window, padding="same", kernel_initializer=glorot_uniform(seed=0),
                name="res" + base + suffix,
            )
        )
        main.append(layers.BatchNormalization(axis=3, name="bn" + base + suffix))
        main.append(layers.ReLU())
    out = functools.reduce(lambda T, layer: layer(T), main[:-1], X)
    return main[-1](layers.Add()([out, X]))
