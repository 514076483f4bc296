# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kerasgrader:
#     survivors:
#       quiet_block:
#         "a second number for X[3]": the text says 16 channels, and so it is where the block is used
#       plain_network:
#         "half: 2": a depth is even, so one less before halving changes nothing
#       residual_network:
#         "half: 2": a depth is even, so one less before halving changes nothing
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Why residuals
#
# A network of 56 layers can do whatever one of 8 layers can: 48 of its layers need only pass their input on.
# So it should never be worse. Train both, and it is. One addition in every other layer mends that. Here you
# **measure** both.
#
# 1. The instrument: the norm of the gradient in every layer (35 points).
# 2. Two networks that differ in their additions alone (20 and 25 points), at initialisation and over a
#    hundred steps.
# 3. A block that starts as the identity (20 points).
#
# You need convolutions, batch normalisation and a little Keras. Allow **60 minutes**; the cells run for six
# of them, on two CPU cores. Replace each `YOUR CODE HERE` and the `raise` below it. **Words of this course**,
# at the end, explains the terms.

# %% locked="imports"
from kerascheck import check  # first: it keeps TensorFlow's notes quiet
from resnet_course import load_cifar10
from resnet_course.figures import plots

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from keras.models import Model

# %% [markdown]
# ## 1 · A product of many factors
#
# On its way from the loss to the first layer, the gradient is multiplied by the Jacobian matrix of every
# layer in between. Here 56 random matrices multiply a vector, in three sizes, twenty times each.

# %% tags=["ungraded"]
from resnet_course.figures import run_bands


def norms_of_products(gain, factors=56, width=32, runs=20):
    """The length of a vector of length 1 after each factor: (runs, factors)."""
    norms = np.empty((runs, factors))
    for run in range(runs):
        random = np.random.default_rng(run)
        vector = np.eye(width)[0]
        for number in range(factors):
            vector = gain * random.normal(0, width**-0.5, (width, width)) @ vector
            norms[run, number] = np.linalg.norm(vector)
    return norms


products = {f"factors of size {gain}": norms_of_products(gain) for gain in (0.8, 1.0, 1.25)}
run_bands.draw({"A product of random matrices": products}, x="factors", y="length of the vector")

# %% [markdown]
# A line is the median of the runs, the band their range.
#
# Factors a fifth too small leave a millionth of the length; factors a quarter too large, nearly a hundred
# thousand times as much. Gradients **vanish** or **explode** because products do.

# %% [markdown]
# Here is the gradient in a fully connected ReLU stack whose first weights are multiplied by a **gain**. *One
# thing to find out:* which gain keeps a plain stack's gradient level, and what does it do to a stack with
# shortcuts?

# %% tags=["ungraded"]
from resnet_course.figures import moving

moving.gradients()

# %% [markdown]
# ## 2 · The instrument
#
# ### Exercise 1 · `gradient_norms` (35 points)
#
# For every layer that has a **kernel** (convolutions and dense layers), in the order of `model.layers`,
# return one number: the norm of the loss's gradient with respect to that kernel.
#
# - The loss is the **mean** cross-entropy over the batch, without penalties on weights. The model's outputs
#   are probabilities.
# - Run the model as in training, `training=True`. This moves the averages of batch normalisation; the learnt
#   weights stay as they are.
# - The norm is `tf.norm(gradient)`. A layer has a kernel if `hasattr(layer, "kernel")`: `layer.kernel`.
#
# A [`GradientTape`](https://www.tensorflow.org/api_docs/python/tf/GradientTape) records a computation and
# goes back over it:
#
# ```python
# with tf.GradientTape() as tape:
#     loss = ...                      # computed from the model
# gradients = tape.gradient(loss, [kernel, another, ...])
# ```
#
# Common mistakes:
#
# - The forward pass belongs *inside* the `with`.
# - `keras.losses.categorical_crossentropy(y, probabilities)` takes the true labels first, and gives one
#   number per image, not their mean.

