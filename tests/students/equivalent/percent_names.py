"""Makes the names with the percent sign."""


def identity_block(X, f, filters, stage, block):
    name = "%s" + "%d%s" % (stage, block) + "_branch%s"
    F1, F2, F3 = filters
    T = layers.Conv2D(F1, 1, kernel_initializer=glorot_uniform(seed=0), name=name % ("res", "2a"))(X)
    T = layers.BatchNormalization(axis=3, name=name % ("bn", "2a"))(T)
    T = layers.ReLU()(T)
    T = layers.Conv2D(
        F2, f, padding="same", kernel_initializer=glorot_uniform(seed=0), name=name % ("res", "2b")
    )(T)
    T = layers.BatchNormalization(axis=3, name=name % ("bn", "2b"))(T)
    T = layers.ReLU()(T)
    T = layers.Conv2D(F3, 1, kernel_initializer=glorot_uniform(seed=0), name=name % ("res", "2c"))(T)
    T = layers.BatchNormalization(axis=3, name=name % ("bn", "2c"))(T)
    return layers.ReLU()(layers.Add()([T, X]))
