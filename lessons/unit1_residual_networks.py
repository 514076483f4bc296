# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kerasgrader:
#     survivors:
#       identity_block:
#         "without axis: layers.BatchNormalization(axis=3, name=bn_name + '2a')": the last axis of four, which Keras takes anyway
#         "without axis: layers.BatchNormalization(axis=3, name=bn_name + '2b')": the last axis of four, which Keras takes anyway
#         "without axis: layers.BatchNormalization(axis=3, name=bn_name + '2c')": the last axis of four, which Keras takes anyway
#       convolutional_block:
#         "without axis: layers.BatchNormalization(axis=3, name=bn_name + '2a')": the last axis of four, which Keras takes anyway
#         "without axis: layers.BatchNormalization(axis=3, name=bn_name + '2b')": the last axis of four, which Keras takes anyway
#         "without axis: layers.BatchNormalization(axis=3, name=bn_name + '2c')": the last axis of four, which Keras takes anyway
#         "without axis: layers.BatchNormalization(axis=3, name=bn_name + '1')": the last axis of four, which Keras takes anyway
#       resnet50:
#         "without s: convolutional_block(X, f=3, filters=[128, 128, 512], stag...": 2 is the default of the given function
#         "without s: convolutional_block(X, f=3, filters=[256, 256, 1024], sta...": 2 is the default of the given function
#         "without s: convolutional_block(X, f=3, filters=[512, 512, 2048], sta...": 2 is the default of the given function
#         "without axis: layers.BatchNormalization(axis=3, name='bn_conv1')": the last axis of four, which Keras takes anyway
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Residual Networks
#
# AlexNet, which began the rise of deep networks in 2012, had eight layers. Three years later the best image
# classifiers had about twenty, and deeper ones were *worse*, even in training. One addition per block allowed
# 152, and an ensemble of such networks won ImageNet in 2015. Here you build the best known of them,
# **ResNet50**, and train it to count fingers.
#
# 1. The **identity block** (30 points) and the **convolutional block** (30 points).
# 2. A network of 50 layers (40 points).
# 3. Its training, and why it may look as if it had learnt nothing.
#
# You need convolutions, batch normalisation and a little Keras. Allow **90 minutes**; the cells run for six
# of them, on two CPU cores. Replace each `YOUR CODE HERE` and the `raise` below it.
# **Words of this course**, at the end of unit 0, explains the terms.

# %% locked="imports"
from kerascheck import check  # first: it keeps TensorFlow's notes quiet
from resnet_course import load_signs
from resnet_course.figures import plots

import keras
import numpy as np
from keras import layers
from keras.initializers import glorot_uniform
from keras.models import Model

# %% [markdown]
# ## 1 · Why depth, and why it fails
#
# What is depth good for? Layers build on one another. Those close to the input find edges, the next ones
# textures and corners, later ones parts of things, the last ones whole things. The same layers serve many
# tasks: detectors and segmenters use a ResNet as their **backbone** to this day.
#
# Why does it fail? On its way back from the loss, the gradient is multiplied by the Jacobian matrix of every
# layer. If each factor halves it, fifty of them leave $2^{-50} \approx 10^{-15}$. A shortcut turns a factor
# $J$ into $I + J$: on one path no weight multiplies the gradient.
#
# Here are fifty dense layers with ReLU in three ways.

# %% tags=["ungraded"]
def gradients_at_start(batch_norm, shortcuts, depth=50, width=64, seed=0):
    """Norms of the gradient at each layer's output before its ReLU, first layer first."""
    random = np.random.default_rng(seed)
    kernels = random.normal(0, width**-0.5, (depth, width, width))
    x = before = random.normal(size=(width, 128))
    passed = []
    for number, kernel in enumerate(kernels):
        normal, deviation = kernel @ x, 1.0
        if batch_norm:  # over the batch, as in training
            deviation = normal.std(axis=1, keepdims=True)
            normal = (normal - normal.mean(axis=1, keepdims=True)) / deviation
        added = before if shortcuts and number % 2 else 0  # around every pair of layers
        passed.append((normal, deviation, normal + added > 0))
        x = np.maximum(normal + added, 0)
        before = x if number % 2 else before

    gradient, norms = random.normal(size=x.shape), []
    for number in reversed(range(depth)):
        normal, deviation, positive = passed[number]
        gradient = gradient * positive
        around = gradient if number % 2 else around
        norms.append(np.linalg.norm(gradient))
        if batch_norm:
            means = gradient.mean(axis=1, keepdims=True), (gradient * normal).mean(axis=1, keepdims=True)
            gradient = (gradient - means[0] - normal * means[1]) / deviation
        gradient = kernels[number].T @ gradient
        if shortcuts and number % 2 == 0:
            gradient = gradient + around
    return np.array(norms[::-1]) / norms[0]


