# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kerasgrader:
#     survivors:
#       resnet_layer:
#         "always true: if activation is not None: X = layers.Activation(activati...": an activation of None does nothing
#       resnet_v1:
#         "not sorted: sorted({max(8, 6 * n + 2), max(8, 6 * n + 8)})": the order of the two depths is open
#         "sorted without regard to capitals: sorted({max(8, 6 * n + 2), max(8, 6 * n + 8)})": the order of the two depths is open
#         "short ones first: sorted({max(8, 6 * n + 2), max(8, 6 * n + 8)})": the order of the two depths is open
#       shift_and_flip:
#         "backwards: for i, picture in enumerate(pictures): rows = np.clip(np....": each picture is worked on by itself
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # ResNet v1 for CIFAR-10
#
# The paper that proposed ResNet50 has a second family, for images of 32×32 pixels. Its members are thin (16
# to 64 filters), differ in one number, and are *deep*: 20, 32, 44, 56, 110 layers. Here you build them and
# the recipe for their training.
#
# 1. The layer that all are made of (25 points), and the network at any depth $6n+2$ (35 points).
# 2. The recipe: learning rate (10 points), callbacks (15 points), augmentation (15 points).
# 3. A run that stops, goes on where it stopped, and is compared with the published accuracies.
#
# You need convolutions, batch normalisation and shortcuts (unit 1). Allow **90 minutes**; the cells run for
# six of them, on two CPU cores. Replace each `YOUR CODE HERE` and the `raise` below it.
# **Words of this course**, at the end of unit 0, explains the terms.

# %% locked="imports"
from kerascheck import check  # first: it keeps TensorFlow's notes quiet
from resnet_course import load_cifar10, training
from resnet_course.figures import plots

import keras
import numpy as np
from keras import layers, regularizers
from keras.models import Model

# %% [markdown]
# ## 1 · What does depth buy?
#
# The paper trains each depth for 64,000 steps. (110 layers: the best of five runs.)

# %% tags=["ungraded"]
PUBLISHED = {"20 layers": 875, "32 layers": 751, "44 layers": 717, "56 layers": 697, "110 layers": 643}
plots.bars(PUBLISHED, "mistakes in 10,000 test images (He et al. 2015)")

# %% [markdown]
# With five and a half times the depth, a quarter of the mistakes is gone. Without shortcuts 56 layers were
# worse than 20, and 110 were wrong about more than half of the images.
#
# Two layers of a plain network, as in VGG (2014), and the same two as a residual block:

# %% tags=["ungraded"]
from resnet_course.figures import preactivation

preactivation.plain_and_residual()

# %% [markdown]
# Number the layers, and let $x_{l}$ be the output of layer $l$. With $H$ for convolution, batch norm and
# ReLU, and $F$ for convolution and batch norm alone:
#
# | | first layer | second layer |
# | :--- | :--- | :--- |
# | plain | $x_{l-1} = H(x_{l-2})$ | $x_{l} = H(x_{l-1})$ |
# | residual | $x_{l-1} = H(x_{l-2})$ | $x_{l} = \mathrm{ReLU}(F(x_{l-1}) + x_{l-2})$ |
#
# The addition goes element by element and has no parameters. Where the shapes differ, a convolution projects
# $x_{l-2}$ first. ResNet-18 without its additions is a plain network of 18 layers in VGG's style.
#
# So that depth alone changes, all members are built alike:

# %% tags=["ungraded"]
from resnet_course import figures

figures.resnet20()

# %% [markdown]
# Three **stacks** of $n$ blocks of two 3×3 convolutions; no bottleneck, as 64 filters are cheap. One layer at
# the start, two in each of $3n$ blocks and one at the end give depths of $6n+2$.
#
# Stacks 2 and 3 begin with fewer pixels and more filters. With a **stride** of 2 the kernel moves on by two
# places and skips every other one. The shortcut follows by a bare 1×1 convolution with stride 2, a **linear
# projection**, as in Keras's published example and the paper's larger networks. (The paper's own CIFAR
# networks did without parameters: they skipped pixels and filled the new channels with zeros.)