# %% exercise="gradient_norms"
def gradient_norms(model, x, y):
    """The norm of the loss's gradient for the kernel of every layer that has one, first layer first.

    x: images (count, height, width, channels). y: one-hot labels (count, classes).
    Returns a list (or array) of numbers.
    """
    ### BEGIN SOLUTION
    kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
    with tf.GradientTape() as tape:
        probabilities = model(x, training=True)
        loss = tf.reduce_mean(keras.losses.categorical_crossentropy(y, probabilities))
    return [float(tf.norm(gradient)) for gradient in tape.gradient(loss, kernels)]
    ### END SOLUTION


# %% [markdown]
# The check calls your function on a small network of its own. `check.hint(gradient_norms)` says more than its
# message, a step at a time.

# %% test="test_gradient_norms" points=35
check.values(gradient_norms, check.network(3), check.normal(6, 6, 6, 2), check.one_hot(6, 3))
### BEGIN HIDDEN TESTS
check.values(
    gradient_norms, check.network(check.size(4, 6)),
    check.normal(check.size(34, 40), 6, 6, 2), check.one_hot(check.size(34, 40), 3),
)
check.values(
    gradient_norms, model=check.network(check.size(2, 5), mixed=True),
    x=check.normal(check.size(3, 9), 5, 8, 1), y=check.one_hot(check.size(3, 9), 4),
)
check.values(gradient_norms, check.network(1), check.normal(1, 6, 6, 2), check.one_hot(1, 3))
### END HIDDEN TESTS

# %% [markdown]
# ## 3 · Two networks
#
# Both have the same layers, weights and initialisation, and are built from:

# %% locked="conv_bn"
FILTERS = 16


def conv_bn(X, start="he_normal"):
    """A 3×3 convolution of 16 filters, then batch normalisation. start: the kernel's initialiser."""
    X = layers.Conv2D(FILTERS, 3, padding="same", kernel_initializer=start)(X)
    return layers.BatchNormalization()(X)


# %% tags=["ungraded"]
from resnet_course import figures

figures.residual_idea()

# %% [markdown]
# ### Exercise 2 · `plain_network` (20 points)
#
# | part | layers |
# | :--- | :--- |
# | first layer | `conv_bn`, ReLU |
# | `(depth - 2) // 2` pairs | `conv_bn`, ReLU, `conv_bn`, ReLU |
# | head | `layers.GlobalAveragePooling2D()`, a dense layer of `classes` units with softmax |
#
# With one layer at the start and one at the end, that makes `depth` layers.