plots.gradient_norms(
    {
        "plain": gradients_at_start(batch_norm=False, shortcuts=False),
        "plain, batch norm": gradients_at_start(batch_norm=True, shortcuts=False),
        "batch norm and shortcuts": gradients_at_start(batch_norm=True, shortcuts=True),
    }
)


# %% [markdown]
# Read it from right to left, as the gradient travels.
#
# - **Plain:** it **vanishes**. The first layers get less than a ten-millionth.
# - **With batch normalisation:** it **explodes**, to more than ten thousand times its size.
# - **With shortcuts as well:** it grows by little more than one power of ten.
#
# That explosion ends within a few steps of training, and the network still learns nothing (unit 0). He et al.
# (2015) saw a plain network of 34 layers, with batch normalisation, train *worse* than one of 18. They called
# it **degradation**; it is no overfitting, as the training error is higher. Their guess: it is hard to learn
# even to pass the input on unchanged.
#
# So make that the easy case. Where layers should compute $H(x)$, let them compute the **residual** $F(x) =
# H(x) - x$, and add $x$ back:

# %% tags=["ungraded"]
from resnet_course import figures

figures.residual_idea()

# %% [markdown]
# A pulse of 1 goes forward through a block, and a gradient of 1 comes back. *One thing to find out:* let the
# layers multiply by 0. What arrives at the output, and what comes back to the input, with the shortcut and
# without?

# %% tags=["ungraded"]
from resnet_course.figures import moving

moving.pulse()

# %% [markdown]
# If the best thing to do is nothing, the layers need only bring their weights to zero, and the block is the
# identity. (The last ReLU is harmless: the previous block's output is never negative.)
#
# ResNet50 is built of **bottleneck** blocks: a 1×1 convolution reduces the channels, an f×f convolution works
# on the few that are left, another 1×1 convolution restores them. Two kinds differ in their shortcut alone:
#
# - the **identity block**, whose input and output have one shape and are added as they are;
# - the **convolutional block**, where a 1×1 convolution on the shortcut matches the shapes.

# %% [markdown]
# ## 2 · The identity block

# %% tags=["ungraded"]
figures.identity_block()

# %% [markdown]
# ### Exercise 1 · `identity_block` (30 points)
#
# | layer | name | filters | kernel size | stride | padding |
# | :--- | :--- | :--- | :--- | :--- | :--- |
# | **first component** (given): convolution | `conv_name + "2a"` | `F1` | 1×1 | 1 | valid |
# | batch norm, then ReLU | `bn_name + "2a"` | | | | |
# | **second component**: convolution | `conv_name + "2b"` | `F2` | f×f | 1 | same |
# | batch norm, then ReLU | `bn_name + "2b"` | | | | |
# | **third component**: convolution | `conv_name + "2c"` | `F3` | 1×1 | 1 | valid |
# | batch norm, *no* ReLU | `bn_name + "2c"` | | | | |
# | **end**: add the shortcut, then ReLU | | | | | |
#
# Every convolution starts from `glorot_uniform(seed=0)`. Every batch normalisation works on the channels,
# `axis=3`. ReLU and the addition need no names.
#
# In Keras: [`layers.Conv2D`](https://keras.io/api/layers/convolution_layers/convolution2d/),
# [`layers.BatchNormalization`](https://keras.io/api/layers/normalization_layers/batch_normalization/),
# [`layers.ReLU`](https://keras.io/api/layers/activation_layers/relu/) and
# [`layers.Add`](https://keras.io/api/layers/merging_layers/add/). Make the layer, then call it: `X =
# layers.ReLU()(X)`.
#
# Common mistakes:
#
# - `layers.Add()` takes **one list** of tensors: `layers.Add()([a, b])`.
# - The last ReLU comes *after* the addition.
# - With `"valid"` in the second component the output shrinks and no longer fits the shortcut.