# %% [markdown]
# ## 2 · One layer, in two orders
#
# Every layer is a convolution, batch normalisation and an activation, in "version 1" in this order. Version 2
# (unit 4) turns it round, and a projection leaves two of the three out.
#
# ### Exercise 1 · `resnet_layer` (25 points)
#
# | `conv_first` | order |
# | :--- | :--- |
# | `True` | convolution, then batch norm, then activation |
# | `False` | batch norm, then activation, then convolution |
#
# - The convolution has `num_filters` filters of `kernel_size`, stride `strides` and `"same"` padding. It
#   starts from `"he_normal"`, without a seed, and its kernel has an **L2 penalty** of `1e-4`,
#   `kernel_regularizer=regularizers.L2(1e-4)`: 0.0001 times the sum of all squared weights, added to the
#   loss.
# - Batch normalisation only if `batch_normalization` is true.
# - An activation only if `activation` is not `None`.
# - No layer needs a name.
#
# Common mistakes:
#
# - `layers.Conv2D(..., activation=activation)` would put the activation *before* batch normalisation.
# - `L2` is not `L1`, and `kernel_regularizer` is not `activity_regularizer`.

# %% exercise="resnet_layer"
def resnet_layer(
    X, num_filters=16, kernel_size=3, strides=1,
    activation="relu", batch_normalization=True, conv_first=True,
):
    """A convolution with batch normalisation and an activation, in either order.

    X: input tensor (batch, height, width, channels). activation: its name, or None for none.
    batch_normalization: whether there is one. conv_first: the convolution comes first (version 1) or
    last (version 2). Returns the output tensor.
    """
    ### BEGIN SOLUTION
    convolution = layers.Conv2D(
        num_filters, kernel_size, strides=strides, padding="same",
        kernel_initializer="he_normal", kernel_regularizer=regularizers.L2(1e-4),
    )
    if conv_first:
        X = convolution(X)
    if batch_normalization:
        X = layers.BatchNormalization()(X)
    if activation is not None:
        X = layers.Activation(activation)(X)
    if not conv_first:
        X = convolution(X)
    return X
    ### END SOLUTION


# %% [markdown]
# The check compares shapes (25 % of the points) and values (75 %): freshly built, with fixed weights, in
# training mode, and the penalty. `check.hint(resnet_layer)` helps on.

# %% test="test_resnet_layer" points=25
check.block(resnet_layer, shape=(3, 8, 8, 3))
check.block(resnet_layer, shape=(3, 8, 8, 4), num_filters=6, strides=2, conv_first=False)
### BEGIN HIDDEN TESTS
check.block(resnet_layer, shape=(2, 9, 7, 4), num_filters=check.size(3, 6), kernel_size=1, strides=3,
            activation=None)
check.block(resnet_layer, check.size(3, 6), 5, 2, "tanh", False, True, shape=(2, 6, 7, 4))
check.block(resnet_layer, shape=(2, 7, 6, 4), num_filters=check.size(5, 7), kernel_size=1, strides=1,
            activation="tanh", batch_normalization=False, conv_first=False)
check.block(resnet_layer, shape=(2, 8, 9, 4), num_filters=4, kernel_size=5, strides=3, batch_normalization=False, conv_first=False)
check.block(resnet_layer, shape=(2, 5, 6, 4), num_filters=check.size(3, 5), kernel_size=5, activation=None,
            conv_first=False)
check.block(resnet_layer, shape=(2, 7, 8, 4), num_filters=5, strides=3,
            activation=check.one_of("tanh", "elu", "sigmoid"), conv_first=False)
check.block(resnet_layer, shape=(2, 6, 5, 4), num_filters=4, strides=2, activation=None, batch_normalization=False)
check.block(resnet_layer, shape=(2, 7, 6, 4), num_filters=check.size(2, 4), kernel_size=1, strides=2,
            conv_first=False)