# %% exercise="plain_network"
def plain_network(depth, input_shape=(8, 8, 3), classes=10):
    """A network of `depth` layers, one after the other. depth: even, at least 4. Returns a Model."""
    ### BEGIN SOLUTION
    X_input = layers.Input(input_shape)
    X = layers.ReLU()(conv_bn(X_input))
    for _ in range((depth - 2) // 2):
        X = layers.ReLU()(conv_bn(X))
        X = layers.ReLU()(conv_bn(X))
    X = layers.GlobalAveragePooling2D()(X)
    X = layers.Dense(classes, activation="softmax")(X)
    return Model(X_input, X)
    ### END SOLUTION


# %% test="test_plain_network" points=20
check.model(plain_network, depth=8)
### BEGIN HIDDEN TESTS
check.model(plain_network, check.one_of(10, 12, 16, 18), (6, 9, 2), check.size(4, 7))
check.model(plain_network, depth=4, input_shape=(5, 5, 1), classes=check.size(2, 3))
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 3 · `residual_network` (25 points)
#
# The same with one addition in every pair: its *input* is added to the output of its second `conv_bn`,
# **before** the second ReLU.
#
# Common mistakes: the input is overwritten before it is added; `layers.Add()` takes one list of tensors.

# %% exercise="residual_network"
def residual_network(depth, input_shape=(8, 8, 3), classes=10):
    """As plain_network, with a shortcut around every pair of layers."""
    ### BEGIN SOLUTION
    X_input = layers.Input(input_shape)
    X = layers.ReLU()(conv_bn(X_input))
    for _ in range((depth - 2) // 2):
        shortcut = X
        X = layers.ReLU()(conv_bn(X))
        X = conv_bn(X)
        X = layers.ReLU()(layers.Add()([X, shortcut]))
    X = layers.GlobalAveragePooling2D()(X)
    X = layers.Dense(classes, activation="softmax")(X)
    return Model(X_input, X)
    ### END SOLUTION


# %% test="test_residual_network" points=25
check.model(residual_network, depth=8)
### BEGIN HIDDEN TESTS
check.model(residual_network, check.one_of(10, 12, 16, 18), (6, 9, 2), check.size(4, 7))
check.model(residual_network, depth=4, input_shape=(5, 5, 1), classes=check.size(2, 3))
### END HIDDEN TESTS

# %% [markdown] predict="parameters_of_the_additions"
# Both networks have 56 layers. How many more parameters has the one with shortcuts?
#
# - [x] None: An addition has no weights. The two differ only in where tensors go.
# - [ ] One kernel for each pair of layers: That is a projection, needed only where shapes change. Here they
#   do not.
# - [ ] Twice as many: Every layer is there once in both. Count them with `count_params()`.

# %% tags=["ungraded"]
NETWORKS = {"plain": plain_network, "residual": residual_network}
for kind, build in NETWORKS.items():
    print(f"{kind:<9}", *(f"{depth} layers: {build(depth).count_params():,}" for depth in (8, 56)), sep="  ")

# %% [markdown]
# An addition has no weights.
#
# ## 4 · At initialisation
#
# The images are those of CIFAR-10 or, without its files, of a **stand-in** that the loader draws (once, in
# about 20 seconds), reduced to 8×8 pixels.

# %% tags=["ungraded"]
data = load_cifar10()
print(data.describe())


def prepare(images):
    """Images (count, 32, 32, 3) as (count, 8, 8, 3), each pixel the mean of sixteen, around zero."""
    small = images.reshape(len(images), 8, 4, 8, 4, 3).mean(axis=(2, 4))
    return (small / 255 - 0.5).astype("float32")


x_train, x_test = prepare(data.train_x[:2048]), prepare(data.test_x[:500])
y_train = np.eye(10, dtype="float32")[data.train_y[:2048]]
plots.samples(x_train + 0.5, y_train, data.classes, count=10, columns=10)


# %% [markdown]
# Three networks, four depths, five runs each, with other weights and another batch every time. The third is
# plain, *without* batch normalisation, in Keras's default initialisation. (About **one minute**.)

# %% [markdown] predict="gradient_on_its_way_back"
# A plain network of 56 layers with batch normalisation, not trained yet. The gradient travels from the last
# layer back to the first. What becomes of it?
#
# - [ ] It shrinks: That happens without batch normalisation. With it, the way back is divided by the small
#   deviations that the way forward was divided by.
# - [x] It grows: Activations are brought back to one size in every layer. On the way back every layer
#   enlarges the gradient a little, and 56 such factors are a lot.
# - [ ] It keeps its size: Batch normalisation promises that for activations, not for gradients.

# %% tags=["ungraded"]
def begin_anew(model, seed):
    """Draw every weight again, as if the model had been built anew (only quicker)."""
    random = np.random.default_rng(seed)
    for layer in model.layers:
        for name in ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance"):
            weight = getattr(layer, name, None)
            if weight is not None:
                initialiser = getattr(layer, name + "_initializer")
                config = initialiser.get_config()
                if "seed" in config:
                    config["seed"] = int(random.integers(2**31))
                weight.assign(type(initialiser).from_config(config)(weight.shape))


def norms_at_start(build, depth, runs=5):
    """Gradient norms of networks that are not trained: (runs, depth)."""
    model, norms = build(depth), []
    for seed in range(runs):
        begin_anew(model, seed)
        batch = np.random.default_rng(seed).choice(len(x_train), 32, replace=False)
        norms.append(gradient_norms(model, x_train[batch], y_train[batch]))
    return np.array(norms)


def bare_network(depth):
    """Convolutions with ReLU, and no batch normalisation."""
    convolution = {"filters": FILTERS, "kernel_size": 3, "padding": "same", "activation": "relu"}
    model = keras.Sequential([keras.Input((8, 8, 3))])
    for _ in range(depth - 1):
        model.add(layers.Conv2D(**convolution))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10, activation="softmax"))
    return model


at_start = {
    kind: {f"{depth} layers": norms_at_start(build, depth) for depth in (8, 20, 32, 56)}
    for kind, build in {"plain, no batch norm": bare_network, **NETWORKS}.items()
}
run_bands.draw(at_start, x="layer, counted from the input", y="gradient norm")