# %% exercise="identity_block"
def identity_block(X, f, filters, stage, block):
    """One residual block whose shortcut is the input itself.

    X: input tensor (batch, height, width, channels); channels must equal filters[2].
    f: kernel size of the middle convolution. filters: numbers of filters [F1, F2, F3].
    stage, block: the stage's number and the block's letter, which make up the layer names.
    Returns the output tensor, of the same shape as X.
    """
    conv_name = "res" + str(stage) + block + "_branch"
    bn_name = "bn" + str(stage) + block + "_branch"
    F1, F2, F3 = filters
    X_shortcut = X

    # First component of the main path (given)
    X = layers.Conv2D(
        F1, 1, strides=1, padding="valid",
        kernel_initializer=glorot_uniform(seed=0), name=conv_name + "2a",
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn_name + "2a")(X)
    X = layers.ReLU()(X)

    # Yours: the second component (3 layers), the third (2 layers), the addition and its ReLU.
    ### BEGIN SOLUTION
    # Second component
    X = layers.Conv2D(
        F2, f, strides=1, padding="same",
        kernel_initializer=glorot_uniform(seed=0), name=conv_name + "2b",
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn_name + "2b")(X)
    X = layers.ReLU()(X)

    # Third component
    X = layers.Conv2D(
        F3, 1, strides=1, padding="valid",
        kernel_initializer=glorot_uniform(seed=0), name=conv_name + "2c",
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn_name + "2c")(X)

    # Shortcut and main path meet
    X = layers.Add()([X, X_shortcut])
    X = layers.ReLU()(X)
    ### END SOLUTION

    return X


# %% [markdown]
# **What a check does.** It calls your function and compares with the course's solution: the **names** of the
# layers (20 % of the points), their **shapes** (20 %) and the **values** of the output (60 %: freshly built,
# with fixed weights, in training mode). Run it as often as you like; `check.hint(identity_block)` says more,
# a step at a time. For your score, the grader adds checks with other sizes, stages and letters.

# %% test="test_identity_block" points=30
check.block(identity_block, shape=(3, 4, 4, 6), f=2, filters=[2, 4, 6], stage=1, block="a")
### BEGIN HIDDEN TESTS
check.block(
    identity_block, check.one_of(3, 5),
    [check.size(10, 12), check.size(2, 3), check.size(7, 9)], 3, "d", shape=(2, 5, 7, check.size(7, 9)),
)
### END HIDDEN TESTS

# %% [markdown] predict="middle_of_the_bottleneck"
# An identity block with filters `[64, 64, 256]` gets images of 15×15 pixels and 256 channels. What leaves its
# middle convolution, of 3×3?
#
# - [x] 15×15×64: Its padding is “same”, so the size stays, and it has 64 filters.
# - [ ] 15×15×256: The block has so many channels at its two ends. In the middle it works on fewer: that is
#   the bottleneck.
# - [ ] 13×13×64: With “valid” padding it would be so, and would no longer fit the shortcut.

# %% [markdown]
# ## 3 · The convolutional block
#
# Every few blocks a network halves height and width and doubles the channels, and input and output can no
# longer be added. So the shortcut gets a 1×1 convolution with the same stride and as many filters as the main
# path ends with, but no ReLU: it only adjusts shapes.

# %% tags=["ungraded"]
figures.convolutional_block()

# %% [markdown]
# ### Exercise 2 · `convolutional_block` (30 points)
#
# | layer | name | filters | kernel size | stride | padding |
# | :--- | :--- | :--- | :--- | :--- | :--- |
# | **first component** (given): convolution | `conv_name + "2a"` | `F1` | 1×1 | **s** | valid |
# | batch norm, then ReLU | `bn_name + "2a"` | | | | |
# | **second component**: convolution | `conv_name + "2b"` | `F2` | f×f | 1 | same |
# | batch norm, then ReLU | `bn_name + "2b"` | | | | |
# | **third component**: convolution | `conv_name + "2c"` | `F3` | 1×1 | 1 | valid |
# | batch norm, *no* ReLU | `bn_name + "2c"` | | | | |
# | **shortcut**: convolution | `conv_name + "1"` | `F3` | 1×1 | **s** | valid |
# | batch norm, *no* ReLU | `bn_name + "1"` | | | | |
# | **end**: add both paths, then ReLU | | | | | |
#
# Initialiser and axis as before.
#
# Common mistakes:
#
# - The shortcut's layers are called on `X_shortcut`, the block's *input*, not on `X`.
# - The stride `s` belongs to the first convolution and to the shortcut, to no other.