### END HIDDEN TESTS

# %% [markdown] predict="parameters_of_the_projection"
# The projection at the start of stack 2 takes 16 channels and has 32 filters of 1×1, with a bias and without
# batch norm. How many parameters has it?
#
# - [ ] 512: Those are its weights, 16 · 32. There are 32 biases as well.
# - [x] 544: 16 · 32 weights and 32 biases.
# - [ ] 4,640: So many a 3×3 convolution would have, nine times the weights.

# %% [markdown]
# ## 3 · The network, at any depth
#
# ### Exercise 2 · `resnet_v1` (35 points)
#
# | part | what |
# | :--- | :--- |
# | first layer | `resnet_layer` with its defaults: 16 filters |
# | stacks 1, 2, 3 | $n$ blocks each, of 16, 32 and 64 filters |
# | a block | one layer; then one layer with `activation=None`; add the shortcut; ReLU |
# | stride | 2 in the *first layer of the first block* of stacks 2 and 3; otherwise 1 |
# | shortcut | the block's input; in the first block of stacks 2 and 3 its **projection** |
# | projection | a layer with `kernel_size=1`, stride 2, no activation, no batch normalisation |
# | head | average pooling of size 8×8; flatten; a dense layer of `num_classes` units with softmax, initialised with `"he_normal"` |
#
# Make **every convolution with `resnet_layer`**, the projections too: then a mistake in `resnet_layer` does
# not count twice. (No dropout: the originals use none. The additions, the 1×1 convolutions and the penalty
# regularise enough.)
#
# **Wrong depths.** For anything but $6n+2$ with $n \ge 1$, raise a `ValueError` whose message names the
# nearest right depths, the one below and the one above: for 21 these are 20 and 26. Below 8 there is only
# one: 8. The message may also name the depth that was asked for and the rule, 6n+2, but no other number.
#
# Common mistakes:
#
# - The projection is applied to the block's *input*, not to the output of its first layer.
# - Stack 1 begins without a projection: its shapes fit.
# - `(depth - 2) / 6` is a fraction, even when it is whole. `divmod(depth - 2, 6)` gives the quotient and the
#   rest.

# %% exercise="resnet_v1"
def resnet_v1(input_shape, depth, num_classes=10):
    """ResNet version 1 for small images.

    input_shape: (height, width, channels) of one image. depth: 6n+2, that is 8, 14, 20, ...
    Returns a keras Model whose output is a probability for each class.
    Raises ValueError, naming the nearest right depths, for any other depth.
    """
    ### BEGIN SOLUTION
    n, left_over = divmod(depth - 2, 6)
    if left_over or n < 1:
        nearest = sorted({max(8, 6 * n + 2), max(8, 6 * n + 8)})
        raise ValueError(f"no network has this depth; try {' or '.join(map(str, nearest))}")

    X_input = layers.Input(input_shape)
    X = resnet_layer(X_input)
    for stack, filters in enumerate([16, 32, 64]):
        for block in range(n):
            shrinks = stack > 0 and block == 0
            strides = 2 if shrinks else 1
            Y = resnet_layer(X, filters, strides=strides)
            Y = resnet_layer(Y, filters, activation=None)
            if shrinks:
                X = resnet_layer(
                    X, filters, kernel_size=1, strides=strides,
                    activation=None, batch_normalization=False,
                )
            X = layers.ReLU()(layers.Add()([X, Y]))

    X = layers.Flatten()(layers.AveragePooling2D(8)(X))
    X = layers.Dense(num_classes, activation="softmax", kernel_initializer="he_normal")(X)
    return Model(X_input, X)
    ### END SOLUTION


# %% [markdown]
# The check looks at how you *connect the network*: a recorder stands in for `resnet_layer`. Then it asks for
# a depth that does not exist.

