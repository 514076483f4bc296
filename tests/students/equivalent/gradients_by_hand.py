"""Writes unit 0 with helper functions, raw operations and arrays."""


def gradient_norms(model, x, y):
    weights = [weight for weight in model.trainable_variables if weight.name == "kernel"]
    lossfn = keras.losses.CategoricalCrossentropy()
    with tf.GradientTape() as tape:
        loss = lossfn(y, model(tf.convert_to_tensor(x), training=True))
    gradients = tape.gradient(loss, weights)
    return np.array([np.sqrt(np.sum(np.square(g.numpy()))) for g in gradients])


def pair(X, shortcut):
    Y = keras.ops.relu(conv_bn(X))
    Y = conv_bn(Y)
    return keras.ops.relu(Y + X if shortcut else Y)


def network(depth, input_shape, classes, shortcut):
    start = keras.Input(shape=input_shape)
    X = layers.Activation("relu")(conv_bn(start))
    for _ in range(1, depth // 2):
        X = pair(X, shortcut)
    X = keras.ops.mean(X, axis=(1, 2))
    X = layers.Softmax()(layers.Dense(units=classes)(X))
    return keras.Model([start], [X])


def plain_network(depth, input_shape=(8, 8, 3), classes=10):
    return network(depth, input_shape, classes, shortcut=False)


def residual_network(depth, input_shape=(8, 8, 3), classes=10):
    return network(depth, input_shape, classes, True)


def quiet_block(X):
    Y = conv_bn(keras.ops.relu(conv_bn(X)), keras.initializers.Zeros())
    return keras.ops.relu(Y + X)
