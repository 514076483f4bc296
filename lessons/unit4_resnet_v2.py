# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kerasgrader:
#     survivors:
#       resnet_v2:
#         "not sorted: sorted({max(11, 9 * n + 2), max(11, 9 * n + 11)})": the order of the two depths is open
#         "sorted without regard to capitals: sorted({max(11, 9 * n + 2), max(11, 9 * n + 11)})": the order of the two depths is open
#         "short ones first: sorted({max(11, 9 * n + 2), max(11, 9 * n + 11)})": the order of the two depths is open
#       predictions:
#         "backwards: for path in batch: try: pictures[path.name] = read_pictur...": within a batch, the order of reading is open
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # ResNet v2 at Any Depth
#
# The first residual network of 1001 layers was *worse* than one of 164. Then its authors moved two layers to
# another place, and 1001 became their best. That is version 2. Here you build it, at any depth of the form
# $9n+2$, and the *system* around it.
#
# 1. The **unit** of all layers (20 points) and the **network** (35 points).
# 2. The **loader** that feeds it, with `tf.data` (20 points).
# 3. The **inference generator**, which goes through a folder of images (15 points).
# 4. The numbers of a **performance report** (10 points).
#
# You need convolutions, batch normalisation and shortcuts (unit 1); unit 3 has version 1.
# Allow **90 minutes**; the cells run for six of them, on two CPU cores. Replace each `YOUR CODE HERE` and the
# `raise` below it. **Words of this course**, at the end of unit 0, explains the terms.

# %% locked="imports"
from kerascheck import check  # first: it keeps TensorFlow's notes quiet
from resnet_course import load_cifar10
from resnet_course.figures import plots

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, regularizers
from keras.models import Model
from resnet_course.training.inference import Unreadable, read_picture

# %% [markdown]
# ## 1 · What stands in the way of a shortcut?
# %% tags=["ungraded"]
from resnet_course.figures import preactivation

preactivation.orders()

# %% [markdown]
# The pulse from unit 1 again: after the addition *version 1* has a ReLU, *version 2* nothing. *One thing to
# find out:* at which moments would such a ReLU stand in the way, and what must be true of the numbers there
# so that it changes nothing?

# %% tags=["ungraded"]
from resnet_course.figures import moving

moving.pulse()

# %% [markdown]
# A block of **version 1** ends in a ReLU, *after* the addition. So what a shortcut carries is clipped at zero
# in every block. In **version 2**, batch normalisation and activation come *before* each convolution
# ("pre-activation"), and nothing after the addition. The first block's input reaches the last one as it is,
# plus what each block adds: $x_{L} = x_{l} + \sum_{i=l}^{L-1} F(x_{i})$. On the way back, the gradient has
# the same straight line.

# %% tags=["ungraded"]
PUBLISHED = {
    "110 layers, version 1": 661, "110 layers, version 2": 637,
    "164 layers, version 1": 593, "164 layers, version 2": 546,
    "1001 layers, version 1": 761, "1001 layers, version 2": 492,
}
plots.bars(PUBLISHED, "mistakes in 10,000 test images (He et al. 2016)")

# %% [markdown]
# At 110 layers the difference is small. At 1001 a third of the mistakes is gone. The accuracies, in %, with
# those of Keras's example after 200 epochs:
#
# | n | depth | paper | Keras |
# | :--- | :--- | :--- | :--- |
# | 6 | 56 | – | 93.01 |
# | 12 | 110 | 93.63 | 93.15 |
# | 18 | 164 | 94.54 | – |
# | 111 | 1001 | 95.08 ± 0.14 | – |

# %% [markdown]
# ## 2 · One unit, in two orders
#
# ### Exercise 1 · `residual_unit` (20 points)
#
# Unit 3 had such a layer. Here its convolution is given, and **dropout** is new, in one of the two orders
# only.
#
# | `conv_first` | order |
# | :--- | :--- |
# | `True` | convolution, batch norm, activation, **dropout** |
# | `False` | batch norm, activation, convolution |
#
# - Batch normalisation only if `bn` is true.
# - An activation only if `activation` is not `None`.
# - When the convolution comes first, the activation is followed by
#   [`layers.Dropout`](https://keras.io/api/layers/regularization_layers/dropout/), which drops **0.2** of the
#   values. No activation, no dropout; and none at all when the convolution comes last.
# - No layer needs a name. Dropout gets **no seed**: with a fixed one, every unit would drop the same places.
#
# (The published builder keeps Keras's default initialiser; `he_normal`, made for ReLU, is the papers' choice
# and ours. The papers use no dropout.)
#
# Common mistakes:
#
# - Dropout's argument is the share that is *dropped*.
# - Without activation and batch norm, both orders are a bare convolution. That needs no case of its own.