# %% locked="recorded"
RECORDED = [
    "resnet_layer(X, num_filters=16, kernel_size=3, strides=1, activation='relu', "
    "batch_normalization=True, conv_first: activation or batch_normalization=True)"
]

# %% test="test_resnet_v1" points=35
check.wiring(resnet_v1, input_shape=(32, 32, 3), depth=20, blocks=RECORDED)
check.values(resnet_v1, (32, 32, 3), 21)
### BEGIN HIDDEN TESTS
check.wiring(resnet_v1, (64, 32, 3), check.one_of(26, 32, 38), check.size(6, 9), blocks=RECORDED)
check.wiring(resnet_v1, input_shape=(32, 64, 1), depth=8, num_classes=2, blocks=RECORDED)
check.values(resnet_v1, (32, 32, 3), check.one_of(43, 58, 73))
check.values(resnet_v1, input_shape=(32, 32, 3), depth=check.one_of(109, 111, 151), num_classes=10)
check.values(resnet_v1, (32, 32, 3), check.one_of(3, 5, 7))
check.values(resnet_v1, (32, 32, 3), 2)
check.values(resnet_v1, (32, 32, 3), check.one_of(-4, -10))
check.values(resnet_v1, (32, 32, 3), check.one_of(0, 1))
### END HIDDEN TESTS

# %% [markdown] predict="what_leaves_stack_three"
# Images of 32×32 pixels go into ResNet20. What leaves its third stack?
#
# - [x] 8×8×64: Stacks 2 and 3 begin with stride 2, so 32 becomes 16 and then 8; the filters are 16, 32, 64.
#   The average pool of 8 then sees all of it.
# - [ ] 4×4×64: The first stack keeps the size. Two halvings, not three.
# - [ ] 8×8×32: The size is right. Filters double with every stack, from 16 on.

# %% [markdown]
# All of it at once, without points.

# %% locked="whole_network" tags=["ungraded"]
check.model(resnet_v1, input_shape=(32, 32, 3), depth=20)

# %% [markdown]
# Your family, with what others reached after 200 epochs of all photographs. The paper's 110 layers are the
# mean of five runs, ± 0.16; the best had 93.57. With bottlenecks, version 1 has 94.07 with 164 layers, and
# only 92.39 with 1001. (Unit 4 mends that.)

# %% tags=["ungraded"]
ACCURACIES = {3: (91.25, 92.16), 5: (92.49, 92.46), 7: (92.83, 92.50), 9: (93.03, 92.71), 18: (93.39, 92.65)}

print(" n  depth  parameters  paper, %  Keras, %")
for n in (3, 5, 7, 9, 18):
    parameters = resnet_v1((32, 32, 3), 6 * n + 2).count_params()
    paper, example = ACCURACIES[n]
    print(f"{n:>2}  {6 * n + 2:>5}  {parameters:>10,}  {paper:>8.2f}  {example:>8.2f}")

# %% [markdown]
# Even 110 layers have fewer than a tenth of ResNet50's 23.6 million parameters.
#
# ## 4 · The recipe
#
# The paper trains with SGD and momentum 0.9. This recipe, that of Keras's example, takes **Adam** with a
# falling rate, which converges more easily. From 32 layers on the paper is ahead.
#
# ### The learning rate
#
# A large rate finds the valley, a small one its floor. For **200 epochs**:
#
# | epochs (counted from 0) | learning rate |
# | :--- | :--- |
# | up to and including 80 | $10^{-3}$ |
# | after 80 | $10^{-3} \cdot 10^{-1}$ |
# | after 120 | $10^{-3} \cdot 10^{-2}$ |
# | after 160 | $10^{-3} \cdot 10^{-3}$ |
# | after 180, however late | $10^{-3} \cdot 0.5 \cdot 10^{-3}$ |
#
# ### Exercise 3 · `lr_schedule` (10 points)
#
# Common mistakes: *after* epoch 80 begins with epoch 81; every epoch after 120 is after 80, too, so ask for
# the latest step first.