# %% exercise="convolutional_block"
def convolutional_block(X, f, filters, stage, block, s=2):
    """One residual block whose shortcut is a strided 1x1 convolution.

    As identity_block, but the first convolution and the shortcut move in steps of s, so the output
    is s times smaller in height and width, with filters[2] channels.
    """
    conv_name = "res" + str(stage) + block + "_branch"
    bn_name = "bn" + str(stage) + block + "_branch"
    F1, F2, F3 = filters
    X_shortcut = X

    # First component of the main path (given)
    X = layers.Conv2D(
        F1, 1, strides=s, padding="valid",
        kernel_initializer=glorot_uniform(seed=0), name=conv_name + "2a",
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn_name + "2a")(X)
    X = layers.ReLU()(X)

    # Yours: the second and third components (3 + 2 layers), the shortcut (2 layers),
    # the addition and its ReLU.
    ### BEGIN SOLUTION
    # Second component
    X = layers.Conv2D(
        F2, f, strides=1, padding="same",
        kernel_initializer=glorot_uniform(seed=0), name=conv_name + "2b",
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn_name + "2b")(X)
    X = layers.ReLU()(X)

    # Third component
    X = layers.Conv2D(
        F3, 1, strides=1, padding="valid",
        kernel_initializer=glorot_uniform(seed=0), name=conv_name + "2c",
    )(X)
    X = layers.BatchNormalization(axis=3, name=bn_name + "2c")(X)

    # Shortcut path
    X_shortcut = layers.Conv2D(
        F3, 1, strides=s, padding="valid",
        kernel_initializer=glorot_uniform(seed=0), name=conv_name + "1",
    )(X_shortcut)
    X_shortcut = layers.BatchNormalization(axis=3, name=bn_name + "1")(X_shortcut)

    # Shortcut and main path meet
    X = layers.Add()([X, X_shortcut])
    X = layers.ReLU()(X)
    ### END SOLUTION

    return X


# %% test="test_convolutional_block" points=30
check.block(convolutional_block, shape=(3, 4, 4, 6), f=2, filters=[2, 4, 6], stage=1, block="a")
### BEGIN HIDDEN TESTS
check.block(
    convolutional_block, check.one_of(1, 3, 5),
    [check.size(7, 9), check.size(2, 3), check.size(4, 5)], 4, "c", 1, shape=(2, 9, 7, check.size(4, 5)),
)
check.block(
    convolutional_block, shape=(2, check.size(9, 11), 8, 4), f=check.one_of(2, 5),
    filters=[check.size(8, 9), 3, check.size(5, 7)], stage=5, block="b", s=check.one_of(3, 4),
)
### END HIDDEN TESTS

# %% [markdown] predict="parameters_of_a_shortcut"
# The shortcut's 1×1 convolution of block 3a takes 256 channels and has 512 filters. How many parameters has
# it?
#
# - [ ] 131,072: Those are its weights, 256 · 512. Each filter has a bias, too.
# - [x] 131,584: 256 · 512 weights and 512 biases.
# - [ ] 1,180,160: So many a 3×3 convolution would have. A 1×1 convolution looks at one pixel.

# %% [markdown]
# ## 4 · Fifty layers

# %% tags=["ungraded"]
figures.resnet50()

# %% [markdown]
# ### Exercise 3 · `ResNet50` (40 points)
#
# Stages 1 and 2 are given. Add stages 3 to 5 and the head; `f=3` in every block.
#
# | stage | block | filters | s | letters |
# | :--- | :--- | :--- | :--- | :--- |
# | 2 (given) | convolutional | `[64, 64, 256]` | 1 | a |
# | | identity | `[64, 64, 256]` | | b, c |
# | **3** | convolutional | `[128, 128, 512]` | 2 | a |
# | | identity | `[128, 128, 512]` | | b, c, d |
# | **4** | convolutional | `[256, 256, 1024]` | 2 | a |
# | | identity | `[256, 256, 1024]` | | b, c, d, e, f |
# | **5** | convolutional | `[512, 512, 2048]` | 2 | a |
# | | identity | `[512, 512, 2048]` | | b, c |
#
# **Head:** average pooling of size 2×2, named `"avg_pool"` (either padding will do); flatten; a dense layer
# of `classes` units with softmax, initialised with `glorot_uniform(seed=0)` and named `"fc"` followed by the
# number of classes: `"fc6"` for six. In Keras:
# [`layers.AveragePooling2D`](https://keras.io/api/layers/pooling_layers/average_pooling2d/),
# [`layers.Flatten`](https://keras.io/api/layers/reshaping_layers/flatten/) and
# [`layers.Dense`](https://keras.io/api/layers/core_layers/dense/).
#
# Common mistakes:
#
# - `block` is the letter alone, `"b"`, and `stage` the number. The blocks make the names.
# - An unnamed pooling layer works and costs points for names.
# - A loop over the letters is safer than five calls.