# %% exercise="residual_unit"
def residual_unit(
    X, num_filters, stride=1, kernel_size=3,
    activation="relu", bn=True, conv_first=True,
):
    """A convolution with batch normalisation and an activation, in either order.

    X: input tensor (batch, height, width, channels). activation: its name, or None for none.
    bn: whether there is batch normalisation. conv_first: the convolution comes first, and dropout last;
    otherwise the convolution comes last. Returns the output tensor.
    """
    # The convolution (given): call it where it belongs.
    convolution = layers.Conv2D(
        num_filters, kernel_size, strides=stride, padding="same",
        kernel_initializer="he_normal", kernel_regularizer=regularizers.L2(1e-4),
    )

    # Yours: the order, batch norm, the activation, and dropout where the table has it.
    ### BEGIN SOLUTION
    if conv_first:
        X = convolution(X)
    if bn:
        X = layers.BatchNormalization()(X)
    if activation is not None:
        X = layers.Activation(activation)(X)
        if conv_first:
            X = layers.Dropout(0.2)(X)
    if not conv_first:
        X = convolution(X)
    ### END SOLUTION

    return X


# %% [markdown]
# The check compares shapes (25 % of the points) and values (75 %): freshly built, with fixed weights, in
# training mode, and the penalty. `check.hint(residual_unit)` helps on.

# %% test="test_residual_unit" points=20
check.block(residual_unit, shape=(3, 8, 8, 3), num_filters=6)
check.block(residual_unit, shape=(3, 8, 8, 4), num_filters=6, stride=2, conv_first=False)
### BEGIN HIDDEN TESTS
check.block(residual_unit, shape=(2, 9, 7, 4), num_filters=check.size(3, 6), kernel_size=1, stride=3,
            activation=None)
check.block(residual_unit, check.size(3, 6), 2, 5, "tanh", False, True, shape=(2, 6, 7, 4))
check.block(residual_unit, shape=(2, 7, 6, 4), num_filters=check.size(5, 7), kernel_size=1, stride=1,
            activation="tanh", bn=False, conv_first=False)
check.block(residual_unit, shape=(2, 8, 9, 4), num_filters=4, kernel_size=5, stride=3, bn=False, conv_first=False)
check.block(residual_unit, shape=(2, 5, 6, 4), num_filters=check.size(3, 5), kernel_size=5, activation=None,
            conv_first=False)
check.block(residual_unit, shape=(2, 7, 8, 4), num_filters=5, stride=3,
            activation=check.one_of("tanh", "elu", "sigmoid"), conv_first=False)
check.block(residual_unit, shape=(2, 6, 5, 4), num_filters=4, stride=2, activation=None, bn=False)
check.block(residual_unit, shape=(2, 7, 6, 4), num_filters=check.size(2, 4), kernel_size=1, stride=2,
            conv_first=False)
### END HIDDEN TESTS

# %% [markdown] predict="what_version_one_cannot_carry"
# Nothing comes after the addition in version 2. Which numbers can its shortcut carry from block to block that
# version 1's cannot?
#
# - [x] Negative ones: In version 1 the ReLU after every addition sets them to zero.
# - [ ] Large ones: No activation of version 1 limits them upwards. Batch norm stands on the main path.
# - [ ] All but zero: A ReLU lets zero through as it is.

# %% [markdown]
# ## 3 · The network, at any depth
#
# The blocks of version 2 are **bottlenecks** of three units: 1×1 and 3×3 on few filters ("narrow"), 1×1 back
# to many ("wide"). Why three? The 3×3 unit sees the neighbourhood, and the 1×1 units make that cheap. Two
# units or four would do as well; what matters is that the addition goes *around* them.

# %% tags=["ungraded"]
preactivation.stages()

# %% [markdown]
# ### The depth rule
#
# One layer at the start, three in each of the $3n$ blocks, one at the end: the depths are $9n+2$, so 11, 20,
# 29, 56, 110, 1001. (The published builders do not count the projections and the head's dense layer of 512.)
#
# ### Given: the head
#
# Average pooling of size 8×8, then a classifier with a layer of its own. It has nearly a third of the
# parameters of the smallest network, hence the strong dropout. (`dtype="float32"`: in half precision, as GPUs
# use it, small probabilities would become zero.)

# %% locked="head"
def head(X, num_classes):
    """From the last block's output to a probability for each class."""
    X = layers.AveragePooling2D(8)(X)
    X = layers.Flatten()(X)
    X = layers.Dense(512, activation="relu")(X)
    X = layers.BatchNormalization()(X)
    X = layers.Dropout(0.5)(X)
    return layers.Dense(num_classes, activation="softmax", dtype="float32")(X)