# %% exercise="lr_schedule"
def lr_schedule(epoch):
    """The learning rate of this epoch. epoch: a whole number, counted from 0. Returns a float."""
    ### BEGIN SOLUTION
    for after, factor in ((180, 0.5e-3), (160, 1e-3), (120, 1e-2), (80, 1e-1)):
        if epoch > after:
            return 1e-3 * factor
    return 1e-3
    ### END SOLUTION


# %% test="test_lr_schedule" points=10
check.values(lr_schedule, check.each(0, 81, 121, 161, 181))
### BEGIN HIDDEN TESTS
check.values(lr_schedule, check.each(80, 120, 160, 180, 199, 260))
check.values(
    lr_schedule,
    check.each(
        check.size(1, 79), check.size(82, 119), check.size(122, 159), check.size(162, 179),
        check.size(182, 198),
    ),
    returns="number",
)
### END HIDDEN TESTS

# %% tags=["ungraded"]
plots.learning_rates({"lr_schedule": [lr_schedule(epoch) for epoch in range(200)]})

# %% [markdown]
# ### The callbacks
#
# A **callback** is called by `fit` at the beginning and end of every epoch. The recipe has three:
#
# | callback | set to |
# | :--- | :--- |
# | [`LearningRateScheduler`](https://keras.io/api/callbacks/learning_rate_scheduler/) | the `schedule` that is passed in |
# | [`ReduceLROnPlateau`](https://keras.io/api/callbacks/reduce_lr_on_plateau/) | watch the validation loss; multiply the rate by $\sqrt{0.1}$ after 5 epochs without progress (`patience`); never below `0.5e-6` |
# | [`ModelCheckpoint`](https://keras.io/api/callbacks/model_checkpoint/) | save the whole model to `path`, but only when the **validation accuracy** is the best so far |
#
# ### Exercise 4 · `training_callbacks` (15 points)
#
# Common mistakes:
#
# - Unless told otherwise, `ModelCheckpoint` watches the validation *loss*, and saves after *every* epoch.
# - The accuracy on images that were not trained on is called `val_accuracy`.

# %% exercise="training_callbacks"
def training_callbacks(schedule, path):
    """The recipe's three callbacks, as a list (or tuple) in any order.

    schedule: a function from epoch to learning rate. path: the file of the best model.
    """
    ### BEGIN SOLUTION
    return [
        keras.callbacks.LearningRateScheduler(schedule),
        keras.callbacks.ReduceLROnPlateau(factor=np.sqrt(0.1), patience=5, min_lr=0.5e-6),
        keras.callbacks.ModelCheckpoint(path, monitor="val_accuracy", save_best_only=True),
    ]
    ### END SOLUTION


# %% [markdown]
# This check looks at how the callbacks are set, with a schedule of its own: yours need not be right.

# %% test="test_training_callbacks" points=15
check.values(training_callbacks, check.staircase, "best.keras")
### BEGIN HIDDEN TESTS
check.values(training_callbacks, check.staircase, path="runs/another.keras")
check.values(training_callbacks, schedule=check.staircase, path=check.path("runs/third.keras"), returns="list")
### END HIDDEN TESTS

# %% [markdown]
# At the *beginning* of every epoch, `LearningRateScheduler` overwrites what `ReduceLROnPlateau` did at the
# *end* of the one before, so in this recipe the latter changes nothing.
#
# ### More images than there are
#
# A cat that is moved three pixels to the left, or mirrored, is a cat. So each image is shifted by up to a
# tenth of its size, and mirrored half of the time. Others leave the label as it is, too: **scaling** and
# small **rotations**
# ([`RandomZoom`](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_zoom/) and
# [`RandomRotation`](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_rotation/) in
# Keras), and **whitening**, which takes out what neighbouring pixels have in common.
#
# ### Exercise 5 · `shift_and_flip` (15 points)
#
# Each image is **first shifted, then flipped** left to right. A new pixel in row `r` shows what was in row
# `r - down`, in column `c` what was in column `c - right`. Rows above the first show the first, rows below
# the last the last, and so with columns.
#
# In NumPy: [`np.clip`](https://numpy.org/doc/stable/reference/generated/numpy.clip.html) keeps indices within
# the image, `image[rows][:, columns]` takes rows and columns by lists of indices, `columns[::-1]` turns a
# list round.
#
# Common mistakes:
#
# - `np.roll` lets what leaves on one side come back on the other.
# - Shifting after flipping moves the image to the other side.
# - The images that came in must stay as they were: write into a new array, of their type.
# - `flip` may be a list or a NumPy array, whose truth values are not the objects `True` and `False`.