# %% exercise="resnet50"
def ResNet50(input_shape=(64, 64, 3), classes=6):
    """The 50-layer residual network.

    input_shape: (height, width, channels) of one image. classes: number of classes.
    Returns a keras Model whose output is a probability for each class.
    """
    X_input = layers.Input(input_shape)
    X = layers.ZeroPadding2D((3, 3))(X_input)

    # Stage 1 (given)
    X = layers.Conv2D(
        64, 7, strides=2, kernel_initializer=glorot_uniform(seed=0), name="conv1"
    )(X)
    X = layers.BatchNormalization(axis=3, name="bn_conv1")(X)
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2)(X)

    # Stage 2 (given)
    X = convolutional_block(X, f=3, filters=[64, 64, 256], stage=2, block="a", s=1)
    X = identity_block(X, f=3, filters=[64, 64, 256], stage=2, block="b")
    X = identity_block(X, f=3, filters=[64, 64, 256], stage=2, block="c")

    # Yours: stages 3, 4 and 5 (4 + 6 + 3 blocks) and the head (3 layers).
    ### BEGIN SOLUTION
    # Stage 3
    X = convolutional_block(X, f=3, filters=[128, 128, 512], stage=3, block="a", s=2)
    for letter in "bcd":
        X = identity_block(X, f=3, filters=[128, 128, 512], stage=3, block=letter)

    # Stage 4
    X = convolutional_block(X, f=3, filters=[256, 256, 1024], stage=4, block="a", s=2)
    for letter in "bcdef":
        X = identity_block(X, f=3, filters=[256, 256, 1024], stage=4, block=letter)

    # Stage 5
    X = convolutional_block(X, f=3, filters=[512, 512, 2048], stage=5, block="a", s=2)
    for letter in "bc":
        X = identity_block(X, f=3, filters=[512, 512, 2048], stage=5, block=letter)

    # Head
    X = layers.AveragePooling2D(2, name="avg_pool")(X)
    X = layers.Flatten()(X)
    X = layers.Dense(
        classes, activation="softmax",
        kernel_initializer=glorot_uniform(seed=0), name="fc" + str(classes),
    )(X)
    ### END SOLUTION

    return Model(inputs=X_input, outputs=X, name="ResNet50")


# %% [markdown]
# This check looks at how you *connect the network*. Recorders stand in for your two blocks, so a mistake in a
# block does not count twice.

# %% locked="recorded"
RECORDED = [
    "identity_block(X, f, filters, stage: label, block: label)",
    "convolutional_block(X, f, filters, stage: label, block: label, s=2)",
]

# %% test="test_resnet50" points=40
check.wiring(ResNet50, input_shape=(64, 64, 3), classes=6, blocks=RECORDED)
### BEGIN HIDDEN TESTS
check.wiring(ResNet50, check.one_of((104, 40, 1), (40, 104, 1)), 2, blocks=RECORDED)
### END HIDDEN TESTS

# %% [markdown] predict="before_the_average_pool"
# The images have 64×64 pixels. What does the average pool at the end of ResNet50 see of them?
#
# - [ ] 8×8×512: That leaves stage 3. Two more stages halve it twice.
# - [x] 2×2×2048: The sides were halved five times, 64 to 2, and the channels are those of stage 5.
# - [ ] 1×1×2048: That is what the pool makes of it: one number for each channel.

# %% [markdown]
# All of it at once, without points: names, 23,600,006 parameters, outputs. (About ten seconds.)

# %% locked="whole_network" tags=["ungraded"]
check.model(ResNet50, input_shape=(64, 64, 3), classes=6)

# %% [markdown]
# And *your* network, as your code has built it.

# %% tags=["ungraded"]
from kerascheck.feedback import drawing

keras.utils.set_random_seed(1)
model = ResNet50(input_shape=(64, 64, 3), classes=6)
drawing.draw_model(model)

# %% [markdown]
# Why *50*? Count the layers with weights on the longest path: `conv1`, three convolutions in each of 3 + 4 +
# 6 + 3 = 16 blocks, and the dense layer: 1 + 48 + 1. The shortcuts' convolutions lie beside it; batch
# normalisation, by custom, is not counted.
#
# **A file of it.** `drawing.draw_model(model).save("model.svg")` writes the drawing. Keras's own, layer by
# layer, is `keras.utils.plot_model(model, "model.png", show_shapes=True)`; it needs pydot (`%pip install
# pydot`, or the course's extra `plot`) and [Graphviz](https://graphviz.org/download/).
#
# **Optional: other people's numbers.** A classic assignment of 2017 printed outputs of these two blocks. In
# TensorFlow 1's random stream, which the next cell brings back, yours should agree to six digits. Other
# tutorials print outputs on an input that was drawn *without a seed*: nobody can reproduce those.

