"""Writes every default out."""


def identity_block(X, f, filters, stage, block):
    base = f"{stage}{block}_branch"
    T = X
    for suffix, count, window in zip(("2a", "2b", "2c"), filters, (1, f, 1)):
        T = layers.Conv2D(
            count, window, padding="same", kernel_initializer=glorot_uniform(seed=0),
            name="res" + base + suffix,
            strides=(1, 1), dilation_rate=(1, 1), groups=1, activation=None, use_bias=True,
            bias_initializer="zeros",
        )(T)
        T = layers.BatchNormalization(
            axis=3, momentum=0.99, epsilon=0.001, center=True, scale=True,
            beta_initializer="zeros", gamma_initializer="ones", name="bn" + base + suffix)(T)
        if suffix != "2c":
            T = layers.ReLU(max_value=None, negative_slope=0.0, threshold=0.0)(T)
    T = layers.Add()([T, X])
    return layers.ReLU(max_value=None, negative_slope=0.0, threshold=0.0)(T)