# %% exercise="shift_and_flip"
def shift_and_flip(pictures, down, right, flip):
    """Images, each shifted and perhaps mirrored, as a new array of the same shape and type.

    pictures: (count, height, width, channels). down, right: for each image, by how many pixels it
    moves down and to the right (negative: up, left). flip: for each, whether it is mirrored afterwards.
    """
    ### BEGIN SOLUTION
    moved = np.empty_like(pictures)
    height, width = pictures.shape[1:3]
    for i, picture in enumerate(pictures):
        rows = np.clip(np.arange(height) - down[i], 0, height - 1)
        columns = np.clip(np.arange(width) - right[i], 0, width - 1)
        if flip[i]:
            columns = columns[::-1]
        moved[i] = picture[rows][:, columns]
    return moved
    ### END SOLUTION


# %% test="test_shift_and_flip" points=15
check.values(shift_and_flip, check.normal(4, 6, 5, 3), [0, 2, -1, 0], [0, 0, 2, -1], [False, False, True, True])
### BEGIN HIDDEN TESTS
check.values(shift_and_flip, check.normal(5, 4, 7, 2), [3, -3, 0, 1, -1], [-2, 6, 0, 3, 1], [True, True, True, False, False])
check.values(
    shift_and_flip, check.whole_numbers(check.size(5, 6), 4, 7, 2, below=256, dtype="uint8"),
    check.whole_numbers(check.size(5, 6), least=-9, below=10),
    check.whole_numbers(check.size(5, 6), least=-12, below=13), check.coins(check.size(5, 6)),
)
check.values(
    shift_and_flip, pictures=check.normal(1, check.size(8, 11), 5, 1), down=check.whole_numbers(1, below=4),
    right=[check.size(-4, 4)], flip=check.coins(1), returns="array",
)
check.values(shift_and_flip, check.normal(2, 4, 4, 1), [0, 0], [0, 0], [False, False])
### END HIDDEN TESTS

# %% [markdown]
# ## 5 · Train it
#
# ### The images
#
# CIFAR-10 holds 50,000 images to train on and 10,000 to test, in ten classes. Without its files the loader
# draws a **stand-in** (once, in about 20 seconds). `load_cifar10(download=True)` fetches the photographs, 170
# MB; `load_cifar10(keras=True)` takes Keras's own, `keras.datasets.cifar10.load_data()`, from its cache if
# they are there.

# %% tags=["ungraded"]
data = load_cifar10()
print(data.describe())
plots.samples(data.train_x, data.train_y, data.classes, per_class=2, columns=10)

# %% [markdown]
# All of it takes two CPU cores some days, and a good GPU an hour. So train on a small part, with a schedule
# as much faster.

# %% tags=["ungraded"]
N = 3  # 20 layers; the paper: also 5, 7, 9 and 18
PICTURES, EPOCHS, TESTED = 1200, 8, 500  # the recipe: 50_000, 200, 10_000

x_train = data.train_x[:PICTURES].astype("float32") / 255
x_test = data.test_x[:TESTED].astype("float32") / 255
mean_picture = x_train.mean(axis=0)
x_train, x_test = x_train - mean_picture, x_test - mean_picture
y_train = np.eye(10, dtype="float32")[data.train_y[:PICTURES]]
y_test = np.eye(10, dtype="float32")[data.test_y[:TESTED]]

