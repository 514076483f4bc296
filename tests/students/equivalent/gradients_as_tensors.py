"""Writes unit 0 with tensors, lists of layers and the layers spelt out."""


def gradient_norms(model, x, y):
    layers_with_kernel = [
        layer for layer in model.layers if isinstance(layer, (layers.Conv2D, layers.Dense))
    ]
    with tf.GradientTape() as tape:
        p = model(x, training=True)
        loss = -tf.reduce_mean(tf.reduce_sum(y * tf.math.log(p), axis=-1))
    gradients = tape.gradient(loss, [layer.kernel.value for layer in layers_with_kernel])
    norms = []
    for gradient in gradients:
        norms.append(tf.norm(gradient))
    return norms


def plain_network(depth, input_shape=(8, 8, 3), classes=10):
    inputs = layers.Input(input_shape)
    x = inputs
    for _ in range(depth - 1):
        x = layers.Conv2D(16, (3, 3), padding="same", kernel_initializer="HeNormal")(x)
        x = layers.BatchNormalization(axis=3)(x)
        x = layers.Activation("relu")(x)
    x = layers.GlobalAvgPool2D()(x)
    return Model(inputs, layers.Dense(classes, "softmax")(x), name="plain")


def residual_network(depth, input_shape=(8, 8, 3), classes=10):
    inputs = layers.Input(input_shape)
    outputs = [layers.ReLU()(conv_bn(inputs))]
    while 2 * len(outputs) < depth:
        inner = conv_bn(layers.ReLU()(conv_bn(outputs[-1])))
        outputs.append(layers.ReLU()(layers.add([outputs[-1], inner])))
    pooled = layers.GlobalAveragePooling2D(name="pool")(outputs[-1])
    return Model(inputs, layers.Dense(classes, activation="softmax", name="out")(pooled))


def quiet_block(X):
    inner = layers.Activation("relu")(conv_bn(X))
    convolution = layers.Conv2D(16, 3, padding="same", kernel_initializer="zeros")
    Y = layers.BatchNormalization()(convolution(inner))
    return layers.Activation("relu")(layers.add([Y, X]))