# %% [markdown]
# ### Exercise 2 · `resnet_v2` (35 points)
#
# | part | what |
# | :--- | :--- |
# | first layer | `residual_unit` with `start_width` filters, otherwise with its defaults |
# | stages 0, 1, 2 | $n$ blocks each |
# | filters | stage 0: narrow `start_width`, wide `4 * start_width`; stages 1 and 2: narrow what was wide before, wide twice as much |
# | a block | three units, all with `conv_first=False`: 1×1 narrow; 3×3 narrow; 1×1 wide. Then add the shortcut, and *nothing more* |
# | stride | 2 in the *first unit of the first block* of stages 1 and 2; otherwise 1 |
# | bare unit | the first unit of the first block of stage 0 has no activation and no batch norm, as the first layer has just had both |
# | shortcut | the block's input; in the first block of **every** stage its **projection** |
# | projection | a unit with kernel size 1×1, wide filters and the block's stride, no activation, no batch norm |
# | end | batch norm, ReLU, then `head` |
#
# With `start_width=16` the widths are the Keras example's, with 32 another published builder's. Make **every
# convolution with `residual_unit`**: so a mistake there does not count twice.
#
# **Wrong depths.** For anything but $9n+2$ with $n \ge 1$, raise a `ValueError` whose message names the
# nearest right depths, the one below and the one above: for 21 these are 20 and 29. Below 11 there is only
# one: 11. The message may also name the depth that was asked for and the rule, 9n+2, but no other number.
#
# Common mistakes:
#
# - Stage 0 has a projection although its stride is 1: `start_width` channels come in and four times as many
#   leave.
# - `divmod(depth - 2, 9)` gives the quotient and the rest.

# %% exercise="resnet_v2"
def resnet_v2(input_shape, depth, num_classes=10, start_width=16):
    """ResNet version 2 for small images.

    input_shape: (height, width, channels) of one image. depth: 9n+2, that is 11, 20, 29, ...
    start_width: the number of filters of the first layer. Returns a keras Model whose output is a
    probability for each class. Raises ValueError, naming the nearest right depths, for any other depth.
    """
    ### BEGIN SOLUTION
    n, left_over = divmod(depth - 2, 9)
    if left_over or n < 1:
        nearest = sorted({max(11, 9 * n + 2), max(11, 9 * n + 11)})
        raise ValueError(f"no network has this depth; try {' or '.join(map(str, nearest))}")

    X_input = layers.Input(input_shape)
    X = residual_unit(X_input, start_width)
    narrow, wide = start_width, 4 * start_width
    for stage in range(3):
        for block in range(n):
            stride = 2 if stage > 0 and block == 0 else 1
            bare = {"activation": None, "bn": False} if stage == block == 0 else {}
            Y = residual_unit(X, narrow, stride, kernel_size=1, conv_first=False, **bare)
            Y = residual_unit(Y, narrow, conv_first=False)
            Y = residual_unit(Y, wide, kernel_size=1, conv_first=False)
            if block == 0:
                X = residual_unit(X, wide, stride, kernel_size=1, activation=None, bn=False)
            X = layers.Add()([X, Y])
        narrow, wide = wide, 2 * wide

    X = layers.BatchNormalization()(X)
    X = layers.ReLU()(X)
    return Model(X_input, head(X, num_classes))
    ### END SOLUTION


# %% [markdown]
# The check looks at how you *connect the network*: a recorder stands in for `residual_unit`. Then it asks for
# a depth that does not exist.

# %% locked="recorded"
RECORDED = [
    "residual_unit(X, num_filters, stride=1, kernel_size=3, activation='relu', bn=True, "
    "conv_first: activation or bn=True)"
]

# %% test="test_resnet_v2" points=35
check.wiring(resnet_v2, input_shape=(32, 32, 3), depth=20, blocks=RECORDED)
check.values(resnet_v2, (32, 32, 3), 21)
### BEGIN HIDDEN TESTS
check.wiring(
    resnet_v2, (64, 32, 3), check.one_of(29, 38), check.size(6, 9), check.one_of(4, 8, 12), blocks=RECORDED
)
check.wiring(
    resnet_v2, input_shape=(32, 64, 1), depth=11, num_classes=2, start_width=32, blocks=RECORDED
)
check.values(resnet_v2, (32, 32, 3), check.one_of(44, 52, 64))
check.values(resnet_v2, input_shape=(32, 32, 3), depth=check.one_of(108, 112, 115), num_classes=10)
check.values(resnet_v2, (32, 32, 3), check.one_of(3, 8, 10))
check.values(resnet_v2, (32, 32, 3), 2)
check.values(resnet_v2, (32, 32, 3), check.one_of(-7, -16))
check.values(resnet_v2, (32, 32, 3), check.one_of(0, 1))
### END HIDDEN TESTS

# %% [markdown] predict="the_first_unit_of_all"
# The first unit of stage 0 has no batch norm and no activation before its convolution. Why can it do without?
#
# - [ ] It saves parameters: Two numbers for each of a few channels are hardly worth an exception.
# - [x] Its input has just had both: The convolution at the start of the network is followed by batch norm and
#   activation.
# - [ ] Images must not be normalised: They usually are; only not twice.

# %% [markdown]
# All of it at once, without points.

# %% locked="whole_network" tags=["ungraded"]
check.model(resnet_v2, input_shape=(32, 32, 3), depth=11)

# %% [markdown]
# *Your* network of 11 layers:

# %% tags=["ungraded"]
from kerascheck.feedback import drawing

drawing.draw_model(resnet_v2((32, 32, 3), 11))

# %% [markdown]
# The family, at both widths. Twice the width is 3.3 times the parameters at 11 layers and 3.9 times at 110: a
# convolution between two wide layers grows fourfold, the first layer and the classifier twofold.