share = (len(x_train) * EPOCHS) / (50_000 * 200)
print(f"{len(x_train)} images, {EPOCHS} epochs: {share:.2%} of what the recipe shows its network")


# %% tags=["ungraded"]
def augment(images, random):
    """A batch as the network sees it in training: shifted by up to a tenth, mirrored half of the time."""
    count, reach = len(images), images.shape[1] // 10
    down, right = random.integers(-reach, reach + 1, (2, count))
    return shift_and_flip(images, down, right, random.random(count) < 0.5)


def quick_schedule(epoch):
    """The same schedule, 200 epochs squeezed into EPOCHS."""
    return lr_schedule(epoch * 200 // EPOCHS)


one = np.repeat(x_train[:1], 12, axis=0)
shown = augment(one, np.random.default_rng(0)) + mean_picture
plots.samples(shown, y_train[:1].repeat(12, axis=0), data.classes, columns=12)

# %% [markdown]
# One image, as twelve epochs would show it.
#
# ### Three epochs, and a power cut
#
# Given a folder, `training.fit` stores there, after every epoch, all that the next epoch depends on: weights,
# moving averages, Adam's state, the history. (**One to two minutes**.)

# %% tags=["ungraded"]
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp(prefix="resnet20-"))


def new_network(seed):
    keras.utils.set_random_seed(seed)
    model = resnet_v1((32, 32, 3), 6 * N + 2)
    # The paper's: keras.optimizers.SGD(0.1, momentum=0.9), with a schedule of its own
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def train(model, epochs, resume):
    return training.fit(
        model, x_train, y_train, epochs=epochs, batch_size=32,
        validation=(x_test, y_test), augment=augment,
        callbacks=training_callbacks(quick_schedule, folder / "best.keras"),
        folder=folder, resume=resume,
    )


model = new_network(seed=1)
run = train(model, epochs=3, resume=False)

# %% [markdown]
# Now the model is lost. Build a new one and **resume**: it gets the old one's state and goes on with epoch 4.
# On a CPU the result is the same to the last bit: the order of the images and their shifts depend on the
# epoch alone. (Another **two to three minutes**.)

# %% tags=["ungraded"]
del model
model = new_network(seed=2)
run = train(model, epochs=EPOCHS, resume=True)

# %% [markdown] predict="the_seam_of_a_run"
# The run was interrupted and went on from its checkpoint. What will the learning curve show at that place?
#
# - [ ] A jump upwards: So it is if only the weights are stored. Adam's averages and the order of the images
#   are in the checkpoint as well.
# - [x] Nothing: Everything that the next epoch depends on was stored, so the run is the one that was never
#   stopped.
# - [ ] A second beginning: Then the weights would have been lost, too.

# %% [markdown]
# (*One thing to find out*, from the curve below the cell: which falls faster at first, the training loss or
# the validation loss? Why may the second be the lower one under augmentation?)

# %% tags=["ungraded"]
plots.learning_curves(run)

# %% [markdown]
# One curve, without a seam:
#
# - The **validation** curve lags behind and is still rising at the end. The moving averages again (unit 1,
#   section 5), not overfitting: 38 steps an epoch are few.
# - With more steps, **training** accuracy may end *below* validation accuracy: only the training images are
#   augmented.
# - When the **learning rate** falls, after epoch 4, the curves calm down.

# %% tags=["ungraded"]
plots.learning_rates({"as trained": run.history["learning_rate"]})

# %% [markdown]
# ### How good is it?
#
# The best model, beside the published ones. It is no race: yours saw fewer images, and the stand-in's are
# easier. Choosing the epoch by the test images, as the recipe does, also flatters it.

