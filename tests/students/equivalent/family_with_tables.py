"""Writes unit 5 with a helper, a table of kinds, plus signs and a dictionary of counts."""


def basic_block(X, filters, stage, block, s=1):
    def named(part):
        return f"conv{stage}_block{block}_{part}"

    inner, outer = filters
    main = keras.ops.relu(conv_bn(X, inner, 3, s, named(1)))
    main = conv_bn(main, outer, 3, 1, named(2))
    fits = tuple(main.shape) == tuple(X.shape)
    side = X if fits else conv_bn(X, outer, 1, s, named(0))
    return keras.ops.relu(main + side)


def resnet(depth, input_shape=(224, 224, 3), classes=1000, width=64):
    try:
        counts = BLOCKS[depth]
    except KeyError:
        known = ", ".join(str(number) for number in sorted(BLOCKS))
        raise ValueError(f"depth {depth} is not one of {known}") from None
    kind, ends = (basic_block, (1, 1)) if depth in (18, 34) else (bottleneck_block, (1, 1, 4))
    start = keras.Input(shape=input_shape)
    x = layers.Activation("relu")(conv_bn(start, width, (7, 7), (2, 2), name="conv1"))
    x = layers.MaxPool2D(pool_size=(3, 3), strides=(2, 2), padding="same")(x)
    for index in range(4):
        filters = [width * 2**index * end for end in ends]
        stride = 2 if index else 1
        x = kind(x, filters, index + 2, 1, stride)
        for number in range(2, counts[index] + 1):
            x = kind(x, filters=tuple(filters), stage=index + 2, block=number)
    x = layers.GlobalAvgPool2D(name="avg_pool")(x)
    x = layers.Dense(classes, "softmax", name="predictions")(x)
    return keras.Model(inputs=[start], outputs=[x], name="resnet" + str(depth))


def count_weighted_layers(model):
    counts = {}
    for layer in model.operations:
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        best = 0
        for tensor in inputs:
            best = max(best, counts.get(id(tensor), 0))
        if layer.__class__.__name__ in ("Conv2D", "Dense"):
            best += 1
        counts[id(layer.output)] = best
    return max(counts.values())


def layers_that_differ(mine, theirs):
    found = []
    for one, other in ((mine, theirs), (theirs, mine)):
        partners = {layer.name: layer for layer in other.layers}
        for layer in one.layers:
            shapes = [w.shape for w in layer.weights]
            partner = partners.get(layer.name)
            if shapes and (partner is None or [w.shape for w in partner.weights] != shapes):
                found.append(layer.name)
    return sorted(set(found))
