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
# In 2015 the best image classifiers had about twenty layers, and everybody hoped that deeper ones
# would be better. They were not: stack more layers, and even the *training* error goes up. One
# addition per block changed that, and the paper that proposed it went on to 152 layers. In this
# notebook you build the best known of its networks, **ResNet50**, out of its two blocks, and train it
# to read numbers from pictures of hands.
#
# You will
#
# 1. see what depth does to gradients, with and without shortcuts;
# 2. write the **identity block** (30 points) and the **convolutional block** (30 points);
# 3. put them together to a network of 50 layers (40 points);
# 4. train it, and find out why a network that has learnt a good deal may still look as if it had
#    learnt nothing.
#
# You need convolutions, batch normalisation and a little Keras, nothing more. Allow **90 minutes**;
# the cells themselves run for about five of them on two CPU cores. Run the cells in order. Write only
# where it says `YOUR CODE HERE`, and delete the line that raises `NotImplementedError` when you do.
#
# A word that you do not know? **Words of this course**, at the end of unit 0, explains those of all units.

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
# ## 1 · Why very deep networks train badly
#
# Backpropagation multiplies. On its way from the loss to the first layer, the gradient is multiplied
# by the Jacobian matrix of every layer in between. If each factor halves it, fifty of them leave
# $2^{-50} \approx 10^{-15}$ of it. A shortcut turns a factor $J$ into $I + J$: whatever the layers
# do, there is one path on which no weight multiplies the gradient.
#
# See for yourself. The next cell builds fifty fully connected ReLU layers with fresh weights, twice:
# plainly stacked, and with a shortcut around every pair. It runs the backward pass by hand, in NumPy,
# and keeps the gradient's norm at each layer.


