"""Fixes the window f=3 once, with functools.partial, inside ResNet50."""


from functools import partial


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    conv, identity = partial(convolutional_block, f=3), partial(identity_block, f=3)
    for stage, width, more in [(2, 64, "bc"), (3, 128, "bcd"), (4, 256, "bcdef"), (5, 512, "bc")]:
        filters = [width, width, 4 * width]
        X = conv(X, filters=filters, stage=stage, block="a", s=1 if stage == 2 else 2)
        for letter in more:
            X = identity(X, filters=filters, stage=stage, block=letter)
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0),
        name=f"fc{classes}",
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