# %% tags=["ungraded"]
print("depth    width 16    width 32")
for depth in (11, 20, 29, 56, 110):
    counts = [resnet_v2((32, 32, 3), depth, start_width=w).count_params() for w in (16, 32)]
    print(f"{depth:>5}  {counts[0]:>10,}  {counts[1]:>10,}")

# %% [markdown]
# What can be set, and where:
#
# | setting | where | values |
# | :--- | :--- | :--- |
# | depth | `resnet_v2` | $9n+2$ |
# | width | `start_width` | 16, 32, ... |
# | kernel size, stride | `residual_unit` | in a block: 1, 3, 1 |
# | activation | `residual_unit` | a name, or none |
# | batch norm | `bn` | with, without |
# | order, dropout | `conv_first` | version 1 with dropout, version 2 without |
# | head | `head` | anything from features to classes |
#
# The **head** can be exchanged, on a trained network too: the body ends where the pooling layer begins. Here
# are the short head of the Keras example, and one with a layer more, on *one* body.

# %% tags=["ungraded"]
def with_head(model, new_head, num_classes):
    """The body of a network of this unit under another head. The body's weights are shared, not copied."""
    [pool] = [layer for layer in model.layers if isinstance(layer, layers.AveragePooling2D)]
    return Model(model.input, new_head(pool.input, num_classes))


def short_head(X, num_classes):
    X = layers.GlobalAveragePooling2D()(X)
    return layers.Dense(num_classes, activation="softmax", dtype="float32")(X)


def taller_head(X, num_classes):
    X = residual_unit(X, 64, kernel_size=1)  # a layer of your own on top of the body
    return short_head(X, num_classes)


resnet11 = resnet_v2((32, 32, 3), 11)
for name, model in {
    "as given": resnet11,
    "short head": with_head(resnet11, short_head, 10),
    "taller head, 3 classes": with_head(resnet11, taller_head, 3),
}.items():
    print(f"{name:<24}{model.count_params():>9,} parameters")


# %% [markdown]
# ## 4 · The loader
#
# One array of all images ends where the memory ends. A
# [`tf.data.Dataset`](https://www.tensorflow.org/guide/data) is a *pipeline*: it prepares images while the
# network works.
#
# | step | does |
# | :--- | :--- |
# | `tf.data.Dataset.from_tensor_slices((a, b))` | one element `(a[i], b[i])` for each `i` |
# | `.shuffle(buffer_size, seed=...)` | holds `buffer_size` elements and gives one of them at random |
# | `.map(function)` | applies `function` to each element |
# | `.batch(batch_size)` | joins elements to batches |
# | `.prefetch(tf.data.AUTOTUNE)` | prepares the next batch in advance |
#
# ### Exercise 3 · `make_dataset` (20 points)
#
# `pictures` is an array of images or a list of file names. `read` is `None`, or a function that makes the
# image of *one* element, for example of a file name.
#
# - The result gives batches of images with their labels. The last batch may be smaller, but it is there:
#   every image comes **once in each epoch**.
# - Without a seed the order is that of `pictures`, in every epoch: for validation and testing.
# - With a seed the order is random. It is **another in every epoch**, any image may come first and share a
#   batch with any other, and a pipeline made again with the same seed gives the same orders again.
#
# Common mistakes:
#
# - Steps work in the order of the calls. What does `shuffle` exchange after `batch`?
# - A buffer that does not hold all elements does not mix them all. Shuffled before they are read, file
#   *names* fit.
# - `map` passes a whole element to its function, and that is an image *and* a label.
# - With `num_parallel_calls` and `deterministic=False`, the order cannot be repeated.

# %% exercise="make_dataset"
def make_dataset(pictures, labels, batch_size, seed=None, read=None):
    """Batches (pictures, labels) as a tf.data.Dataset.

    pictures: an array (count, height, width, channels) or a list of file names. labels: one for each.
    seed: None for the given order; a number for a random one. read: a function from one element of
    `pictures` to an image; None if they are images already.
    """
    ### BEGIN SOLUTION
    dataset = tf.data.Dataset.from_tensor_slices((pictures, labels))
    if seed is not None:
        dataset = dataset.shuffle(len(labels), seed=seed)
    if read is not None:
        dataset = dataset.map(lambda picture, label: (read(picture), label))
    return dataset.batch(batch_size).prefetch(tf.data.AUTOTUNE)
    ### END SOLUTION


# %% [markdown]
# The check runs your pipeline for several epochs, twice, and compares no random order.