# %% tags=["ungraded"]
from resnet_course.tf1_random import tensorflow1_random_stream

PRINTED_IN_2017 = {
    identity_block: [0.94822985, 0.0, 1.16101444, 2.747859, 0.0, 1.36677003],
    convolutional_block: [0.09018463, 1.23489773, 0.46822017, 0.0367176, 0.0, 0.65516603],
}

np.random.seed(1)
classic_input = np.random.randn(3, 4, 4, 6)
for block, printed in PRINTED_IN_2017.items():
    with tensorflow1_random_stream():
        inputs = layers.Input((4, 4, 6))
        outputs = block(inputs, f=2, filters=[2, 4, 6], stage=1, block="a")
        out = keras.ops.convert_to_numpy(Model(inputs, outputs)(classic_input, training=False))
    print(block.__name__)
    print("  printed in 2017:", np.array(printed))
    print("  yours, today:   ", np.round(out[1, 1, 0], 8))

# %% [markdown]
# ## 5 · Train it
#
# ### The images
#
# SIGNS holds 64×64 images of hands that show 0 to 5 fingers: 1080 to train on, 120 to test. Without the
# photographs, the loader draws a **stand-in** (once, in about 20 seconds). `load_signs(download=True)`
# fetches them, 15 MB, from a public copy that it checks by sha256.

# %% tags=["ungraded"]
signs = load_signs()
print(signs.describe())
plots.samples(signs.train_x, signs.train_y, signs.classes)

# %% [markdown]
# Divide the pixels by 255, and turn each label into a row with a single 1.

# %% tags=["ungraded"]
x_train = signs.train_x.astype("float32") / 255
x_test = signs.test_x.astype("float32") / 255
y_train = np.eye(6, dtype="float32")[signs.train_y]
y_test = np.eye(6, dtype="float32")[signs.test_y]
print("images:", x_train.shape, x_test.shape)
print("labels:", y_train.shape, y_test.shape, "— the first one:", signs.train_y[0], y_train[0])

# %% [markdown]
# ### Two epochs
#
# Adam, cross-entropy, batches of 32: **two to three minutes**, seconds on a GPU. TensorFlow takes the first
# GPU that it sees. To choose one of several, set `CUDA_VISIBLE_DEVICES` *before* TensorFlow is imported: in a
# terminal, `CUDA_VISIBLE_DEVICES=1 jupyter lab`; an empty value means the CPU.

# %% tags=["ungraded"]
from resnet_course import training

print("GPUs:", keras.distribution.list_devices("gpu") or "none, so the CPU")
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
run = training.fit(model, x_train, y_train, epochs=2, batch_size=32)

# %% tags=["ungraded"]
plots.learning_curves(run)

# %% [markdown]
# On the photographs, the original assignment expects a loss between 1 and 5 and an accuracy between 0.2 and
# 0.5. In 62 published runs the medians were loss 2.95 and accuracy 0.28 after the first epoch, 2.03 and 0.37
# after the second. And on the test images?

# %% [markdown] predict="test_after_two_epochs"
# After two epochs the training accuracy is well above the 1/6 of a blind guess. And the accuracy on test
# images that look just like those for training?
#
# - [ ] About the same: One would hope so. But in training and afterwards one kind of layer does not compute
#   the same.
# - [x] Close to 1/6: The network gives one answer to nearly everything. It has learnt something all the same,
#   as you will see below.
# - [ ] Somewhat lower, by overfitting: Two epochs on a thousand images are too few to learn them by heart.

# %% tags=["ungraded"]
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test loss {loss:.2f}, test accuracy {accuracy:.3f} (a blind guess: {1 / 6:.3f})")

predicted = model.predict(x_test, verbose=0)
plots.confusion_matrix(signs.test_y, predicted, signs.classes)

# %% [markdown]
# ### What went wrong?
#
# The original expects a test accuracy of 0.16 to 0.25: the network gives (nearly) one answer to all. That
# looks like overfitting, and is not. Here are *the same weights* on *the same test images*, with batch
# normalisation as in training.

# %% tags=["ungraded"]
def accuracy_with_batch_statistics(model, x, labels, batch_size=32):
    """Share of images classified correctly when each batch is normalised by its own statistics."""
    before = model.get_weights()  # training mode also moves the moving averages: put them back
    starts = range(0, len(x), batch_size)
    scores = [model(x[i : i + batch_size], training=True) for i in starts]
    model.set_weights(before)
    return np.mean(np.concatenate(scores).argmax(axis=1) == labels)


