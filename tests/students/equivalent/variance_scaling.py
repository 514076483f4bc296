"""Knows that Glorot's uniform initialiser is VarianceScaling(1, 'fan_avg', 'uniform')."""


def convolutional_block(X, f, filters, stage, block, s=2):
    def initialiser():
        return keras.initializers.VarianceScaling(1.0, "fan_avg", "uniform", seed=0)

    conv = "res" + str(stage) + block + "_branch"
    bn = "bn" + str(stage) + block + "_branch"
    F1, F2, F3 = filters
    start = X
    X = layers.Conv2D(F1, 1, s, kernel_initializer=initialiser(), name=conv + "2a")(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2a")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(
        F2, f, padding="same", kernel_initializer=initialiser(), name=conv + "2b"
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2b")(X)
    X = layers.ReLU()(X)
    X = layers.Conv2D(F3, 1, kernel_initializer=initialiser(), name=conv + "2c")(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2c")(X)
    start = layers.Conv2D(F3, 1, s, kernel_initializer=initialiser(), name=conv + "1")(start)
    start = layers.BatchNormalization(axis=3, name=bn + "1")(start)
    X = layers.Add()([X, start])
    return layers.ReLU()(X)