# %% test="test_make_dataset" points=20
check.values(make_dataset, check.normal(13, 4, 4, 3), check.one_hot(13, 3), 4)
check.values(make_dataset, check.normal(26, 4, 4, 3), check.one_hot(26, 3), 4, seed=5)
### BEGIN HIDDEN TESTS
check.values(
    make_dataset, check.normal(31, 2, 3, 3), check.one_hot(31, 4), batch_size=6, seed=check.size(1, 9),
    read=check.dim,
)
check.values(make_dataset, check.normal(12, 2, 3, 1), check.one_hot(12, 2), check.size(3, 5), read=check.dim)
check.values(make_dataset, check.normal(5, 2, 3, 1), check.one_hot(5, 2), batch_size=8)
check.values(make_dataset, check.normal(24, 2, 2, 1), check.one_hot(24, 2), 24, seed=0)
check.values(
    make_dataset, check.normal(check.size(1800, 2200), 1, 1, 1), check.one_hot(check.size(1800, 2200), 2),
    64, seed=3,
)
check.values(make_dataset, check.normal(4, 2, 2, 1), check.one_hot(4, 2), 2, seed=check.size(10, 90))
check.values(
    make_dataset, check.file_names(check.size(7, 11)), check.one_hot(check.size(7, 11), 3), 3, None,
    check.decode,
)
check.values(
    make_dataset, pictures=check.file_names(13), labels=check.one_hot(13, 2), batch_size=4, seed=7,
    read=check.decode,
)
### END HIDDEN TESTS

# %% [markdown]
# ## 5 · From a folder
#
# CIFAR-10 again, or its **stand-in**, drawn in about 20 seconds (unit 3 says how to get the photographs).

# %% tags=["ungraded"]
data = load_cifar10()
print(data.describe())
plots.samples(data.train_x, data.train_y, data.classes, per_class=2, columns=10)

# %% [markdown]
# In practice images come as files, one folder for each class. Here are some, to be read back.

# %% tags=["ungraded"]
import tempfile

from PIL import Image

PICTURES, EPOCHS, TESTED = 1500, 12, 500  # with a GPU: 50_000, 200, 10_000

PICTURES = min(PICTURES, len(data.train_x))  # the stand-in has 5,000
kept = tempfile.TemporaryDirectory(prefix="resnet-v2-")  # until the notebook is closed
folder = Path(kept.name)
for number in range(PICTURES):
    place = folder / "train" / data.classes[data.train_y[number]]
    place.mkdir(parents=True, exist_ok=True)
    Image.fromarray(data.train_x[number]).save(place / f"{number:05}.png")

files = sorted(str(path) for path in (folder / "train").glob("*/*.png"))
classes = sorted({Path(name).parent.name for name in files})
numbers = [classes.index(Path(name).parent.name) for name in files]
labels = np.eye(len(classes), dtype="float32")[numbers]
print(f"{len(files)} files in {len(classes)} folders: {files[0].rpartition('train/')[2]}, ...")

# %% [markdown]
# Files and classes are sorted: another order of the classes would be another meaning of the labels.

# %% tags=["ungraded"]
def read_file(name):
    """The image in a file, from 0 to 1."""
    return tf.cast(tf.io.decode_png(tf.io.read_file(name), channels=3), tf.float32) / 255


batches = make_dataset(files, labels, 32, seed=1, read=read_file)
some_pictures, some_labels = next(iter(batches))
plots.samples(some_pictures.numpy(), some_labels.numpy(), classes, count=20, columns=10)

# %% [markdown]
# The files are sorted by class. How many classes has a batch, with a small buffer and a large one?

# %% tags=["ungraded"]
in_file_order = make_dataset(np.arange(len(files)), labels, 32).unbatch()
kinds = {}
for buffer in (1, 100, len(files)):
    mixed = in_file_order.shuffle(buffer, seed=1).batch(32)
    kinds[f"buffer of {buffer:,}"] = np.mean([len(set(y.numpy().argmax(axis=1))) for _, y in mixed])
plots.bars(kinds, "classes in a batch of 32 images, on average")

# %% [markdown]
# ## 6 · Train it
#
# ResNet11 v2, the smallest, on a small part of the images, for a few epochs. (About **two minutes**.) On some
# GPUs half precision and compiling the network pay; the next cell asks the machine.

# %% tags=["ungraded"]
from resnet_course import training
from resnet_course.training import acceleration

speed = acceleration.choose()
print(speed)

x_test = data.test_x[:TESTED].astype("float32") / 255
numbers = [classes.index(data.classes[label]) for label in data.test_y[:TESTED]]
y_test = np.eye(len(classes), dtype="float32")[numbers]

keras.utils.set_random_seed(4)
model = resnet_v2((32, 32, 3), 11)
model.compile(
    optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"],
    jit_compile=speed.jit_compile,
)
run = training.fit(
    model, batches, epochs=EPOCHS, validation=make_dataset(x_test, y_test, 100),
    folder=folder / "run",
)

# %% tags=["ungraded"]
plots.learning_curves(run)

# %% [markdown]
# That looks like overfitting, but the validation loss *falls* in the second half. In our run on the stand-in,
# the test images stayed below 20 % for six epochs, while the training images came to 82 %; within six more,
# they rose to 80 %. The moving averages lag behind (unit 1, section 5). In a trial, a network with 23 % after
# six epochs came to 78 % when they were re-estimated. Stop such a run early, and you throw a good network
# away.
#
# `run.json`, beside the weights, holds settings and history.

# %% tags=["ungraded"]
for path in sorted((folder / "run").iterdir()):
    print(f"{path.name:<16}{path.stat().st_size / 1e6:6.2f} MB")
