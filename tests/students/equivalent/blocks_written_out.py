"""Writes all blocks out within ResNet50, and calls neither of its own."""


def ResNet50(input_shape=(64, 64, 3), classes=6):
    def conv(X, n, k, s, stage, block, branch, pad="valid"):
        X = layers.Conv2D(
            n,
            k,
            strides=s,
            padding=pad,
            kernel_initializer=glorot_uniform(seed=0),
            name=f"res{stage}{block}_branch{branch}",
        )(X)
        return layers.BatchNormalization(axis=3, name=f"bn{stage}{block}_branch{branch}")(X)

    def mine(X, filters, stage, block, s=1):
        S = X
        a, b, c = filters
        X = layers.ReLU()(conv(X, a, 1, s, stage, block, "2a"))
        X = layers.ReLU()(conv(X, b, 3, 1, stage, block, "2b", "same"))
        X = conv(X, c, 1, 1, stage, block, "2c")
        if block == "a":
            S = conv(S, c, 1, s, stage, block, "1")
        return layers.ReLU()(layers.Add()([S, X]))

    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)
    X = layers.Conv2D(64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1")(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)
    for b in "abc":
        X = mine(X, [64, 64, 256], 2, b)
    for stage, letters, f in ((3, "abcd", 128), (4, "abcdef", 256), (5, "abc", 512)):
        for b in letters:
            X = mine(X, [f, f, 4 * f], stage, b, 2 if b == "a" else 1)
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes,
        activation="softmax",
        kernel_initializer=glorot_uniform(seed=0),
        name="fc" + str(classes),
    )(X)
    return Model(inputs=X_input, outputs=X, name="ResNet50")
