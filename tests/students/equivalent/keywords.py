"""Spells out every argument, including those that are Keras's defaults."""


def convolutional_block(X, f, filters, stage, block, s=2):
    conv = "res" + str(stage) + block + "_branch"
    bn = "bn" + str(stage) + block + "_branch"
    F1, F2, F3 = filters
    X_shortcut = X
    X = layers.Conv2D(
        filters=F1, kernel_size=(1, 1), strides=(s, s), padding="valid", use_bias=True,
        data_format="channels_last", dilation_rate=(1, 1), groups=1, activation=None,
        kernel_initializer=glorot_uniform(seed=0), bias_initializer="zeros", name=conv + "2a",
    )(X)
    X = layers.BatchNormalization(
        axis=3, momentum=0.99, epsilon=0.001, center=True, scale=True, name=bn + "2a"
    )(X)
    X = layers.ReLU(max_value=None, negative_slope=0.0, threshold=0.0)(X)
    X = layers.Conv2D(
        filters=F2, kernel_size=(f, f), strides=(1, 1), padding="same", use_bias=True,
        data_format="channels_last", dilation_rate=(1, 1), groups=1, activation="linear",
        kernel_initializer=glorot_uniform(seed=0), bias_initializer="zeros", name=conv + "2b",
    )(X)
    X = layers.BatchNormalization(
        axis=3, momentum=0.99, epsilon=0.001, center=True, scale=True, name=bn + "2b"
    )(X)
    X = layers.ReLU(max_value=None, negative_slope=0.0, threshold=0.0)(X)
    X = layers.Conv2D(
        filters=F3, kernel_size=(1, 1), strides=(1, 1), padding="valid", use_bias=True,
        kernel_initializer=glorot_uniform(seed=0), bias_initializer="zeros", name=conv + "2c",
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn + "2c", trainable=True)(X)
    X_shortcut = layers.Conv2D(
        filters=F3, kernel_size=(1, 1), strides=(s, s), padding="valid", use_bias=True,
        kernel_initializer=glorot_uniform(seed=0), bias_initializer="zeros", name=conv + "1",
    )(X_shortcut)
    X_shortcut = layers.BatchNormalization(axis=3, name=bn + "1", trainable=True)(X_shortcut)
    X = layers.Add()([X, X_shortcut])
    return layers.ReLU(max_value=None, negative_slope=0.0, threshold=0.0)(X)