print((folder / "run" / "run.json").read_text()[:420], "...")

# %% [markdown]
# ### Version 1 against version 2
#
# What can a minute show? Here are 38 layers in both orders, for images of 8×8 pixels, trained three times
# each. `VERSIONS` and `N` choose versions and depth, here $6n+2$. (About **a minute**.)

# %% tags=["ungraded"]
from resnet_course.figures import run_bands

VERSIONS, N, STEPS = (1, 2), 6, 100


def small_network(version, n, filters=16):
    """6n+2 layers for images of 8×8 pixels: blocks of two 3×3 convolutions, in the order of `version`."""

    def layer(X, last):
        convolution = layers.Conv2D(filters, 3, padding="same", kernel_initializer="he_normal")
        if version == 2:
            return convolution(layers.ReLU()(layers.BatchNormalization()(X)))
        X = layers.BatchNormalization()(convolution(X))
        return X if last else layers.ReLU()(X)

    X_input = layers.Input((8, 8, 3))
    X = layers.Conv2D(filters, 3, padding="same", kernel_initializer="he_normal")(X_input)
    for _ in range(3 * n):
        X = layers.Add()([X, layer(layer(X, last=False), last=True)])
        X = layers.ReLU()(X) if version == 1 else X
    if version == 2:  # what no block ends in
        X = layers.ReLU()(layers.BatchNormalization()(X))
    return Model(X_input, short_head(X, 10))


def shrunk(images):
    return images.reshape(len(images), 8, 4, 8, 4, 3).mean(axis=(2, 4)).astype("float32") / 255 - 0.5


x_small, y_small = shrunk(data.train_x[:2000]), np.eye(10, dtype="float32")[data.train_y[:2000]]
losses = {}
for version in VERSIONS:
    network = small_network(version, N)
    network.compile(keras.optimizers.SGD(0.05), "categorical_crossentropy")
    runs = []
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        network.set_weights(small_network(version, N).get_weights())
        random, run_losses = np.random.default_rng(seed), []
        for _ in range(STEPS):
            batch = random.choice(len(x_small), 64, replace=False)
            network.reset_metrics()
            run_losses.append(float(network.train_on_batch(x_small[batch], y_small[batch])))
        runs.append(np.reshape(run_losses, (10, -1)).mean(axis=1))
    losses[f"version {version}"] = np.array(runs)
    print(f"version {version}: training loss {losses[f'version {version}'][:, -1].round(2)}")
run_bands.draw({f"{6 * N + 2} layers, three runs each": losses}, x=f"steps / {STEPS // 10}", y="training loss", log=False)


# %% [markdown]
# In our run **version 1** is ahead, and the bands are far apart: training losses of 1.0 to 1.1 against 2.0 to
# 2.1. That does not contradict section 1. In version 2 the sum grows from block to block, and the last batch
# norm divides by its size. So every block starts with a smaller gradient, and the same learning rate favours
# version 1. (Try `SGD(0.5)`.) Pre-activation pays at hundreds of layers, after tens of thousands of steps.

# %% [markdown]
# ## 7 · Inference over a folder
#
# A trained network meets images that nobody has prepared: too many for the memory, some of them unreadable. A
# **generator**, a function with `yield` in place of `return`, runs only as far as somebody asks for the next
# answer.
#
# ### Exercise 4 · `predictions` (15 points)
#
# `read_picture(path)` reads a file as an array (32, 32, 3) from 0 to 1, whatever its size and format. For a
# file that is no image it raises `Unreadable`; let any other error come through.
#
# - Go through the files right in `folder` (no folders within it), in the order of their names.
# - For each, yield a pair: the file's name (`path.name`) and its row of probabilities, or `None` if it is
#   unreadable. **Every file gets its answer**, in its place.
# - Call `predict` with at most `batch_size` images at a time, as one array (count, 32, 32, 3), and with as
#   many as that where there are so many. Yield the answers of a batch *before* you read the next.
#
# Common mistakes:
#
# - The last batch is smaller, and easily forgotten.
# - In a batch without a readable image there is nothing to predict, and `np.stack` of nothing raises.
# - `Path(folder).iterdir()` gives paths in any order.

# %% exercise="predictions"
def predictions(predict, folder, batch_size=32):
    """For every file in `folder` its name and its probabilities, None for one that is unreadable.

    predict: a function from images (count, 32, 32, 3) to probabilities (count, classes). Yields
    pairs, in the order of the names.
    """
    ### BEGIN SOLUTION
    files = sorted(path for path in Path(folder).iterdir() if path.is_file())
    for start in range(0, len(files), batch_size):
        batch, pictures = files[start : start + batch_size], {}
        for path in batch:
            try:
                pictures[path.name] = read_picture(path)
            except Unreadable:
                pass
        rows = predict(np.stack(list(pictures.values()))) if pictures else []
        found = dict(zip(pictures, rows))
        for path in batch:
            yield path.name, found.get(path.name)
    ### END SOLUTION