# %% [markdown]
# One figure, three behaviours. Read each panel from right to left, as the gradient travels.
#
# **Plain, no batch norm: it vanishes.** Every layer shrinks what passes it, forward and backward. A kernel's
# gradient is the product of both, so each curve is flat, and far below that of the depth before: about 0.005
# at 8 layers, $10^{-11}$ at 56.
#
# **Plain, with batch norm: it explodes.** Batch normalisation restores the size of what flows *forward*. On
# the way *back* it divides by the same small deviations, and every layer enlarges the gradient by an eighth
# or so: at 56 layers, several hundredfold from the last layer to the first.
#
# **Residual: it keeps its size**, within about one power of ten. The shortcut turns a pair's factor $J$ into
# $I + J$: on one path no weight multiplies the gradient. The ReLU on that path can stop the gradient but
# never enlarge it. (The spike at the end: the dense layer sees the sum of all blocks.)
#
# ## 5 · The first hundred steps
#
# Does it matter for learning? Three runs of 100 steps of gradient descent, with the same batches. (About
# **three minutes**.)

# %% tags=["ungraded"]
WATCHED = {0: "before step 1", 10: "after 10 steps", 99: "after 99 steps"}


def first_steps(model, runs=3, steps=100, window=10, watch=()):
    """Losses as means of `window` steps: (runs, windows). Gradients at `watch`: (steps, runs, layers)."""
    losses, norms = [], {step: [] for step in watch}
    for seed in range(runs):
        begin_anew(model, seed)
        random, run = np.random.default_rng(seed), []
        for step in range(steps):
            batch = random.choice(len(x_train), 64, replace=False)
            if step in watch:
                norms[step].append(gradient_norms(model, x_train[batch], y_train[batch]))
            model.reset_metrics()  # or Keras would give the mean of all steps so far
            run.append(float(model.train_on_batch(x_train[batch], y_train[batch])))
        losses.append(np.reshape(run, (-1, window)).mean(axis=1))
    return np.array(losses), np.array(list(norms.values()))


trained, losses, gradients = {}, {}, {}
for kind, build in NETWORKS.items():
    losses[kind] = {}
    for depth in (8, 20, 56):
        model = build(depth)
        model.compile(keras.optimizers.SGD(0.05), "categorical_crossentropy")
        found, norms = first_steps(model, watch=WATCHED if depth == 56 else ())
        losses[kind][f"{depth} layers"] = found
        gradients[kind] = dict(zip(WATCHED.values(), norms))  # the last depth's remain
        trained[kind, depth] = model
        print(f"{kind}, {depth} layers: loss {found[:, -1].mean():.2f}")

run_bands.draw(losses, x="tens of steps", y="training loss", log=False)


# %% [markdown]
# This is **degradation**: among plain networks, the deepest has the *highest training loss*, so it is no
# overfitting. The deepest residual network does not fall behind. (A blind guess: $\ln 10 \approx 2.3$.)
#
# And the gradients, over the same hundred steps?

# %% tags=["ungraded"]
run_bands.draw(gradients, x="layer, counted from the input", y="gradient norm")

# %% [markdown]
# The explosion is over within ten steps or so: steps that are much too long make a kernel so large that later
# ones hardly turn it. But the first layers were thrown anywhere, and pass on little of the image. So
# degradation is *not only* a matter of gradients: they are back to normal, and the network still does not
# learn.
#
# On new images? (With the statistics of the test batch: moving averages still lag behind, see unit 1.)

# %% tags=["ungraded"]
def scores(model):
    before = model.get_weights()  # training mode also moves the moving averages: put them back
    result = keras.ops.convert_to_numpy(model(x_test, training=True))
    model.set_weights(before)
    return result


labels = data.test_y[: len(x_test)]
right = {}
for (kind, depth), model in trained.items():
    right[f"{kind}, {depth} layers"] = float(np.mean(scores(model).argmax(axis=1) == labels))
plots.accuracies({"a blind guess": 0.1}, right)

# %% tags=["ungraded"]
plots.confusion_matrix(labels, scores(trained["plain", 56]), data.classes)

