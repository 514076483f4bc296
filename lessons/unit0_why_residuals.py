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
# **measure** both facts, often enough to convince a sceptic.
#
# 1. Write the instrument: the norm of the gradient in every layer (35 points).
# 2. Write two networks that differ in their additions alone (20 and 25 points).
# 3. Compare them at initialisation and over a hundred steps, at depths from 8 to 56.
# 4. Build a block that starts as the identity (20 points).
#
# You need convolutions, batch normalisation and a little Keras. Allow **60 minutes**; the cells run for
# about six of them on two CPU cores. Run them in order. Write where it says `YOUR CODE HERE`, and delete the
# line that raises `NotImplementedError`.
#
# A word that you do not know? **Words of this course**, at the end of this notebook, explains those of all units.

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
# layer in between. The next cell multiplies a vector by 56 random matrices, of three sizes, twenty times each.

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
# A line is the median of all runs, the band around it their range.
#
# A fifth less in every factor leaves about a millionth; a quarter more makes the vector nearly a hundred
# thousand times too long. Gradients **vanish** or **explode** because products do.

# %% [markdown]
# The next figure moves: a stack of fully connected ReLU layers, and the gradient at each of them.
# Change its depth, its shortcuts and the **gain**, by which all first weights are multiplied. *One
# thing to find out:* which gain keeps the gradient of a plain stack level, and what does the same
# gain do to a stack with shortcuts?

# %% tags=["ungraded"]
from resnet_course.figures import moving

moving.gradients()

# %% [markdown]
# ## 2 · The instrument
#
# ### Exercise 1 · `gradient_norms` (35 points)
#
# For a model, images and one-hot labels, return one number for every layer that has a **kernel**
# (convolutions and dense layers), in the order of `model.layers`: the norm of the loss's gradient with
# respect to that kernel.
#
# - The loss is the **mean** cross-entropy over the batch and nothing else: no penalties on weights. The
#   model's outputs are probabilities.
# - Run the model as in training, `training=True`. That changes the moving averages of batch normalisation;
#   the weights that are learnt stay as they are.
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
# The check passes a small network of its own to your function. If the message is unclear,
# `check.hint(gradient_norms)` says more, a step at a time.

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
# Both have the same layers, the same number of weights and the same initialisation. They are built from:

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
# - [x] None: An addition has no weights. Whatever is different between the two is due to where
#   the tensors go.
# - [ ] One kernel for each pair of layers: That is a projection, which is needed only where
#   shapes change. Here they do not.
# - [ ] Twice as many: Every layer is there once in both. Count them with `count_params()`.

# %% tags=["ungraded"]
NETWORKS = {"plain": plain_network, "residual": residual_network}
for kind, build in NETWORKS.items():
    print(f"{kind:<9}", *(f"{depth} layers: {build(depth).count_params():,}" for depth in (8, 56)), sep="  ")

# %% [markdown]
# An addition has no weights: both have the same number of parameters.
#
# ## 4 · At initialisation
#
# The images are those of CIFAR-10 or, without its files, of a **stand-in** that the loader draws (once, in
# about 20 seconds), reduced to 8×8 pixels: quick on a CPU, and enough to tell the networks apart.

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
# Three networks, four depths, five runs each, with other weights and another batch every time. The third
# is the plain network *without* batch normalisation, in Keras's default initialisation. (About **one minute**.)

# %% [markdown] predict="gradient_on_its_way_back"
# A plain network of 56 layers with batch normalisation, not trained yet. The gradient travels
# from the last layer back to the first. What becomes of it?
#
# - [ ] It shrinks: That happens without batch normalisation. With it, the way back is divided by
#   the small deviations that the way forward was divided by.
# - [x] It grows: What flows forward is brought back to one size in every layer, and on the way back
#   every layer enlarges the gradient by a little. 56 such factors are a lot.
# - [ ] It keeps its size: Batch normalisation promises that for activations. For gradients it
#   takes a shortcut.

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
# gradient is the product of both, so the curves are flat, and each depth lies far below the one before: a
# norm of about 0.005 at 8 layers, $10^{-11}$ at 56.
#
# **Plain, with batch norm: it explodes.** Batch normalisation restores the size of what flows *forward*. On
# the way *back* it divides by the same small deviations, so every layer makes the gradient larger, by an
# eighth or so. At 56 layers the first layers get several hundred times the gradient of the last. A step that
# suits the one is much too long for the other.
#
# **Residual: it keeps its size**, within about one power of ten at every depth. The shortcut turns a pair's
# factor $J$ into $I + J$: on one path no weight multiplies the gradient. The ReLU after each addition lies
# on that path too. It passes the gradient where its input is positive and stops it elsewhere; it cannot
# enlarge it. (The spike at the end is the dense layer, which sees the sum of all blocks.)
#
# The bands do not overlap where it matters, so this is not chance. Batch normalisation exchanges one fault
# for the other; the shortcut cures both.
#
# ## 5 · The first hundred steps
#
# Does it matter for learning? Three runs of 100 steps of plain gradient descent, all with the same learning
# rate and batches. At 56 layers the gradients are measured on the way. (About **three minutes** on two cores.)

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
# This is **degradation**: among plain networks, the deepest has the *highest training loss*. That is no
# overfitting, as it was trained on these very images. Among residual networks the deepest does not fall
# behind. (A blind guess has a loss of $\ln 10 \approx 2.3$.)
#
# And the gradients, over the same hundred steps?

