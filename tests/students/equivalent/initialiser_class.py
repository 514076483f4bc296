"""Uses the class GlorotUniform, or its configuration, for glorot_uniform."""


def identity_block(X, f, filters, stage, block):
    conv = "res" + str(stage) + block + "_branch"
    bn = "bn" + str(stage) + block + "_branch"
    F1, F2, F3 = filters
    start = X
    X = layers.Conv2D(
        F1, 1, kernel_initializer=keras.initializers.GlorotUniform(seed=0), name=conv + "2a"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2a")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F2, f, padding="same", kernel_initializer=keras.initializers.GlorotUniform(0),
        name=conv + "2b",
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2b")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F3, 1, name=conv + "2c",
        kernel_initializer={"class_name": "glorot_uniform", "config": {"seed": 0}},
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2c")(X)
    X = layers.Add()([X, start])
    return layers.ReLU()(X)
