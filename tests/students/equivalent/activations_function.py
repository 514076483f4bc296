"""Calls the function keras.activations.relu on tensors."""


def convolutional_block(X, f, filters, stage, block, s=2):
    relu = keras.activations.relu
    conv = f"res{stage}{block}_branch"
    bn = f"bn{stage}{block}_branch"
    F1, F2, F3 = filters
    start = X
    X = layers.Conv2D(F1, 1, s, kernel_initializer=glorot_uniform(seed=0), name=conv + "2a")(X)
    X = relu(layers.BatchNormalization(axis=3, name=bn + "2a")(X))
    X = layers.Conv2D(
        F2, f, 1, "same", kernel_initializer=glorot_uniform(seed=0), name=conv + "2b"
    )(X)
    X = relu(layers.BatchNormalization(axis=3, name=bn + "2b")(X))
    X = layers.Conv2D(F3, 1, kernel_initializer=glorot_uniform(seed=0), name=conv + "2c")(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2c")(X)
    start = layers.Conv2D(
        F3, 1, s, kernel_initializer=glorot_uniform(seed=0), name=conv + "1"
    )(start)
    start = layers.BatchNormalization(axis=3, name=bn + "1")(start)
    return relu(layers.Add()([X, start]))