# %% tags=["ungraded"]
run_bands.draw(gradients, x="layer, counted from the input", y="gradient norm")

# %% [markdown]
# The explosion is over within ten steps or so: steps that are much too long make a kernel so large that later
# steps hardly turn it. The harm is done by then. The first layers were thrown to wherever chance had it, and
# what they pass on says little about the image. So degradation is *not only* a matter of gradients: here they
# are back to normal, and the network still does not learn.
#
# On new images? Moving averages are far behind after a hundred steps (unit 1 shows it), so the next cell
# normalises with the statistics of the test batch, for both alike.

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
# First the plain network, then the residual one: the same layers, weights, images and steps.
#
# ## 6 · Starting as the identity
#
# For a plain pair of layers, doing nothing is hard: two convolutions with a ReLU between them must undo one
# another. For a residual pair it is easy. If its **last kernel is zero**, batch normalisation leaves the zeros
# as they are, and the sum is the input. The last ReLU does not change that, because the output of the
# previous one is never negative.
#
# ### Exercise 4 · `quiet_block` (20 points)
#
# A residual block whose second kernel starts at zero: `conv_bn`, ReLU, `conv_bn` with `start="zeros"`,
# add the input, ReLU.

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
# The second kernel of a quiet block starts at zero. Which of its two kernels moves in the very
# first step of training?
#
# - [ ] The first: Its output is multiplied by a kernel of zeros, so no gradient comes back to it
#   yet.
# - [x] The second: The gradient reaches it through the addition, and what it is multiplied by,
#   the output of the first layer, is not zero.
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
# Can it learn? At the very start the first kernel of each block has no gradient, as its output is multiplied
# by zero. The second has one, and after a single step the first has, too.

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
# Flat: at initialisation the first block gets the same gradient as the last. This trick is in use to this day,
# mostly as a zero scale in the block's last batch normalisation.

# %% [markdown]
# ## Open questions
#
# Nobody grades these. Think first, or talk about them with somebody; then unfold.
#
# **1.** A shortcut around every pair of layers keeps the gradient's size. Why not one around every
# single layer?
#
# <details><summary>Discussion</summary>
#
# With one layer, $x + Wx$ is a linear map again, $(I + W)x$, before the activation: what it learns
# could be learnt by a plain layer with another start. From two layers on, a nonlinearity lies inside
# the branch, and the block can do something that a plain layer cannot. He et al. saw no gain from
# blocks of one layer.
#
# </details>
#
# **2.** Would it be as good to multiply the shortcut by 0.5, so that the sum does not grow?
#
# <details><summary>Discussion</summary>
#
# On one block it changes little. On fifty, the straight path is multiplied by $0.5^{50}$: the product
# is back. *Identity Mappings in Deep Residual Networks* tries several such factors and gates; each of
# them trains worse than the plain shortcut.
#
# </details>

# %% [markdown]
# ## What to remember
#
# - Gradients are **products**. With many factors a product vanishes or explodes, unless its factors are very
#   nearly one.
# - A deep plain network's gradients **vanish** without batch normalisation and **explode** with it, because
#   batch normalisation restores the size of *activations*, not that of gradients.
# - A **shortcut** makes the factor $I + J$. Gradients keep their size at any depth.
# - **Degradation** is a higher *training* error of the deeper network. It is not overfitting, and it
#   outlasts the exploding gradients.
# - For a residual block, doing nothing is easy: a zero kernel makes it the identity.
# - One run proves little. **Several seeds and a band** show what is chance and what is not.
#
# ## References
#
# - K. He, X. Zhang, S. Ren, J. Sun: *Deep Residual Learning for Image Recognition*, 2015,
#   [arXiv:1512.03385](https://arxiv.org/abs/1512.03385). Degradation is in section 1.
# - X. Glorot, Y. Bengio: *Understanding the difficulty of training deep feedforward neural networks*,
#   [AISTATS 2010](https://proceedings.mlr.press/v9/glorot10a.html).
# - G. Yang, J. Pennington, V. Rao, J. Sohl-Dickstein, S. Schoenholz: *A Mean Field Theory of Batch
#   Normalization*, 2019, [arXiv:1902.08129](https://arxiv.org/abs/1902.08129). Why gradients explode in
#   plain networks with batch normalisation, and by how much.
# - P. Goyal and others: *Accurate, Large Minibatch SGD*, 2017,
#   [arXiv:1706.02677](https://arxiv.org/abs/1706.02677). Section 5.1 starts each block as the identity.
# - TensorFlow: [gradients and automatic differentiation](https://www.tensorflow.org/guide/autodiff).
# - The numbers in the text are those of this notebook's own cells, run on the stand-in.

# %% [markdown]
# ## Hand in
#
# `check.progress()`, in a cell of your own, shows your points on the visible checks and what is still open. Then save the
# notebook and hand in this one file, under its own name: on a Hub by *Nbgrader → Assignment List → Submit*, elsewhere
# on your course's page. You may hand in again until it is due. If you learn alone, `check.course()` shows the way on.

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
