"""Writes unit 5 with recursion, its own letters for everything, and the pools of other names."""


def basic_block(X, filters, stage, block, s=1):
    name = f"conv{stage}_block{block}"
    main = layers.ReLU()(conv_bn(X, filters[0], 3, s, name + "_1"))
    main = conv_bn(main, filters[1], 3, 1, name + "_2")
    if X.shape[3] == filters[1] and s == 1:
        return layers.Activation("relu")(layers.add([main, X]))
    projected = conv_bn(X, filters[-1], 1, s, f"{name}_0")
    return layers.Activation("relu")(layers.add([main, projected]))


def resnet(depth, input_shape=(224, 224, 3), classes=1000, width=64):
    if depth not in (18, 34, 50, 101, 152):
        raise ValueError(f"depth must be in (18, 34, 50, 101, 152), found {depth}")

    def stages(x, stage, F, counts):
        if not counts:
            return x
        for block in range(counts[0]):
            s = 1 if stage == 2 or block > 0 else 2
            if depth >= 50:
                x = bottleneck_block(x, (F, F, F * 4), stage=stage, block=block + 1, s=s)
            else:
                x = basic_block(x, np.array([F, F]), stage=stage, block=block + 1, s=s)
        return stages(x, stage + 1, 2 * F, counts[1:])

    inputs = layers.Input(shape=input_shape)
    x = layers.Conv2D(
        width, 7, strides=2, padding="same", kernel_initializer=keras.initializers.HeNormal(),
        name="conv1_conv",
    )(inputs)
    x = layers.BatchNormalization(epsilon=1.001e-5, name="conv1_bn")(x)
    x = layers.MaxPooling2D((3, 3), 2, "same")(keras.activations.relu(x))
    x = stages(x, 2, width, BLOCKS[depth])
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dense(units=classes, activation=keras.activations.softmax, name="predictions")(x)
    return Model(inputs, x, name="resnet%d" % depth)


def count_weighted_layers(model):
    makers = {id(operation.output): operation for operation in model.operations}
    known = {}

    def depth_of(tensor):
        if id(tensor) not in known:
            maker = makers[id(tensor)]
            sources = keras.tree.flatten(maker.input)
            before = max([0] + [depth_of(source) for source in sources])
            counted = type(maker).__name__ in ("Conv2D", "Dense")
            known[id(tensor)] = before + counted
        return known[id(tensor)]

    return int(depth_of(model.output))


def layers_that_differ(mine, theirs):
    described = [
        {(layer.name, str([w.shape for w in layer.weights])) for layer in model.layers if layer.weights}
        for model in (mine, theirs)
    ]
    return sorted({name for name, _ in described[0] ^ described[1]})
