"""Describes each stage by a dataclass."""


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    from dataclasses import dataclass

    @dataclass
    class Stage:
        number: int
        width: int
        letters: str
        stride: int = 2

        def __call__(self, X):
            filters = [self.width, self.width, 4 * self.width]
            X = convolutional_block(X, 3, filters, self.number, "a", self.stride)
            for letter in self.letters:
                X = identity_block(X, 3, filters, self.number, letter)
            return X

    for stage in (Stage(2, 64, "bc", 1), Stage(3, 128, "bcd"), Stage(4, 256, "bcdef"), Stage(5, 512, "bc")):
        X = stage(X)
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0),
        name="fc" + str(classes),
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
