"""Takes every layer from tf.keras and mixes it with keras."""

import tensorflow as tf


def identity_block(X, f, filters, stage, block):
    conv = "res" + str(stage) + block + "_branch"
    bn = "bn" + str(stage) + block + "_branch"
    F1, F2, F3 = filters
    start = X
    X = tf.keras.layers.Conv2D(
        F1, 1, kernel_initializer=tf.keras.initializers.glorot_uniform(seed=0), name=conv + "2a"
    )(X)
    X = tf.keras.layers.BatchNormalization(axis=3, name=bn + "2a")(X)
    X = tf.keras.layers.ReLU()(X)
    X = tf.keras.layers.Conv2D(
        F2, f, padding="same", kernel_initializer=glorot_uniform(seed=0), name=conv + "2b"
    )(X)
    X = tf.keras.layers.BatchNormalization(axis=3, name=bn + "2b")(X)
    X = tf.keras.layers.ReLU()(X)
    X = tf.keras.layers.Conv2D(
        F3, 1, kernel_initializer=glorot_uniform(seed=0), name=conv + "2c"
    )(X)
    X = tf.keras.layers.BatchNormalization(axis=3, name=bn + "2c")(X)
    X = tf.keras.layers.Add()([X, start])
    return tf.keras.layers.ReLU()(X)
