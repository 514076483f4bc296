"""Names the additions and activations too, which nobody asked for."""


def identity_block(X, f, filters, stage, block):
    conv = "res" + str(stage) + block + "_branch"
    bn = "bn" + str(stage) + block + "_branch"
    name = f"block{stage}{block}_"
    F1, F2, F3 = filters
    start = X
    X = layers.Conv2D(F1, 1, kernel_initializer=glorot_uniform(seed=0), name=conv + "2a")(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2a")(X)
    X = layers.ReLU(name=name + "relu_2a")(X)
    X = layers.Conv2D(
        F2, f, padding="same", kernel_initializer=glorot_uniform(seed=0), name=conv + "2b"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2b")(X)
    X = layers.ReLU(name=name + "relu_2b")(X)
    X = layers.Conv2D(F3, 1, kernel_initializer=glorot_uniform(seed=0), name=conv + "2c")(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2c")(X)
    X = layers.Add(name=name + "add")([X, start])
    return layers.ReLU(name=name + "out")(X)