# %% tags=["ungraded"]
def gradient_norms_at_start(shortcuts, depth=50, width=64, seed=0):
    """Norms of the gradient with respect to each layer's output before its ReLU, first layer first."""
    random = np.random.default_rng(seed)
    pairs = [random.normal(0, width**-0.5, (2, width, width)) for _ in range(depth // 2)]
    x = random.normal(size=(width, 128))
    slopes = []
    for A, B in pairs:
        inner = A @ x
        outer = B @ np.maximum(inner, 0) + (x if shortcuts else 0)
        slopes.append((inner > 0, outer > 0))
        x = np.maximum(outer, 0)

    gradient = np.ones_like(x)
    norms = []
    for (A, B), (inner_slope, outer_slope) in zip(pairs[::-1], slopes[::-1]):
        outer = gradient * outer_slope
        inner = (B.T @ outer) * inner_slope
        norms += [np.linalg.norm(outer), np.linalg.norm(inner)]
        gradient = A.T @ inner + (outer if shortcuts else 0)
    return np.array(norms[::-1]) / norms[0]


plots.gradient_norms(
    {
        "plain": gradient_norms_at_start(shortcuts=False),
        "with shortcuts": gradient_norms_at_start(shortcuts=True),
    }
)

# %% [markdown]
# Read it from right to left, as the gradient travels. In the plain stack it loses about seven powers
# of ten: the first layers hear next to nothing from the loss. With shortcuts it even grows, by
# less than two powers of ten.
#
# To be fair to plain networks: good initialisation and batch normalisation keep their gradients at
# healthy sizes as well, and still He et al. (2015) found a plain network of 34 layers to train *worse*
# than one of 18. They called it **degradation**. It is not overfitting, as the training error itself
# is higher, and not only a matter of vanishing gradients. Their guess was that a stack of nonlinear
# layers finds it hard to learn even the simplest of functions: to pass its input on unchanged.
#
# So make that the easy case. Let $H(x)$ be what a few layers should compute. Instead of
# $H(x)$, let them compute the **residual** $F(x) = H(x) - x$ and add $x$ back:

# %% tags=["ungraded"]
from resnet_course import figures

figures.residual_idea()

# %% [markdown]
# The next figure moves as well: a pulse of 1 goes forward through a block, and a gradient of 1 comes
# back. *One thing to find out:* let the layers multiply by 0. What arrives at the output, and what
# comes back to the input, with the shortcut and without?

# %% tags=["ungraded"]
from resnet_course.figures import moving

moving.pulse()

# %% [markdown]
# If the best thing to do is nothing, the layers need only drive their weights to zero, and the block
# is the identity (why is the last ReLU harmless then? What comes out of the previous block is never
# negative). A block added to a good network need not make it worse, and has every chance to make it
# better.
#
# ResNet50 uses **bottleneck** blocks: a 1×1 convolution reduces the number of channels, an f×f
# convolution works on the few that are left, and another 1×1 convolution restores the number. There
# are two kinds, which differ in their shortcut alone:
#
# - the **identity block**, where input and output have the same shape, so that they can be added as
#   they are;
# - the **convolutional block**, where they have not, so that a 1×1 convolution on the shortcut makes
#   them match.

# %% [markdown]
# ## 2 · The identity block

# %% tags=["ungraded"]
figures.identity_block()

# %% [markdown]
# ### Exercise 1 · `identity_block` (30 points)
#
# | layer | name | filters | kernel | stride | padding |
# | :--- | :--- | :--- | :--- | :--- | :--- |
# | **first component** (given): convolution | `conv_name + "2a"` | `F1` | 1×1 | 1 | valid |
# | batch norm, then ReLU | `bn_name + "2a"` | | | | |
# | **second component**: convolution | `conv_name + "2b"` | `F2` | f×f | 1 | same |
# | batch norm, then ReLU | `bn_name + "2b"` | | | | |
# | **third component**: convolution | `conv_name + "2c"` | `F3` | 1×1 | 1 | valid |
# | batch norm, *no* ReLU | `bn_name + "2c"` | | | | |
# | **end**: add the shortcut, then ReLU | | | | | |
#
# Every convolution draws its first weights from `glorot_uniform(seed=0)`. Every batch normalisation
# works on the channels, `axis=3`. ReLU and the addition need no names.
#
# In Keras: [`layers.Conv2D`](https://keras.io/api/layers/convolution_layers/convolution2d/),
# [`layers.BatchNormalization`](https://keras.io/api/layers/normalization_layers/batch_normalization/),
# [`layers.ReLU`](https://keras.io/api/layers/activation_layers/relu/) and
# [`layers.Add`](https://keras.io/api/layers/merging_layers/add/). The first component shows the
# pattern: make the layer, then call it on a tensor, `X = layers.ReLU()(X)`.
#
# Where people stumble:
#
# - `layers.Add()` takes **one list** of tensors: `layers.Add()([a, b])`.
# - The last ReLU comes *after* the addition, not before it.
# - With `"valid"` in the second component the picture shrinks and no longer fits the shortcut.


# %% exercise="identity_block"
def identity_block(X, f, filters, stage, block):
    """One residual block whose shortcut is the input itself.

    X: input tensor (batch, height, width, channels); channels must equal filters[2].
    f: size of the middle convolution's window. filters: numbers of filters [F1, F2, F3].
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
# **What a check does.** It calls your function on an input drawn from a fixed seed and compares what
# you built with the course's own solution: the **names** of the layers (20 % of the points), their
# **shapes** (20 %), and the **values** that come out (60 %) — freshly built, with weights set to fixed
# numbers, and in training mode. If something differs, it says what and where. You may
# run it as often as you like. For your mark, the grader runs more checks of the same kind, with other
# sizes, stages and letters.

# %% test="test_identity_block" points=30
check.block(identity_block, shape=(3, 4, 4, 6), f=2, filters=[2, 4, 6], stage=1, block="a")
### BEGIN HIDDEN TESTS
check.block(
    identity_block, check.one_of(3, 5),
    [check.size(5, 6), check.size(2, 4), check.size(7, 9)], 3, "d", shape=(2, 5, 7, check.size(7, 9)),
)
### END HIDDEN TESTS

# %% [markdown] predict="middle_of_the_bottleneck"
# An identity block with filters `[64, 64, 256]` gets images of 15×15 pixels and 256 channels.
# What leaves its middle convolution, of 3×3?
#
# - [x] 15×15×64: Its padding is “same”, so the size stays, and it has 64 filters.
# - [ ] 15×15×256: So many channels has the block at its two ends. In the middle it works on
#   fewer: that is the bottleneck.
# - [ ] 13×13×64: So it would be with “valid” padding, and then it would no longer fit the
#   shortcut.

# %% [markdown]
# ## 3 · The convolutional block
#
# Every few blocks a network halves the height and width of its pictures and doubles the channels. Then
# input and output can no longer be added. The shortcut gets a 1×1 convolution with the same stride
# and as many filters as the main path has in the end. It is there to adjust shapes and is linear: no
# ReLU.

# %% tags=["ungraded"]
figures.convolutional_block()

# %% [markdown]
# ### Exercise 2 · `convolutional_block` (30 points)
#
# | layer | name | filters | kernel | stride | padding |
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
# Where people stumble:
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
    [check.size(7, 9), check.size(2, 4), check.size(5, 6)], 4, "c", 1, shape=(2, 9, 7, check.size(5, 6)),
)
check.block(
    convolutional_block, shape=(2, check.size(9, 11), 8, 4), f=check.one_of(3, 4),
    filters=[check.size(8, 9), 3, check.size(5, 7)], stage=5, block="b", s=check.one_of(3, 4),
)
### END HIDDEN TESTS

# %% [markdown] predict="parameters_of_a_shortcut"
# The shortcut's 1×1 convolution of block 3a takes 256 channels and has 512 filters. How many
# parameters has it?
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
# **Head:** average pooling over 2×2 windows, named `"avg_pool"` (either padding will do); flatten; a
# dense layer of `classes` units with softmax, initialised with `glorot_uniform(seed=0)` and named
# `"fc"` followed by the number of classes: `"fc6"` for six.
#
# Where people stumble:
#
# - `block` is the letter alone, `"b"`, and `stage` the number. The blocks make the names.
# - An unnamed pooling layer works and costs points for names.
# - A loop over the letters of a stage is shorter than five calls, and has fewer places for mistakes.


# %% exercise="resnet50"
def ResNet50(input_shape=(64, 64, 3), classes=6):
    """The 50-layer residual network.

    input_shape: (height, width, channels) of one picture. classes: number of classes.
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
# This check looks at how you *put the network together*. It replaces your two blocks by recorders,
# which note how they are called, so a mistake in a block does not count a second time here.

# %% test="test_resnet50" points=40
check.wiring(
    ResNet50, input_shape=(64, 64, 3), classes=6,
    blocks=[
        "identity_block(X, f, filters, stage: label, block: label)",
        "convolutional_block(X, f, filters, stage: label, block: label, s=2)",
    ],
)
### BEGIN HIDDEN TESTS
check.wiring(
    ResNet50, check.one_of((128, 64, 3), (64, 128, 3)), 2,
    blocks=[
        "identity_block(X, f, filters, stage: label, block: label)",
        "convolutional_block(X, f, filters, stage: label, block: label, s=2)",
    ],
)
### END HIDDEN TESTS

# %% [markdown] predict="before_the_average_pool"
# The images have 64×64 pixels. What does the average pool at the end of ResNet50 see of them?
#
# - [ ] 8×8×512: That leaves stage 3. Two more stages halve it twice.
# - [x] 2×2×2048: The sides were halved five times, 64 to 2, and the channels are those of stage
#   5.
# - [ ] 1×1×2048: That is what the pool makes of it: one number for each channel.

# %% [markdown]
# And now everything at once, your blocks in your network: all names, 23,600,006 parameters, and the
# outputs. It carries no points, as each part has been checked already. If it fails, look at the part
# that it names. (About ten seconds.)

# %% locked="whole_network" tags=["ungraded"]
check.model(ResNet50, input_shape=(64, 64, 3), classes=6)

# %% [markdown]
# Congratulations: that was the whole of ResNet50. Here is *your* network, drawn from the model that
# your code has just built.

# %% tags=["ungraded"]
from kerascheck.feedback import drawing

keras.utils.set_random_seed(1)
model = ResNet50(input_shape=(64, 64, 3), classes=6)
drawing.draw_model(model)

# %% [markdown]
# Why *50*? Count the layers with weights on the longest path: `conv1`, three convolutions in each of
# 3 + 4 + 6 + 3 = 16 blocks, and the dense layer: 1 + 48 + 1. The shortcuts' convolutions lie beside the
# longest path; batch normalisation, by custom, is not counted.
#
# **Optional: have you followed the original?** A classic assignment of 2017 asked for these two blocks
# and printed a few numbers of their outputs. Random streams are not kept from one version of a
# framework to the next, so the blocks print other numbers today. Under TensorFlow 1's own stream,
# which the next cell brings back, yours should give the old ones, but for the eighth digit.

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
# ### The pictures
#
# SIGNS holds 64×64 pictures of hands that show 0 to 5 fingers: 1080 to train on, 120 to test. If the
# files of the photographs are not on this machine, the loader uses a **stand-in**, drawn by this
# course in the same format, and says so. (It is drawn once, in about 20 seconds.)

# %% tags=["ungraded"]
signs = load_signs()
print(signs.describe())
plots.samples(signs.train_x, signs.train_y, signs.classes)

# %% [markdown]
# Networks like small numbers and one output per class: divide the pixels by 255, and turn each
# label into a row with a single 1.

# %% tags=["ungraded"]
x_train = signs.train_x.astype("float32") / 255
x_test = signs.test_x.astype("float32") / 255
y_train = np.eye(6, dtype="float32")[signs.train_y]
y_test = np.eye(6, dtype="float32")[signs.test_y]
print("pictures:", x_train.shape, x_test.shape)
print("labels:  ", y_train.shape, y_test.shape, "— the first one:", signs.train_y[0], y_train[0])

# %% [markdown]
# ### Two epochs
#
# Adam, cross-entropy, batches of 32. This takes **two to three minutes on two CPU cores**, and seconds
# on a GPU. The first half minute or so goes into compiling the graph.

# %% tags=["ungraded"]
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, epochs=2, batch_size=32, verbose=2)

# %% tags=["ungraded"]
plots.learning_curves(history)

# %% [markdown]
# The loss falls, and the accuracy is well above the 1/6 of a blind guess. And on the test pictures?

# %% [markdown] predict="test_after_two_epochs"
# After two epochs the training accuracy is well above the 1/6 of a blind guess. And the accuracy
# on test images that look just like those for training?
#
# - [ ] About the same: One would hope so. But in training and afterwards one kind of layer does
#   not compute the same.
# - [x] Close to 1/6: The network gives one answer to nearly everything. It has learnt something
#   all the same, as you will see below.
# - [ ] Somewhat lower, by overfitting: Two epochs on a thousand images are too few to learn them
#   by heart.

# %% tags=["ungraded"]
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test loss {loss:.2f}, test accuracy {accuracy:.3f} (a blind guess: {1 / 6:.3f})")

predicted = model.predict(x_test, verbose=0)
plots.confusion_matrix(signs.test_y, predicted, signs.classes)

# %% [markdown]
# ### What went wrong?
#
# The network gives (nearly) one and the same answer to every picture. It looks like overfitting. It
# is not, and the next cell proves it: *the same weights* on *the same test pictures*, with only batch
# normalisation told to behave as it does in training.


# %% tags=["ungraded"]
def accuracy_with_batch_statistics(model, x, labels, batch_size=32):
    """Share of pictures classified rightly when each batch is normalised by its own statistics."""
    before = model.get_weights()  # training mode also moves the moving averages: put them back
    starts = range(0, len(x), batch_size)
    scores = [model(x[i : i + batch_size], training=True) for i in starts]
    model.set_weights(before)
    return np.mean(np.concatenate(scores).argmax(axis=1) == labels)


with_batch = accuracy_with_batch_statistics(model, x_test, signs.test_y)
print(f"test accuracy, moving averages (as deployed): {accuracy:.3f}")
print(f"test accuracy, statistics of each batch:      {with_batch:.3f}")

# %% [markdown]
# In training, batch normalisation uses the mean and variance *of the batch*. Later, a picture may come
# alone, so it uses **moving averages**, which it has kept on the side: after each step, 99 % of what
# they were plus 1 % of what the batch showed.
#
# How far do they get? Two epochs are 2 × 34 = 68 steps, and $0.99^{68} \approx 0.50$: half of every
# average is still its start value, mean 0 and variance 1. The other half stems largely from weights
# that have changed since. There are 53 such layers, most of them in a row, and each passes its error on
# to the next. Training never notices, as it never uses them.
#
# The same happens on the photographs: in our runs of this network, test accuracy stayed at exactly 1/6
# for three epochs and came to 0.33 after ten and 0.88 after fourteen, while the same weights with
# batch statistics had 0.83 after *two*. Of 62 published runs of the classic assignment, 59 report a
# test accuracy of exactly 1/6.
#
# Evaluating with batch statistics is a diagnosis, not a cure: the answer for one picture would depend
# on the others in its batch. A legitimate cure is to **re-estimate** the averages. Leave the weights
# as they are, go through the *training* pictures once, and let the averages be plain means over all
# batches: in step $k$, that is a momentum of $1 - 1/k$. (About 15 seconds.)

# %% [markdown]
# Watch an average catch up: it starts at 0 and goes after what the batches show, the level of 100 %.
# *One thing to find out:* by which step is it at 95 % with the usual momentum of 0.99, and with which
# momentum would two epochs, 68 steps, be enough?

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
# Not one weight was trained in between.
#
# ### Longer
#
# Given time, the averages catch up by themselves. Twenty epochs take about twenty-five minutes on
# two CPU cores: set the number to 20 if you have that, or a GPU.

# %% tags=["ungraded"]
EPOCHS_LONG = 0  # set to 20 if you have a GPU or half an hour

if EPOCHS_LONG:
    longer = model.fit(
        x_train, y_train, epochs=EPOCHS_LONG, batch_size=32,
        validation_data=(x_test, y_test), verbose=2,
    )
    curves = plots.learning_curves(longer)
else:
    curves = "EPOCHS_LONG is 0: the model stays as it is."
curves

# %% [markdown]
# Watch the validation curve: noisy or flat at first, then it jumps. Which pictures does the model
# get wrong?

# %% tags=["ungraded"]
predicted = model.predict(x_test, verbose=0)
print(f"test accuracy {np.mean(predicted.argmax(axis=1) == signs.test_y):.3f}")
plots.samples(x_test, signs.test_y, signs.classes, predicted=predicted, count=18)

# %% [markdown]
# ## 6 · Keep it and use it
#
# Keras saves a whole model, architecture and weights, in one file: `.keras`, its own format, or `.h5`,
# the older HDF5 one, which it calls legacy in a warning. With Adam's state, two numbers for every
# weight, training can go on later, and the file is three times as large. The files are big, so they
# go to a temporary folder here. To keep yours, save it elsewhere, but not in the folder that you
# hand in.

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
# ### A picture of your own
#
# Photograph your hand in front of a plain wall, put the file beside this notebook, and write its name
# into the next cell. A model knows only pictures prepared like those it was trained on: RGB, 64×64,
# divided by 255. Forget the last, and all its answers are worthless, without any error message.

# %% tags=["ungraded"]
MY_PICTURE = None  # for example "my_hand.jpg"


def prepare(path):
    """A picture file as the network wants it: (1, 64, 64, 3), from 0 to 1."""
    from PIL import Image, ImageOps  # %pip install pillow, where it is missing

    upright = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    square = ImageOps.fit(upright, (64, 64))
    return np.asarray(square, dtype="float32")[np.newaxis] / 255


if MY_PICTURE is None:
    mine = x_test[:1]
    print(f"No picture of yours yet; here is a test picture. It shows {signs.test_y[0]}.")
else:
    mine = prepare(MY_PICTURE)

probabilities = model.predict(mine, verbose=0)[0]
for name, probability in zip(signs.classes, probabilities):
    print(f"{name}: {probability:6.1%} {'█' * round(30 * probability)}")
print("The model says:", signs.classes[probabilities.argmax()])
plots.samples(mine, probabilities[np.newaxis], signs.classes)

# %% [markdown]
# If it is wrong about your hand: 1080 pictures, all alike in light and distance, are not the
# world. What would you change first, the network or the data?
#
# Finally, the model as Keras sees it, layer by layer. Compare it with the drawing above: where are
# most of the 23,600,006 parameters, and which 53,120 of them does training not touch? (The total at the
# foot is three times as large, because a compiled model counts Adam's numbers too.)

# %% tags=["ungraded"]
model.summary(line_length=110)

# %% [markdown]
# ## Open questions
#
# Nobody grades these. Think first, or talk about them with somebody; then unfold.
#
# **1.** Why does the shortcut of the convolutional block end without a ReLU?
#
# <details><summary>Discussion</summary>
#
# A ReLU would clip what the block adds to: the sum could then only ever grow from something that is
# not negative, on the main path and on the shortcut. The projection is there to make shapes fit, and
# a linear one passes on as much as a matrix can.
#
# </details>
#
# **2.** If identity blocks can do no harm, why not a thousand of them?
#
# <details><summary>Discussion</summary>
#
# They cost memory and time, and they do a little harm: in version 1 every block ends in a ReLU, so
# the straight path is clipped once a block, and batch normalisation's averages lag in every layer.
# With 1001 layers of this version the paper's authors got worse results than with 110. Unit 4 shows
# what they changed.
#
# </details>

# %% [markdown]
# ## What to remember
#
# - Plain networks **degrade** with depth: the training error itself goes up.
# - A **shortcut** lets layers learn the difference from the identity, and gives the gradient a path on
#   which nothing multiplies it away.
# - The **identity block** adds its input as it is. The **convolutional block** adds a projection of
#   it, where shapes change. In both, the last ReLU comes after the addition.
# - ResNet50 is a table of numbers: `[3, 4, 6, 3]` blocks. Once the blocks are right, depth is data.
# - **Batch normalisation** computes something else in training than afterwards. When the two disagree
#   wildly, suspect the moving averages before you suspect overfitting.
#
# ## References
#
# - K. He, X. Zhang, S. Ren, J. Sun: *Deep Residual Learning for Image Recognition*, 2015,
#   [arXiv:1512.03385](https://arxiv.org/abs/1512.03385). The blocks, ResNet50, and degradation.
# - K. He, X. Zhang, S. Ren, J. Sun: *Identity Mappings in Deep Residual Networks*, 2016,
#   [arXiv:1603.05027](https://arxiv.org/abs/1603.05027). Why a shortcut should carry only $x$.
# - S. Ioffe, C. Szegedy: *Batch Normalization*, 2015,
#   [arXiv:1502.03167](https://arxiv.org/abs/1502.03167). Moving averages are in section 3.1.
# - X. Glorot, Y. Bengio: *Understanding the difficulty of training deep feedforward neural networks*,
#   [AISTATS 2010](https://proceedings.mlr.press/v9/glorot10a.html). The initialiser.
# - Keras: [layers](https://keras.io/api/layers/) and
#   [saving models](https://keras.io/guides/serialization_and_saving/).