with_batch = accuracy_with_batch_statistics(model, x_test, signs.test_y)
print(f"test accuracy, moving averages (as deployed): {accuracy:.3f}")
print(f"test accuracy, statistics of each batch:      {with_batch:.3f}")

# %% [markdown]
# In training, batch normalisation uses the mean and variance *of the batch*. Later an image may come alone,
# so it uses **moving averages**: after each step, 99 % of the old average plus 1 % of what the batch showed.
#
# Two epochs are 2 × 34 = 68 steps, and $0.99^{68} \approx 0.50$: half of every average is still its initial
# value, mean 0 and variance 1. The other half is largely that of older weights. There are 53 such layers, and
# each passes its error on.
#
# On the photographs, our test accuracy stayed at exactly 1/6 for three epochs, and came to 0.33 after ten and
# 0.88 after fourteen. With batch statistics it was 0.83 after *two*. Of the 62 published runs, 59 report
# exactly 1/6.
#
# Batch statistics are no cure: an answer would depend on the other images in the batch. The cure is to
# **re-estimate** the averages as plain means over all batches of *training* images. In step $k$, that is a
# momentum of $1 - 1/k$. (About 15 seconds.)

# %% [markdown]
# An average catches up with the batches' level, 100 %. *One thing to find out:* by which step is it at 95 %
# with the usual momentum of 0.99, and with which momentum would two epochs, 68 steps, be enough?

# %% tags=["ungraded"]
from resnet_course.figures import moving

moving.averages()

# %% tags=["ungraded"]
def reestimate_moving_averages(model, x, batch_size=32, seed=0):
    """Replace the moving averages by means over all batches of x. No weight is trained."""
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    usual = [norm.momentum for norm in norms]
    order = np.random.default_rng(seed).permutation(len(x))
    for step, start in enumerate(range(0, len(x), batch_size), start=1):
        for norm in norms:
            norm.momentum = 1 - 1 / step
        model(x[order[start : start + batch_size]], training=True)
    for norm, momentum in zip(norms, usual):
        norm.momentum = momentum
    return len(norms)


count = reestimate_moving_averages(model, x_train)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"{count} batch norms re-estimated: test loss {loss:.2f}, test accuracy {accuracy:.3f}")

predicted = model.predict(x_test, verbose=0)
plots.confusion_matrix(signs.test_y, predicted, signs.classes)

# %% [markdown]
# No weight was trained in between.
#
# ### Longer
#
# The averages also catch up by themselves. Twenty epochs take about twenty-five minutes.

# %% tags=["ungraded"]
EPOCHS_LONG = 0  # set to 20 if you have a GPU or half an hour

if EPOCHS_LONG:
    longer = training.fit(
        model, x_train, y_train, epochs=EPOCHS_LONG, batch_size=32, validation=(x_test, y_test)
    )
    curves = plots.learning_curves(longer)
else:
    curves = "EPOCHS_LONG is 0: the model stays as it is."
curves

# %% [markdown]
# The validation curve is flat or noisy at first, then it jumps. Which images does the model get wrong?

# %% tags=["ungraded"]
predicted = model.predict(x_test, verbose=0)
print(f"test accuracy {np.mean(predicted.argmax(axis=1) == signs.test_y):.3f}")
plots.samples(x_test, signs.test_y, signs.classes, predicted=predicted, count=18)

# %% [markdown]
# ## 6 · Save it and use it
#
# Keras saves a whole model in one file: `.keras`, its own format, or `.h5`, the older HDF5 one, written by
# [h5py](https://docs.h5py.org/). With Adam's state, training can go on later, and the file is three times as
# large. Do not save yours in the folder that you hand in.

# %% tags=["ungraded"]
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    native, hdf5 = Path(folder) / "resnet50_signs.keras", Path(folder) / "resnet50_signs.h5"
    model.save(native)
    model.save(hdf5, include_optimizer=False)
    for path in (native, hdf5):
        loaded = keras.models.load_model(path, compile=False)  # enough to predict
        same = np.allclose(loaded(x_test[:4]), model(x_test[:4]), atol=1e-5)
        megabytes = path.stat().st_size / 1e6
        print(f"{path.name}: {megabytes:.0f} MB, loaded again, same answers: {same}")

# %% [markdown]
# ### A trained network, ready to use
#
# The course brings a **small residual network**, trained on the stand-in for 60 epochs: four blocks of two
# layers, 28,170 parameters, in both formats. (`benchmarks/train_signs_small.py` in the course's repository
# trained it; `benchmarks/train_signs.py` trains the full ResNet50.)

# %% tags=["ungraded"]
from resnet_course import pretrained