# %% tags=["ungraded"]
plots.confusion_matrix(labels, scores(trained["residual", 56]), data.classes)

# %% [markdown]
# First the plain network, then the residual one.
#
# ## 6 · Starting as the identity
#
# For a plain pair of layers, doing nothing is hard: two convolutions must undo one another through a ReLU.
# For a residual pair it is easy. If its **last kernel is zero**, batch normalisation passes zeros on, and the
# sum is the input. The last ReLU changes nothing, as the previous one's output is never negative.
#
# ### Exercise 4 · `quiet_block` (20 points)
#
# A residual block whose second kernel starts at zero: `conv_bn`, ReLU, `conv_bn` with `start="zeros"`, add
# the input, ReLU.

# %% exercise="quiet_block"
def quiet_block(X):
    """A residual pair of layers that is the identity (after ReLU) until it is trained.

    X: tensor with 16 channels. Returns a tensor of the same shape.
    """
    ### BEGIN SOLUTION
    Y = layers.ReLU()(conv_bn(X))
    Y = conv_bn(Y, start="zeros")
    return layers.ReLU()(layers.Add()([X, Y]))
    ### END SOLUTION


# %% test="test_quiet_block" points=20
check.block(quiet_block, shape=(3, 6, 6, 16))
### BEGIN HIDDEN TESTS
check.block(quiet_block, shape=(2, check.size(4, 5), check.size(8, 10), 16))
### END HIDDEN TESTS

# %% [markdown] predict="who_moves_first"
# The second kernel of a quiet block starts at zero. Which of its two kernels moves in the very first step of
# training?
#
# - [ ] The first: Its output is multiplied by a kernel of zeros, so no gradient comes back to it yet.
# - [x] The second: The gradient reaches it through the addition, and its input, the output of the first
#   layer, is not zero.
# - [ ] Neither, it is stuck: That would be so if both were zero. One is enough to begin with.

# %% [markdown]
# In a stack of 27 such blocks, 54 layers, the output is the input to the last bit:

# %% tags=["ungraded"]
X_input = X = layers.Input((8, 8, FILTERS))
for _ in range(27):
    X = quiet_block(X)
stack = Model(X_input, X)
positive = np.abs(np.random.default_rng(0).normal(size=(4, 8, 8, FILTERS))).astype("float32")
same = np.array_equal(stack(positive, training=False), positive)
print(f"54 layers, {stack.count_params():,} parameters. The output is the input: {same}")


# %% [markdown]
# Can it learn? The second kernel of each block has a gradient at once, the first after a single step.