# %% [markdown]
# The check needs no trained network: its `predict` gives the shares of red, green and blue in an image.

# %% test="test_predictions" points=15
check.values(
    predictions, check.colours,
    check.folder(
        "c.png: small", "a.png: small", "broken.png: text", "d.png: small", "g.png: small",
        "e.png: small", "f.png: small",
    ),
    batch_size=3,
)
### BEGIN HIDDEN TESTS
check.values(
    predictions, check.colours,
    check.folder("2.png: small", "10.png: lossless", "1.png: small", "more/3.png: small"), 5,
)
check.values(
    predictions, check.colours,
    check.folder(
        "a.png: small", "a-b.png: small", ".hidden.png: small", "a.jpg: small", "b: small", "b.1: empty",
        "Z.png: small", "c.png: empty", "notes.txt: text",
    ),
    batch_size=check.size(2, 3),
)
check.values(
    predictions, check.colours,
    check.folder("a.png: small", "b.png: small", "c.png: small", "d.png: small", "y: empty", "z: text"), 2,
)
check.values(
    predictions, predict=check.colours, batch_size=check.size(3, 4),
    folder=check.folder("a.png: small", "b.png: small", "c.png: small", "d.png: small", "e.png: small"),
)
with check.replacing(read_picture=check.counted_reader()):
    check.values(
        predictions, check.colours,
        check.folder(
            "1.png: small", "2.png: small", "3.png: small", "4.png: small", "5.png: small", "6.png: small",
            "7.png: small",
        ),
        batch_size=check.size(2, 3),
    )
with check.replacing(read_picture=check.counted_reader(breaks_at="c.png")):
    check.values(
        predictions, check.colours, check.folder("b.png: small", "c.png: small", "d.png: small"), 2
    )
check.values(
    predictions, check.colours,
    check.folder(
        "p.jpg: small", "q.jpg: small", "broken a.jpg: text", "broken b.jpg: text", "r.jpg: small",
        "s.jpg: small", "t.jpg: small",
    ),
    2,
)
check.values(
    predictions, check.colours, check.folder("broken.png: text", "x.png: small"), batch_size=1
)
check.values(
    predictions, check.colours,
    check.folder("k.png: small", "l.png: small", "m.png: small", "n.png: small"), batch_size=2,
)
### END HIDDEN TESTS

# %% [markdown]
# Now with your network: twelve images, one of them broken, and a note.

# %% tags=["ungraded"]
inbox = folder / "inbox"
inbox.mkdir(exist_ok=True)
for number in range(12):
    Image.fromarray(data.test_x[number]).save(inbox / f"picture {number:02}.png")
(inbox / "picture 03.png").write_bytes((inbox / "picture 03.png").read_bytes()[:200])
(inbox / "please read.txt").write_text("Are there any animals among them?")


def predict(pictures):
    return model.predict(pictures, verbose=0)


for name, row in predictions(predict, inbox, batch_size=5):
    print(f"{name:16}", "unreadable" if row is None else f"{classes[row.argmax()]:14} {row.max():.0%}")

# %% [markdown]
# ## 8 · The performance report
#
# Accuracy hides classes that are never recognised. Two numbers for each class say more. Let the **confusion
# matrix** count images, its rows by their true class and its columns by the predicted one.
#
# $$\textrm{precision} = \frac{\textrm{correctly called this class}}{\textrm{called this class}} \qquad
# \textrm{recall} = \frac{\textrm{correctly called this class}}{\textrm{of this class}}$$
#
# Precision asks: when it says "cat", is it one? Recall asks: of the cats, how many did it recognise?
#
# ### Exercise 5 · `performance_report` (10 points)
#
# Return four things, in this order:
#
# 1. the confusion matrix, whole numbers (classes, classes), **rows true, columns predicted**;
# 2. precision, one number for each class; **0** for a class that was never predicted;
# 3. recall, one number for each class; **0** for a class that does not occur;
# 4. the numbers (indices) of the wrongly classified images, **the most confident first**: where the highest
#    score is highest.
#
# A common mistake: `matrix[rows, columns] += 1` counts a pair once, however often it occurs;
# `np.add.at(matrix, (rows, columns), 1)` counts every occurrence.

# %% exercise="performance_report"
def performance_report(true, scores):
    """The confusion matrix, precision and recall by class, and the most confident mistakes.

    true: one-hot rows (images, classes). scores: (images, classes); the highest is the prediction,
    and its height the confidence.
    """
    ### BEGIN SOLUTION
    rows, columns = true.argmax(axis=1), scores.argmax(axis=1)
    classes = scores.shape[1]
    matrix = np.zeros((classes, classes), int)
    np.add.at(matrix, (rows, columns), 1)
    right = np.diag(matrix)
    precision = right / np.maximum(matrix.sum(axis=0), 1)
    recall = right / np.maximum(matrix.sum(axis=1), 1)
    wrong = np.flatnonzero(rows != columns)
    surest = wrong[np.argsort(-scores[wrong].max(axis=1))]
    return matrix, precision, recall, surest
    ### END SOLUTION