for path in (pretrained.SIGNS_KERAS, pretrained.SIGNS_HDF5):
    small = keras.models.load_model(path, compile=False)
    right = small.predict(x_test, verbose=0).argmax(axis=1) == signs.test_y
    print(f"{path.name}: {path.stat().st_size:,} bytes, {small.count_params():,} parameters, "
          f"test accuracy {right.mean():.3f} ({signs.origin})")

# %% [markdown]
# On the stand-in all 120 answers are right. On photographs, expect much less: it has never seen one.
#
# ### An image of your own
#
# Photograph your hand in front of a plain wall, crop it to a square, and write the file's name into the next
# cell. A model knows only images prepared like those of its training: RGB, 64×64, divided by 255. Forget the
# last, and all answers are worthless, without any error message.

# %% tags=["ungraded"]
from resnet_course.training import inference

MY_IMAGE = None  # for example "my_hand.jpg"

if MY_IMAGE is None:
    mine = x_test[:1]
    print(f"No image of yours yet; here is a test image. It shows {signs.test_y[0]}.")
else:
    mine = inference.read_picture(MY_IMAGE, size=(64, 64))[np.newaxis]

for name, network in {"your ResNet50": model, "the small network": small}.items():
    probabilities = network.predict(mine, verbose=0)[0]
    print(f"\n{name} says {signs.classes[probabilities.argmax()]}")
    for label, probability in zip(signs.classes, probabilities):
        print(f"{label}: {probability:6.1%} {'█' * round(30 * probability)}")
plots.samples(mine, probabilities[np.newaxis], signs.classes)

# %% [markdown]
# Both wrong? What would you change first, the network or the data?
#
# Finally, the model as Keras sees it. Where are most of the 23,600,006 parameters, and which 53,120 of them
# does training not touch? (The total at the foot counts Adam's numbers, too.)

# %% tags=["ungraded"]
model.summary(line_length=110)

# %% [markdown]
# ## Open questions
#
# Nobody grades these. Think first; then unfold.
#
# **1.** Why does the shortcut of the convolutional block end without a ReLU?
#
# <details><summary>Discussion</summary>
#
# The projection is there to make shapes fit, and a linear one passes on as much as a matrix can. A ReLU would
# clip it.
#
# </details>
#
# **2.** If identity blocks can do no harm, why not a thousand of them?
#
# <details><summary>Discussion</summary>
#
# They cost memory and time, and do a little harm: in version 1 every block ends in a ReLU that clips the
# straight path. With 1001 layers of this version the authors got worse results than with 110. Unit 4 shows
# what they changed.
#
# </details>

# %% [markdown]
# ## What to remember
#
# - Plain networks **degrade** with depth: the training error itself goes up.
# - Gradients vanish without batch normalisation and explode with it. A **shortcut** is a path on which no
#   weight multiplies them.
# - The **identity block** adds its input, the **convolutional block** a projection of it. The last ReLU comes
#   after the addition.
# - **Batch normalisation** computes something else in training than afterwards. Suspect its averages before
#   overfitting.
#
# ## References
#
# - K. He, X. Zhang, S. Ren, J. Sun: [*Deep Residual Learning for Image
#   Recognition*](https://arxiv.org/abs/1512.03385), 2015.
# - The same: [*Identity Mappings in Deep Residual Networks*](https://arxiv.org/abs/1603.05027), 2016.
# - A. Krizhevsky et al.: [*ImageNet Classification with Deep Convolutional Neural
#   Networks*](https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks), 2012.
#   AlexNet.
# - M. Zeiler, R. Fergus: [*Visualizing and Understanding Convolutional
#   Networks*](https://arxiv.org/abs/1311.2901), 2013. From edges to objects.
# - S. Ioffe, C. Szegedy: [*Batch Normalization*](https://arxiv.org/abs/1502.03167), 2015. Moving averages:
#   section 3.1.
# - X. Glorot, Y. Bengio: [*Understanding the difficulty of training deep feedforward neural
#   networks*](https://proceedings.mlr.press/v9/glorot10a.html), 2010. The initialiser.
# - F. Chollet's implementation of ResNet50 in
#   [deep-learning-models](https://github.com/fchollet/deep-learning-models), from which the names come.
# - Keras: [saving models](https://keras.io/guides/serialization_and_saving/).

# %% [markdown]
# ## Hand in
#
# `check.progress()` shows what is open. Save, and hand in this file under its own name: on a Hub by *Nbgrader
# → Assignment List → Submit*, elsewhere on your course's page. If you learn alone, `check.course()` leads on.