# %% tags=["ungraded"]
best = keras.models.load_model(folder / "best.keras")
predicted = best.predict(x_test, verbose=0)
accuracy = float(np.mean(predicted.argmax(axis=1) == data.test_y[:TESTED]))
plots.accuracies(
    {
        "ResNet20, He et al. 2015": 0.9125,
        "ResNet20, Keras example": 0.9216,
        "ResNet110, He et al. 2015": 0.9339,
        "ResNet110, Keras example": 0.9265,
    },
    {f"yours: ResNet{6 * N + 2}, {share:.2%} of the training, {data.origin}": accuracy},
)

# %% tags=["ungraded"]
plots.confusion_matrix(data.test_y[:TESTED], predicted, data.classes)

# %% [markdown]
# Its most confident mistakes. Would you have known better?

# %% tags=["ungraded"]
wrong = np.flatnonzero(predicted.argmax(axis=1) != data.test_y[:TESTED])
surest = wrong[np.argsort(-predicted[wrong].max(axis=1))][:8]
if len(surest):
    mistakes = plots.samples(
        data.test_x[surest], data.test_y[surest], data.classes, predicted=predicted[surest], columns=8
    )
else:
    mistakes = "No mistake among these images."
mistakes

# %% [markdown]
# In the run's folder, `run.json` tells how the weights came about.

# %% tags=["ungraded"]
for path in sorted(folder.iterdir()):
    print(f"{path.name:<16}{path.stat().st_size / 1e6:6.2f} MB")
print((folder / "run.json").read_text()[:420], "...")

# %% [markdown]
# ## Open questions
#
# Nobody grades these. Think first; then unfold.
#
# **1.** The paper's own CIFAR networks have shortcuts without parameters where shapes change: they skip
# pixels and fill up with zeros. What speaks for either?
#
# <details><summary>Discussion</summary>
#
# Zeros cost nothing and leave the straight path untouched, but half of the new channels get no shortcut at
# all. A projection gives all of them one, for few parameters, and puts a matrix on the path. In the paper it
# is slightly better.
#
# </details>
#
# **2.** Why is the learning rate lowered in steps at all? Adam adapts it anyway.
#
# <details><summary>Discussion</summary>
#
# Adam scales each weight's step by its gradient's usual size; it does not shorten steps because the minimum
# is near. Lower the rate, and the weights settle: in long runs the loss falls right after each step.
#
# </details>

# %% [markdown]
# ## What to remember
#
# - **Version 1**: convolution, batch norm, activation; a bare 1×1 projection where shapes change.
# - A builder that is asked for a wrong depth should **say which exist**.
# - A recipe is part of a result. Know which callback has the last word.
# - **Augmentation** is knowledge of what may change without changing the label.
# - To **stop and resume** takes more than weights: the optimiser's state, the epoch, the order of the images.
#
# ## References
#
# - K. He et al.: [*Deep Residual Learning for Image Recognition*](https://arxiv.org/abs/1512.03385), 2015.
#   Section 4.2 and table 6: this family.
# - K. He et al.: [*Identity Mappings in Deep Residual Networks*](https://arxiv.org/abs/1603.05027), 2016.
#   Version 1 with 164 and 1001 layers.
# - K. Simonyan, A. Zisserman: [*Very Deep Convolutional Networks*](https://arxiv.org/abs/1409.1556), 2014.
#   VGG.
# - A. Krizhevsky: [*Learning Multiple Layers of Features from Tiny
#   Images*](https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf), 2009. CIFAR-10, and whitening.
# - K. He et al.: [*Delving Deep into Rectifiers*](https://arxiv.org/abs/1502.01852), 2015. `he_normal`.
# - D. Kingma, J. Ba: [*Adam*](https://arxiv.org/abs/1412.6980), 2014.
# - Keras: [CIFAR-10](https://keras.io/api/datasets/cifar10/), and the former example "Trains a ResNet on the
#   CIFAR10 dataset", from which recipe and accuracies come.

# %% [markdown]
# ## Hand in
#
# `check.progress()` shows what is open. Save, and hand in this file under its own name: on a Hub by *Nbgrader
# → Assignment List → Submit*, elsewhere on your course's page. If you learn alone, `check.course()` leads on.