# %% test="test_performance_report" points=10
check.values(performance_report, check.one_hot(12, 3), check.normal(12, 3))
### BEGIN HIDDEN TESTS
check.values(
    performance_report, check.one_hot(check.size(30, 45), check.size(3, 8)),
    check.normal(check.size(30, 45), check.size(3, 8)),
)
check.values(performance_report, true=check.one_hot(3, 5), scores=check.normal(3, 5))
check.values(performance_report, check.one_hot(6, 3, stream="right"), check.one_hot(6, 3, stream="right"))
check.values(performance_report, check.one_hot(1, 2), check.normal(1, 2))
check.values(performance_report, check.one_hot(1500, 2), check.normal(1500, 2))
### END HIDDEN TESTS

# %% [markdown] predict="recall_without_precision"
# One class has a recall of 1.0 and a precision of 0.1. What does the model do?
#
# - [ ] It hardly ever names this class: Then the recall would be low. Here every image of the class is
#   recognised.
# - [x] It names this class far too often: All that belong to it are among its answers, with nine others for
#   each.
# - [ ] It is nearly always right about it: That is what a high precision would say.

# %% [markdown]
# ### The report
#
# The rest of it, on the test images.

# %% tags=["ungraded"]
scores = predict(x_test)
matrix, precision, recall, surest = performance_report(y_test, scores)
accuracy = np.trace(matrix) / matrix.sum()
share = (len(files) * EPOCHS) / (50_000 * 200)
plots.accuracies(
    {
        "ResNet56 v2, Keras example": 0.9301,
        "ResNet110 v2, Keras example": 0.9315,
        "ResNet1001 v2, He et al. 2016": 0.9508,
    },
    {f"yours: ResNet11 v2, {share:.2%} of the training, {data.origin}": accuracy},
)

# %% [markdown]
# The published networks saw all photographs 200 times, and those of the stand-in are easier: it is no race.

# %% tags=["ungraded"]
plots.confusion_matrix(y_test, scores, classes)

# %% tags=["ungraded"]
from resnet_course.training import evaluation

evaluation.precision_and_recall(precision, recall, classes)

# %% [markdown]
# The weakest classes are at the top. **Precision left of recall**: the network calls too many things by this
# name. **Recall left of precision**: it overlooks many of this class.
#
# Finally, the most confident mistakes, where wrong labels, odd images and habits of the network show.

# %% tags=["ungraded"]
if len(surest):
    print("confidence:", ", ".join(f"{scores[i].max():.0%}" for i in surest[:8]))
    mistakes = plots.samples(
        x_test[surest[:8]], y_test[surest[:8]], classes, predicted=scores[surest[:8]], columns=8
    )
else:
    mistakes = "No mistake among these images."
mistakes

# %% [markdown]
# ## Open questions
#
# Nobody grades these. Think first; then unfold.
#
# **1.** Where would you put the dropout of a unit that has batch norm, and would you want it at all?
#
# <details><summary>Discussion</summary>
#
# Before batch norm its zeros count as data, and the averages are wrong afterwards, when nothing is dropped.
# So it comes after. The original networks use none: batch norm's noise, weight decay and augmentation
# regularise enough.
#
# </details>
#
# **2.** Your loader shuffles with a buffer. What happens if the buffer holds 100 images and the files are
# sorted by class?
#
# <details><summary>Discussion</summary>
#
# Each batch is drawn from the next 100 files, all of one class. The network learns one class after the other,
# and forgets. A buffer as large as the data, or shuffling the list of files, avoids it.
#
# </details>

# %% [markdown]
# ## What to remember
#
# - **Version 2** puts batch norm and activation *before* the convolution. Nothing stands in the way of the
#   shortcut, and 1001 layers beat 164.
# - The **head** is separate from the body: exchange it, and keep what the body has learnt.
# - Shuffle before you batch, with a seed and a buffer that holds everything.
# - **Every file gets its answer.**
# - Accuracy hides classes; **precision and recall** show them.
#
# ## References
#
# - K. He et al.: [*Identity Mappings in Deep Residual Networks*](https://arxiv.org/abs/1603.05027), 2016.
#   Version 2; the paper's numbers of section 1.
# - K. He et al.: [*Deep Residual Learning for Image Recognition*](https://arxiv.org/abs/1512.03385), 2015.
#   Version 1.
# - N. Srivastava et al.: [*Dropout*](https://jmlr.org/papers/v15/srivastava14a.html), 2014.
# - A. Krizhevsky: [*Learning Multiple Layers of Features from Tiny
#   Images*](https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf), 2009. CIFAR-10.
# - TensorFlow: [tf.data](https://www.tensorflow.org/guide/data); Keras: the former example "Trains a ResNet
#   on the CIFAR10 dataset", from which version 2 and accuracies come.
# - "Our run" and the comparison of versions: this notebook, on the stand-in.

# %% [markdown]
# ## Hand in
#
# `check.progress()` shows what is open. Save, and hand in this file under its own name: on a Hub by *Nbgrader
# → Assignment List → Submit*, elsewhere on your course's page. If you learn alone, `check.course()` leads on.
