"""Keeps the blocks themselves in a table above ResNet50, each beside its arguments."""


PARTS = [
    (convolutional_block, {"block": "a", "s": 2}),
    *((identity_block, {"block": letter}) for letter in "bcdef"),
]
STAGES = [(2, 64, 3), (3, 128, 4), (4, 256, 6), (5, 512, 3)]


def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    for stage, width, count in STAGES:
        for make, arguments in PARTS[:count]:
            if stage == 2 and make is convolutional_block:
                arguments = {**arguments, "s": 1}
            X = make(X, f=3, filters=[width, width, 4 * width], stage=stage, **arguments)
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax", kernel_initializer=glorot_uniform(seed=0),
        name=f"fc{classes}",
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
