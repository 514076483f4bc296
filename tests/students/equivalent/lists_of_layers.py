"""Collects the layers in a list and applies them one after another."""


def identity_block(X, f, filters, stage, block):
    conv = "res" + str(stage) + block + "_branch"
    bn = "bn" + str(stage) + block + "_branch"
    F1, F2, F3 = filters
    start = {"kernel_initializer": glorot_uniform(seed=0)}
    path = [
        layers.Conv2D(F1, 1, name=conv + "2a", **start),
        layers.BatchNormalization(name=bn + "2a"),
        layers.ReLU(),
        layers.Conv2D(F2, f, padding="same", name=conv + "2b", **start),
        layers.BatchNormalization(name=bn + "2b"),
        layers.ReLU(),
        layers.Conv2D(F3, 1, name=conv + "2c", **start),
        layers.BatchNormalization(name=bn + "2c"),
    ]
    main = X
    for layer in path:
        main = layer(main)
    return layers.ReLU()(layers.Add()([X, main]))
