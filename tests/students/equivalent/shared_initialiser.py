"""Makes one initialiser and hands it to every layer."""


def convolutional_block(X, f, filters, stage, block, s=2):
    start = glorot_uniform(seed=0)
    F1, F2, F3 = filters
    name = f"{stage}{block}_branch"
    T = layers.Conv2D(F1, 1, s, kernel_initializer=start, name=f"res{name}2a")(X)
    T = layers.ReLU()(layers.BatchNormalization(name=f"bn{name}2a")(T))
    T = layers.Conv2D(F2, f, padding="same", kernel_initializer=start, name=f"res{name}2b")(T)
    T = layers.ReLU()(layers.BatchNormalization(name=f"bn{name}2b")(T))
    T = layers.Conv2D(F3, 1, kernel_initializer=start, name=f"res{name}2c")(T)
    T = layers.BatchNormalization(name=f"bn{name}2c")(T)
    S = layers.Conv2D(F3, 1, s, kernel_initializer=start, name=f"res{name}1")(X)
    S = layers.BatchNormalization(name=f"bn{name}1")(S)
    return layers.ReLU()(layers.Add()([T, S]))