# %% tags=["ungraded"]
def quiet_network(depth, input_shape=(8, 8, 3), classes=10):
    X_input = layers.Input(input_shape)
    X = layers.ReLU()(conv_bn(X_input))
    for _ in range((depth - 2) // 2):
        X = quiet_block(X)
    X = layers.GlobalAveragePooling2D()(X)
    return Model(X_input, layers.Dense(classes, activation="softmax")(X))


second_layers = slice(2, -1, 2)  # of each pair
quiet = {}
for depth in (8, 20, 56):
    quiet[f"{depth} layers"] = norms_at_start(quiet_network, depth, runs=3)[:, second_layers]
run_bands.draw({"Second layers of quiet blocks": quiet}, x="block", y="gradient norm")

# %% [markdown]
# Flat: at initialisation the first block gets the same gradient as the last. Today a zero scale in the last
# batch normalisation mostly does this.

# %% [markdown]
# ## Open questions
#
# Nobody grades these. Think first; then unfold.
#
# **1.** A shortcut around every pair of layers keeps the gradient's size. Why not one around every single
# layer?
#
# <details><summary>Discussion</summary>
#
# With one layer, $x + Wx = (I + W)x$ is a linear map again: a plain layer with another start could learn it.
# With two, a nonlinearity lies inside the branch. He et al. saw no gain from blocks of one layer.
#
# </details>
#
# **2.** Would it be as good to multiply the shortcut by 0.5, so that the sum does not grow?
#
# <details><summary>Discussion</summary>
#
# On one block it changes little. On fifty, the straight path is multiplied by $0.5^{50}$: the product is
# back. He et al. (2016) tried several such factors and gates; each trains worse.
#
# </details>

# %% [markdown]
# ## What to remember
#
# - Gradients are **products**: they vanish or explode unless the factors are very nearly one.
# - In a deep plain network they **vanish** without batch normalisation and **explode** with it.
# - With a **shortcut** they keep their size.
# - **Degradation** is a higher *training* error of the deeper network. It outlasts the exploding gradients.
# - A zero kernel makes a residual block the identity.
# - **Several seeds and a band** show what is chance.
#
# ## References
#
# - K. He et al.: [*Deep Residual Learning for Image Recognition*](https://arxiv.org/abs/1512.03385), 2015.
#   Degradation: section 1.
# - X. Glorot, Y. Bengio: [*Understanding the difficulty of training deep feedforward neural
#   networks*](https://proceedings.mlr.press/v9/glorot10a.html), 2010.
# - G. Yang et al.: [*A Mean Field Theory of Batch Normalization*](https://arxiv.org/abs/1902.08129), 2019.
#   Why gradients explode with it.
# - P. Goyal et al.: [*Accurate, Large Minibatch SGD*](https://arxiv.org/abs/1706.02677), 2017. Blocks that
#   start as the identity.
# - TensorFlow: [automatic differentiation](https://www.tensorflow.org/guide/autodiff).
# - Numbers in the text: this notebook, on the stand-in.

# %% [markdown]
# ## Hand in
#
# `check.progress()` shows what is open. Save, and hand in this file under its own name: on a Hub by *Nbgrader
# → Assignment List → Submit*, elsewhere on your course's page. If you learn alone, `check.course()` leads on.

# %% [markdown]
# ## Words of this course
#
# | word | what it means here |
# | :--- | :--- |
# | **activation** | a function applied to each number of a layer's output; here mostly ReLU, which replaces negative numbers by 0 |
# | **basic block** | a residual block of two 3×3 convolutions, as in ResNet-18 and -34 |
# | **batch normalisation** | a layer that gives each channel mean 0 and variance 1 over the batch, then a learnt scale and offset; short: *batch norm*, *BN* |
# | **block** | a few layers and the shortcut around them, up to and including the addition and what follows it |
# | **bottleneck** | a block that goes down to few channels by a 1×1 convolution, works there, and goes up again by another |
# | **channel** | one of the numbers at each place of an image or of a layer's output: red, green and blue at first, then one for each filter |
# | **depth** | the number of layers with weights on the longest path from input to output |
# | **filter** | the weights of a convolution that make one channel of its output |
# | **gradient norm** | the length of the vector of all derivatives of the loss by the weights of one layer |
# | **head** | the last layers, which turn channels into a probability for each class |
# | **identity block** | a block whose shortcut is its input, unchanged; it needs equal shapes at both ends |
# | **initialiser** | the rule by which a layer draws its first weights; with a *seed*, the same ones every time |
# | **kernel size** | height × width of the part of its input that a convolution or pooling looks at; called *window* in older texts |
# | **momentum of batch norm** | how slowly the moving averages follow: 0.99 keeps 99 % of the old average at each step |
# | **moving average** | the mean and variance that batch norm collects while training, and uses afterwards in place of the batch's own |
# | **one-hot** | a label as a row of zeros with one 1, at the place of its class |
# | **overfitting** | the loss on training images still falls while that on other images rises |
# | **padding** | what happens at the edge: `valid` leaves the edge out, `same` adds zeros, so that stride 1 keeps height and width |
# | **pre-activation** | the order of version 2: batch norm and ReLU come *before* each convolution, and nothing follows the addition |
# | **projection** | a 1×1 convolution on the shortcut, where the shapes at its ends differ; the classic name of such a block is *convolutional block* |
# | **residual** | what the layers of a block add to their input: F(x) in F(x) + x |
# | **shape** | the size of an array by axis, as (height, width, channels); the batch comes first, as `None` |
# | **shortcut** | the way around the layers of a block, on which the input reaches the addition; also *skip connection* |
# | **stage** | the blocks in a row whose outputs have the same height and width; the first of them may halve both; also *stack* |
# | **stride** | by how many places a kernel moves on: 2 halves height and width |
# | **weight decay** | at each step, a small pull of the weights towards 0, besides the gradient's |
