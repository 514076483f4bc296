# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # ResNet-50 at ImageNet Size, and its Relatives
#
# ResNet-50 reads images of 224×224 pixels and tells 1000 kinds of things apart. It has siblings of 18, 34,
# 101 and 152 layers, and all five come from one table of numbers. Here one function of yours builds any of
# them. If it agrees with Keras's, shape by shape, weights that took others weeks to train fit into *your*
# network.
#
# 1. The **basic block** of the shallow siblings (25 points) and **`resnet(depth)`**, one builder for all (40
#    points).
# 2. The number of layers on a network's longest path (20 points).
# 3. A comparison of two networks (15 points), published weights, and fine-tuning.
#
# You need convolutions, batch normalisation and shortcuts (unit 1). Allow **75 minutes**; the cells run for
# six of them, on two CPU cores. Replace each `YOUR CODE HERE` and the `raise` below it.
# **Words of this course**, at the end of unit 0, explains the terms.

# %% locked="imports"
from kerascheck import check  # first: it keeps TensorFlow's notes quiet
from resnet_course import load_signs, training
from resnet_course.figures import plots

import keras
import numpy as np
from keras import layers
from keras.models import Model

# %% [markdown]
# ## 1 · Five networks, one table
#
# A ResNet begins with a 7×7 convolution and a pooling layer (stage 1), which leave 56×56 pixels of an image.
# Four **stages** of residual blocks follow, 2 to 5. From stage to stage, height and width are halved and the
# filters doubled. The siblings differ in the number and the kind of their blocks.

# %% locked="blocks"
BLOCKS = {  # depth: number of blocks in stages 2, 3, 4 and 5
    18: [2, 2, 2, 2],
    34: [3, 4, 6, 3],
    50: [3, 4, 6, 3],
    101: [3, 4, 23, 3],
    152: [3, 8, 36, 3],
}

# %% [markdown]
# The first two are made of **basic blocks**, the other three of **bottleneck blocks**:

# %% tags=["ungraded"]
from resnet_course import figures

figures.basic_and_bottleneck()

# %% [markdown]
# ResNet-34 and ResNet-50 have the *same* numbers of blocks; three layers instead of two in each make 16
# layers more. What do they cost? Here are their parameters, the multiplications that one image takes, and
# their **errors** on ImageNet's validation images, in % (He et al. 2015, ten crops of each image; top-5: the
# right class is not among the first five).

# %% [markdown] predict="from_34_to_50"
# ResNet-34 is built of two 3×3 convolutions a block, ResNet-50 of bottlenecks. How many more multiplications
# does the deeper one need?
#
# - [x] About 5 %: The 3×3 convolution of a bottleneck works on a quarter of the channels, so three layers
#   cost as much as two.
# - [ ] About 50 %: As many as it has more layers. But its layers are cheaper.
# - [ ] Twice as many: That is the step from 18 layers to 34, with the same kind of block.

# %% tags=["ungraded"]
def convolutions(depth):
    """Each convolution as (kernel size, channels in, filters, height of its output), at 224x224."""
    found, channels = [(7, 3, 64, 112)], 64
    for stage, blocks in enumerate(BLOCKS[depth]):
        F, height = 64 * 2**stage, 56 // 2**stage
        path = [(3, F), (3, F)] if depth < 50 else [(1, F), (3, F), (1, 4 * F)]
        for _ in range(blocks):
            if channels != path[-1][1]:  # the input does not fit: a convolution on the shortcut
                found.append((1, channels, path[-1][1], height))
            for size, filters in path:
                found.append((size, channels, filters, height))
                channels = filters
    return found


def cost(depth, classes=1000):
    """The number of parameters, and of multiplications for one image of 224x224."""
    found = convolutions(depth)
    features = found[-1][2]
    kernels = [size * size * channels * filters for size, channels, filters, _ in found]
    vectors = sum(5 * filters for _, _, filters, _ in found)  # one bias, four of batch norm
    multiplications = sum(k * height**2 for k, (*_, height) in zip(kernels, found))
    head = features * classes
    return sum(kernels) + vectors + head + classes, multiplications + head


ERRORS = {  # top-1, top-5
    "ResNet-18": "27.88", "ResNet-34": "25.03", "ResNet-50": "22.85   6.71",
    "ResNet-101": "21.75   6.05", "ResNet-152": "21.43   5.71",
}

costs = {f"ResNet-{depth}": cost(depth) for depth in BLOCKS}
print("              parameters  multiplications  top-1  top-5")
for name, (parameters, multiplications) in costs.items():
    print(f"{name:10} {parameters:13,} {multiplications / 1e9:7.2f} billion    {ERRORS.get(name, '')}")
print(f"{'VGG-16':10} {'':13} {15.3:7.2f} billion    28.07   9.33")
plots.costs(costs)

# %% [markdown]
# The family in motion. *One thing to find out:* which of the four steps buys the most for the least, and to
# which stage do the deepest networks add their layers?

# %% tags=["ungraded"]
from resnet_course.figures import moving

moving.family()

# %% [markdown]
# From 18 layers to 34, with the same kind of block, the price doubles. From 34 to 50 it rises by 5 % and buys
# half as many layers again: that is what the bottleneck is for. Even ResNet-152 needs fewer multiplications
# than VGG-16 (15.3 billion, by the paper's count).
#
# The errors fall with depth. Without shortcuts they rise: plain-18 has 27.94, plain-34 has 28.54. (The
# ResNet-34 of that table has parameter-free shortcuts.) An ensemble of residual networks, the deepest with
# 152 layers, won in 2015: a top-5 error of 3.57 on the test images.

# %% [markdown]
# ## 2 · The blocks
#
# ### Given: a convolution with its batch norm, and the bottleneck
#
# Everything in the family is made of one pair of layers. For published weights to fit, their names and
# `epsilon`, which keeps batch normalisation from dividing by zero, are Keras's.
#
# The bottleneck is unit 1's, with one change: **the shapes decide**. If the input can be added as it is, it
# is.

# %% locked="given"
def conv_bn(X, filters, size, s, name):
    """A size x size convolution with stride s and "same" padding, then batch normalisation."""
    X = layers.Conv2D(
        filters, size, strides=s, padding="same",
        kernel_initializer="he_normal", name=name + "_conv",
    )(X)
    return layers.BatchNormalization(epsilon=1.001e-5, name=name + "_bn")(X)


def bottleneck_block(X, filters, stage, block, s=1):
    """A residual block of three convolutions: 1x1 (stride s), 3x3, 1x1.

    X: input tensor (batch, height, width, channels). filters: numbers of filters [F1, F2, F3].
    stage, block: whole numbers, which make up the layer names.
    Returns the output tensor, with F3 channels, s times smaller in height and width.
    """
    name = f"conv{stage}_block{block}"
    F1, F2, F3 = filters

    shortcut = X
    if s != 1 or X.shape[-1] != F3:
        shortcut = conv_bn(X, F3, 1, s, name + "_0")

    X = conv_bn(X, F1, 1, s, name + "_1")
    X = layers.ReLU()(X)
    X = conv_bn(X, F2, 3, 1, name + "_2")
    X = layers.ReLU()(X)
    X = conv_bn(X, F3, 1, 1, name + "_3")

    X = layers.Add()([shortcut, X])
    return layers.ReLU()(X)


# %% [markdown]
# Blocks are numbered here, not lettered: a stage of ResNet-152 has 36 of them.
#
# ### Exercise 1 · `basic_block` (25 points)
#
# | layer | `name` of its `conv_bn` | filters | kernel size | stride |
# | :--- | :--- | :--- | :--- | :--- |
# | **first component**: convolution and batch norm, then ReLU | `name + "_1"` | `F1` | 3×3 | **s** |
# | **second component**: convolution and batch norm, *no* ReLU | `name + "_2"` | `F2` | 3×3 | 1 |
# | **shortcut**, if it does not fit: convolution and batch norm, *no* ReLU | `name + "_0"` | `F2` | 1×1 | **s** |
# | **end**: add both paths, then ReLU | | | | |
#
# Use `conv_bn` for all. The shortcut has layers of its own when the input has another number of channels than
# the block's output, or when `s` is not 1; otherwise it is the input itself.
#
# Common mistakes: the test for the shortcut looks at the block's *input*, and after `X = ...`, `X` is
# something else; with stride 2 the shapes differ even if the channels agree.

# %% exercise="basic_block"
def basic_block(X, filters, stage, block, s=1):
    """A residual block of two 3x3 convolutions, the first with stride s.

    X: input tensor (batch, height, width, channels). filters: numbers of filters [F1, F2].
    stage, block: whole numbers, which make up the layer names.
    Returns the output tensor, with F2 channels, s times smaller in height and width.
    """
    name = f"conv{stage}_block{block}"
    F1, F2 = filters

    ### BEGIN SOLUTION
    shortcut = X
    if s != 1 or X.shape[-1] != F2:
        shortcut = conv_bn(X, F2, 1, s, name + "_0")

    X = conv_bn(X, F1, 3, s, name + "_1")
    X = layers.ReLU()(X)
    X = conv_bn(X, F2, 3, 1, name + "_2")

    X = layers.Add()([shortcut, X])
    X = layers.ReLU()(X)
    ### END SOLUTION

    return X


# %% [markdown]
# The check asks for the input as it is, for more channels, and for a stride. `check.hint(basic_block)` helps
# on.

# %% test="test_basic_block" points=25
check.block(basic_block, shape=(3, 4, 4, 6), filters=[6, 6], stage=2, block=2)
check.block(basic_block, shape=(3, 4, 4, 6), filters=[8, 8], stage=2, block=1)
check.block(basic_block, shape=(3, 8, 8, 4), filters=[8, 8], stage=3, block=1, s=2)
### BEGIN HIDDEN TESTS
check.block(basic_block, shape=(2, 7, 5, 8), filters=[check.size(3, 5), 8], stage=4, block=12)
check.block(basic_block, [check.size(3, 7), 6], 5, 1, 3, shape=(2, 9, 7, 6))
check.block(basic_block, [3, check.size(4, 5)], stage=3, block=2, shape=(2, 5, 4, check.size(7, 9)))
check.block(basic_block, filters=[5, 4], stage=4, block=1, shape=(2, 4, 5, 4))
check.block(basic_block, shape=(2, 5, 6, 4), filters=[6, check.size(7, 9)], stage=check.size(2, 5), block=1)
### END HIDDEN TESTS

# %% [markdown]
# Both kinds, on the same 256 channels:

# %% tags=["ungraded"]
tensor = layers.Input((56, 56, 256))
basic = Model(tensor, basic_block(tensor, [256, 256], stage=2, block=2))
bottleneck = Model(tensor, bottleneck_block(tensor, [64, 64, 256], stage=2, block=2))
print(f"basic block:      {basic.count_params():9,} parameters in 2 layers")
print(f"bottleneck block: {bottleneck.count_params():9,} parameters in 3 layers")

# %% [markdown]
# ## 3 · The family
#
# ### Exercise 2 · `resnet` (40 points)
#
# Everything from the first convolution to the last layer, for any of the five depths:
#
# | stage | what | width | s of its first block |
# | :--- | :--- | :--- | :--- |
# | 1 | `conv_bn` of kernel size 7×7, stride 2 and name `"conv1"`; ReLU; max pooling 3×3, stride 2, `"same"` padding | `width` | |
# | 2 | `BLOCKS[depth][0]` blocks | `width` | 1 |
# | 3 | `BLOCKS[depth][1]` blocks | `2 * width` | 2 |
# | 4 | `BLOCKS[depth][2]` blocks | `4 * width` | 2 |
# | 5 | `BLOCKS[depth][3]` blocks | `8 * width` | 2 |
# | head | global average pooling, named `"avg_pool"`; dense layer of `classes` units with softmax, named `"predictions"` | | |
#
# - Let F be the width of a stage. Below a depth of 50 its blocks are `basic_block`s with filters `[F, F]`;
#   from 50 on they are `bottleneck_block`s with `[F, F, 4 * F]`.
# - Blocks are numbered from 1 in every stage, stages from 2. All but the first block of a stage have
#   stride 1.
# - Any other depth raises a `ValueError` whose message names all the depths that exist, and no other number
#   but the depth that was asked for.
# - The model is called `"resnet"` followed by its depth: `"resnet50"`.
#
# Common mistakes:
#
# - Stage 2 keeps its 56×56 pixels: the pooling layer has just halved them.
# - [`layers.GlobalAveragePooling2D`](https://keras.io/api/layers/pooling_layers/global_average_pooling2d/)
#   averages over all pixels. It needs no flatten.

# %% exercise="resnet"
def resnet(depth, input_shape=(224, 224, 3), classes=1000, width=64):
    """A residual network of 18, 34, 50, 101 or 152 layers.

    input_shape: (height, width, channels) of one image. classes: number of classes.
    width: filters of the first convolution; the paper's networks have 64.
    Returns a keras Model whose output is a probability for each class. Raises ValueError for any
    other depth.
    """
    ### BEGIN SOLUTION
    if depth not in BLOCKS:
        raise ValueError(f"there is no ResNet-{depth}: choose 18, 34, 50, 101 or 152")

    X_input = layers.Input(input_shape)
    X = conv_bn(X_input, width, 7, 2, "conv1")
    X = layers.ReLU()(X)
    X = layers.MaxPooling2D(3, strides=2, padding="same")(X)

    for stage, count in enumerate(BLOCKS[depth], start=2):
        F = width * 2 ** (stage - 2)
        for block in range(1, count + 1):
            s = 2 if stage > 2 and block == 1 else 1
            if depth < 50:
                X = basic_block(X, [F, F], stage, block, s)
            else:
                X = bottleneck_block(X, [F, F, 4 * F], stage, block, s)

    X = layers.GlobalAveragePooling2D(name="avg_pool")(X)
    X = layers.Dense(classes, activation="softmax", name="predictions")(X)
    return Model(X_input, X, name=f"resnet{depth}")
    ### END SOLUTION


# %% [markdown]
# As in unit 1, recorders stand in for the blocks, and the check looks at how you *connect the network*, at a
# small size.

# %% locked="recorded"
RECORDED = [
    "basic_block(X, filters, stage: label, block: label, s=1)",
    "bottleneck_block(X, filters, stage: label, block: label, s=1)",
]

# %% test="test_resnet" points=40
check.wiring(resnet, depth=50, input_shape=(64, 64, 3), classes=6, width=4, blocks=RECORDED)
check.wiring(resnet, depth=18, input_shape=(64, 64, 3), classes=6, width=4, blocks=RECORDED)
check.values(resnet, 20)
### BEGIN HIDDEN TESTS
check.wiring(resnet, 34, (66, 34, 3), check.size(4, 9), 3, blocks=RECORDED)
check.wiring(resnet, depth=101, input_shape=(64, 96, 1), classes=2, width=2, blocks=RECORDED)
check.wiring(resnet, depth=152, input_shape=(70, 64, 3), classes=3, width=2, blocks=RECORDED)
check.wiring(
    resnet, depth=18, input_shape=(6, 6, 3), classes=5, width=check.one_of(72, 96), blocks=RECORDED
)
check.values(resnet, check.one_of(51, 56, 100, 153))
check.values(resnet, depth=check.one_of(0, 10, 17), classes=6)
### END HIDDEN TESTS

# %% [markdown] predict="where_the_parameters_are"
# Which of the four stages of ResNet-50 holds the most parameters?
#
# - [ ] Stage 2: It has the largest images, and so most of the numbers in memory. Its kernels are the
#   smallest.
# - [ ] Stage 4: It has twice as many blocks as stage 5, with half the channels: a quarter of the weights in
#   each.
# - [x] Stage 5: Three blocks only, but a kernel has as many weights as it has channels on one side times
#   those on the other.

# %% [markdown]
# With your real blocks, without points.

# %% locked="whole_network" tags=["ungraded"]
check.model(resnet, depth=18, input_shape=(64, 64, 3), classes=6, width=4)

# %% [markdown]
# *Your* ResNet-18. A block is called *convolutional* where its shortcut has a convolution, else *identity*.
# Stage 2 needs none: 64 channels enter it, and 64 leave it. In ResNet-50, 256 leave it, so its first block
# needs one.

# %% tags=["ungraded"]
from kerascheck.feedback import drawing

drawing.draw_model(resnet(18))

# %% [markdown]
# ## 4 · Why 50?
#
# By custom, a network's depth is the number of convolutions and dense layers on the **longest path** from its
# input to its output. Batch normalisation is not counted, and neither is what lies beside that path, such as
# the convolution on a shortcut.
#
# ### Exercise 3 · `count_weighted_layers` (20 points)
#
# Store, for every tensor, how many layers lie on the longest path that leads to it. A layer with several
# inputs, such as an addition, goes on from the largest of their counts.
#
# What you need of Keras:
#
# - `model.operations` lists all layers, and additions written as `a + b`, too. Those that feed others come
#   first.
# - `operation.input` is the tensor that an operation takes, or a list of them;
#   `keras.tree.flatten(operation.input)` is a list in both cases, empty for the input layer.
#   `operation.output` is the tensor that it gives.
# - `model.output` is the tensor at the end.
# - Tensors cannot be keys of a dictionary. `id(tensor)` can.
#
# Common mistakes:
#
# - What counts is a `layers.Conv2D` or a `layers.Dense`. Other layers may have weights too; they do not.
# - The longest path need not be the one through an addition's *first* input.

# %% exercise="count_weighted_layers"
def count_weighted_layers(model):
    """The number of convolutions and dense layers on the longest path from input to output."""
    ### BEGIN SOLUTION
    longest = {}
    for operation in model.operations:
        inputs = keras.tree.flatten(operation.input)
        before = max((longest[id(tensor)] for tensor in inputs), default=0)
        counts = isinstance(operation, (layers.Conv2D, layers.Dense))
        longest[id(operation.output)] = before + counts
    return longest[id(model.output)]
    ### END SOLUTION


# %% [markdown]
# `check.sketch("conv norm", ("conv", ""), "dense")` is a convolution and a batch norm, then two branches that
# are added, a convolution and nothing at all, then a dense layer: three layers on the longest path.

# %% test="test_count_weighted_layers" points=20
check.values(count_weighted_layers, check.sketch("conv norm relu conv norm relu pool dense"))
check.values(
    count_weighted_layers,
    check.sketch("conv norm relu", ("", "conv norm relu conv norm"), ("conv", "conv conv"), "pool dense"),
)
### BEGIN HIDDEN TESTS
check.values(
    count_weighted_layers,
    check.sketch(("conv norm", "conv norm relu conv norm relu conv"), "relu pool dense dense dense"),
)
check.values(
    count_weighted_layers,
    check.sketch("conv", ("conv", "conv conv conv", ""), ("norm relu", "conv"), ("", "norm"), "pool"),
)
check.values(
    count_weighted_layers,
    check.sketch("bare norm op", ("conv prelu conv", "op norm"), "prelu", ("bare", "prelu"), "op pool dense"),
)
check.values(count_weighted_layers, model=check.sketch("norm relu pool"))
check.values(count_weighted_layers, check.sketch("edges bend depth norm edges edges pool dense"))
check.values(
    count_weighted_layers,
    check.sketch(
        "frozen", ("plus", "norm", "point frozen"), ("concatenate", "", "conv", "point norm conv drop"),
        ("relu", "norm", "point conv12"), "pool dense",
    ),
)
### END HIDDEN TESTS

# %% [markdown]
# Your family, in thin networks:

# %% tags=["ungraded"]
for depth in BLOCKS:
    thin = resnet(depth, input_shape=(64, 64, 3), width=4)
    kernels = sum(isinstance(layer, (layers.Conv2D, layers.Dense)) for layer in thin.layers)
    print(f"{thin.name:9}: {count_weighted_layers(thin):3} layers on the longest path, {kernels:3} in all")

# %% [markdown]
# ResNet-50: the first convolution, then three in each of 3, 4, 6 and 3 blocks, then the dense layer: 1 + 9 +
# 12 + 18 + 9 + 1 = 50. ResNet-34, with the same blocks but two in each: 1 + 6 + 8 + 12 + 6 + 1 = 34.

# %% [markdown]
# ## 5 · Is it the same network?
#
# If every layer of `keras.applications.ResNet50` has a partner in yours, with the same name and shapes, then
# weights can move between the two.
#
# ### Exercise 4 · `layers_that_differ` (15 points)
#
# Return the names, as a **sorted list**, of the layers with weights
#
# - that only one of the two networks has, or
# - whose weights have other shapes in one than in the other.
#
# Layers without weights do not matter. `layer.weights` is a list, and every weight has a `.shape`.
#
# Common mistakes: a loop over `mine` misses a layer that is only in `theirs`; totals of parameters may agree
# while the layers do not.

# %% exercise="layers_that_differ"
def layers_that_differ(mine, theirs):
    """Names of the layers with weights that are not the same, shape by shape, in both models."""
    ### BEGIN SOLUTION
    def shapes(model):
        return {
            layer.name: [tuple(weight.shape) for weight in layer.weights]
            for layer in model.layers
            if layer.weights
        }

    a, b = shapes(mine), shapes(theirs)
    return sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))
    ### END SOLUTION


# %% [markdown]
# In the networks of this check layers are called `conv_1`, `norm_1`, `conv_2` and so on, and `conv8` is a
# convolution with 8 filters in place of 4.

# %% test="test_layers_that_differ" points=15
check.values(
    layers_that_differ,
    check.sketch("conv norm relu conv pool dense"), check.sketch("conv norm relu conv8 pool dense"),
)
check.values(
    layers_that_differ,
    check.sketch("conv norm relu pool dense"), check.sketch("conv norm pool dense relu"),
)
### BEGIN HIDDEN TESTS
check.values(
    layers_that_differ,
    check.sketch("conv norm conv pool dense"), check.sketch("conv norm conv norm conv pool dense"),
)
check.values(
    layers_that_differ,
    check.sketch("conv norm conv norm pool dense dense"), check.sketch("conv norm pool dense"),
)
check.values(
    layers_that_differ,
    check.sketch("conv8 pool dense3 dense"), check.sketch("conv2 pool dense9 dense"),
)
check.values(
    layers_that_differ,
    check.sketch("conv norm prelu conv pool dense"), check.sketch("bare norm relu bare pool dense"),
)
check.values(
    layers_that_differ, mine=check.sketch("conv norm drop pool dense"),
    theirs=check.sketch("conv norm op pool dense"), returns="list",
)
check.values(
    layers_that_differ, check.sketch("conv norm relu unit conv4 bare8 pool dense"),
    check.sketch("frozen unit prelu unit conv8 bare4 pool dense"),
)
check.values(
    layers_that_differ, check.sketch("pool dense5 dense1"), check.sketch("pool dense3 dense4"),
)
### END HIDDEN TESTS

# %% [markdown]
# Full width, 224×224 pixels, 1000 classes. (A few seconds for each network.)

# %% tags=["ungraded"]
keras.utils.set_random_seed(1)
mine = resnet(50)
theirs = keras.applications.ResNet50(weights=None)

differ = layers_that_differ(mine, theirs)
assert not differ, f"these layers differ: {differ}"
print(f"yours: {mine.count_params():,} parameters, theirs: {theirs.count_params():,}")
print(f"by the arithmetic of section 1: {cost(50)[0]:,}\n")
print(f"{'layer':20} {'yours':20} theirs")
weighted = [layer for layer in theirs.layers if layer.weights]
for layer in [*weighted[:12], None, *weighted[-3:]]:
    if layer is None:
        print("…")
        continue
    shapes = [tuple(model.get_layer(layer.name).weights[0].shape) for model in (mine, theirs)]
    print(f"{layer.name:20} {str(shapes[0]):20} {shapes[1]}")
print(f"{len(weighted)} layers with weights, none differs")

# %% [markdown]
# Shapes agree. Do the *functions*? Copy all weights, and compare the outputs. There is a catch that no shape
# shows. Before its 7×7 convolution of stride 2, Keras pads the image with three zeros on **each** side.
# `"same"` pads two before and three after, so the kernel sees the image one pixel further on. The pooling
# layer does so at half the size, which makes three pixels together: move the image by three, and the two must
# agree.

# %% tags=["ungraded"]
def copy_weights(source, target):
    """Give every layer of target the weights of source's layer of the same name."""
    for layer in target.layers:
        if layer.weights:
            layer.set_weights(source.get_layer(layer.name).get_weights())


copy_weights(theirs, mine)
picture = np.zeros((1, 224, 224, 3), "float32")
picture[:, 16:-16, 16:-16] = np.random.default_rng(1).normal(size=(1, 192, 192, 3))
moved = np.roll(picture, (3, 3), axis=(1, 2))

answer = theirs(picture, training=False)
for what, x in (("the same image", picture), ("moved by three pixels", moved)):
    apart = np.abs(mine(x, training=False) - answer).max() / np.max(answer)
    print(f"{what:22} yours and theirs differ by {apart:.1e} of the largest probability")

# %% [markdown]
# The second number is what rounding leaves: the two functions *are* the same.
#
# Why copy by name, and not in order? In stage 2, the convolution on the shortcut and the third one of the
# main path both have kernels of shape (1, 1, 64, 256). Exchange them, nothing complains, and every answer is
# wrong. **Shapes that fit prove nothing about meaning.**

# %% [markdown]
# ## 6 · Weights that others trained
#
# The weights of Keras's ResNet50, trained on ImageNet, are a public file of about 100 MB. The next cell looks
# for it on this machine, then on the network. Without it, everything else goes on.

# %% tags=["ungraded"]
from resnet_course.training import imagenet

try:
    published = imagenet.fetch()
    print(published)
except imagenet.Unavailable as reason:
    published = None
    print(reason)

# %% [markdown]
# Choose a photograph of your own; until then it is matplotlib's, of the computer scientist Grace Hopper.
# These weights want the channels in the order **blue, green, red**, and the mean of each subtracted:
# `keras.applications.resnet.preprocess_input` does both.

# %% tags=["ungraded"]
from matplotlib import cbook
from PIL import Image, ImageOps

MY_IMAGE = None  # for example "my_dog.jpg"

with cbook.get_sample_data("grace_hopper.jpg") as sample:
    photograph = ImageOps.exif_transpose(Image.open(MY_IMAGE or sample)).convert("RGB")
square = np.asarray(ImageOps.fit(photograph, (224, 224)))

if published is None:
    best = "no published weights"
    print("There are no published weights here, so there is nothing to classify the image with.")
else:
    copy_weights(keras.applications.ResNet50(weights=str(published.weights)), mine)
    prepared = keras.applications.resnet.preprocess_input(square[np.newaxis].astype("float32"))
    probabilities = mine.predict(prepared, verbose=0)[0]
    top = np.argsort(-probabilities)[:5]
    best = f"{published.classes[top[0]]}, {probabilities[top[0]]:.0%}"
    for index in top:
        print(f"{probabilities[index]:6.1%}  {published.classes[index]}")
plots.samples(square[np.newaxis], np.array([0]), [best])

# %% [markdown]
# ## 7 · Train two of the family
#
# Training ResNet-50 on ImageNet takes a million images, cut into mini-batches of 256, SGD with momentum, and
# days. On hands a thin relative will do: a quarter of the width, 32×32 pixels, 6 classes. (Without the
# photographs the loader draws a **stand-in**, once, in about 20 seconds.)

# %% tags=["ungraded"]
def halved(images):
    """Images of half the height and width, from 0 to 1: each pixel is the mean of four."""
    count, height, width, channels = images.shape
    fours = images.reshape(count, height // 2, 2, width // 2, 2, channels)
    return fours.mean(axis=(2, 4)).astype("float32") / 255


signs = load_signs()
print(signs.describe())
x_train, x_test = halved(signs.train_x), halved(signs.test_x)
y_train, y_test = (np.eye(6, dtype="float32")[labels] for labels in (signs.train_y, signs.test_y))
plots.samples(x_train, signs.train_y, signs.classes)

# %% [markdown]
# Which is better for 1080 images, 18 layers or 50? Both get the same images, optimiser and epochs. (Two to
# three minutes.)

# %% [markdown] predict="eighteen_or_fifty"
# 1080 small images, fifteen epochs, the same optimiser. Which of the two ends with the higher accuracy on
# test images?
#
# - [x] The one of 18 layers: It has fewer layers to adjust to one another in so few steps. Depth pays where
#   there are data and time to feed it.
# - [ ] The one of 50 layers: On ImageNet it does, after 600,000 steps. Here there are some 500.
# - [ ] They end alike: Both could reach the same in the end; the question is when.

# %% tags=["ungraded"]
EPOCHS = 15

trained, runs = {}, {}
for depth in (18, 50):
    keras.utils.set_random_seed(depth)
    model = resnet(depth, input_shape=(32, 32, 3), classes=6, width=16)
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    print(f"{model.name}, {model.count_params():,} parameters")
    runs[depth] = training.fit(model, x_train, y_train, epochs=EPOCHS, validation=(x_test, y_test))
    trained[depth] = model

# %% [markdown]
# First 18 layers, then 50. (Test accuracy starts low and is noisy: moving averages again.)

# %% tags=["ungraded"]
plots.learning_curves(runs[18])

# %% tags=["ungraded"]
plots.learning_curves(runs[50])

# %% tags=["ungraded"]
reached = {f"{depth} layers": run.history["val_accuracy"][-1] for depth, run in runs.items()}
plots.accuracies({}, reached)

# %% [markdown]
# In our run on the stand-in, 18 layers came to 70 % on the test images and 50 layers to 47.5 %. That is no
# overfitting: on the *training* images, too, the deeper network was behind, 81 % against 94 %. 510 steps are
# few to adjust so many layers to one another. On ImageNet it had 600,000, and came out ahead.

# %% tags=["ungraded"]
predicted = trained[18].predict(x_test, verbose=0)
plots.confusion_matrix(signs.test_y, predicted, signs.classes)

# %% [markdown]
# ## 8 · Fine-tune: few images, somebody else's weights
#
# Hardly anybody trains ResNet-50 from scratch. One adapts a network that was trained on many images to a task
# with few. The task here: is the number of fingers **odd or even**, learnt from thirty labelled images? The
# body is ResNet-50 with the published weights if they are here, otherwise unit 1's small network.
#
# ### Freeze, new head, unfreeze
#
# 1. **New head.** The old one knows other classes: cut it off, and put a dense layer on the pooled features.
# 2. **Freeze** the body, `layer.trainable = False`: thirty images are too few for its weights. Frozen batch
#    normalisation uses its moving averages.
# 3. **Unfreeze the last stage**, its convolutions only, with a *small* learning rate. Not before: the new
#    head's first gradients would ruin what the body knows.
#
# Beside both, the same network **from scratch**, on the same images, for as many steps. Three runs each, with
# other images and other initial weights. (About **a minute**; with the published weights, several.)

# %% tags=["ungraded"]
from resnet_course import pretrained
from resnet_course.figures import run_bands

LABELLED = 5  # images of each number of fingers
EPOCHS_TUNED = 15 if published is None else 5  # of each step; ResNet-50 takes longer

if published is None:
    small = keras.models.load_model(pretrained.SIGNS_KERAS, compile=False)
    body, prepare_input = Model(small.input, small.layers[-2].output), lambda images: images / 255
    last_stage = {layer.name for layer in body.layers[-10:]}  # its last block, and the pooling
else:
    own = resnet(50, input_shape=(64, 64, 3))
    copy_weights(keras.applications.ResNet50(weights=str(published.weights)), own)
    body = Model(own.input, own.get_layer("avg_pool").output)
    prepare_input = keras.applications.resnet.preprocess_input
    last_stage = {layer.name for layer in body.layers if layer.name.startswith("conv5")}

x_few, x_new = (prepare_input(x.astype("float32")) for x in (signs.train_x, signs.test_x))
odd_few, odd_new = (np.eye(2, dtype="float32")[y % 2] for y in (signs.train_y, signs.test_y))


def few_images(seed):
    """The numbers of LABELLED images of each class."""
    random = np.random.default_rng(seed)
    of_each = [np.flatnonzero(signs.train_y == fingers) for fingers in range(6)]
    return np.concatenate([random.choice(of_one, LABELLED, replace=False) for of_one in of_each])


def accuracies_of(model, rate, chosen, epochs):
    """Train on the chosen images; the accuracy on all test images after each epoch."""
    model.compile(keras.optimizers.SGD(rate), "categorical_crossentropy", metrics=["accuracy"])
    run = model.fit(
        x_few[chosen], odd_few[chosen], epochs=epochs, batch_size=8,
        validation_data=(x_new, odd_new), verbose=0,
    )
    return run.history["val_accuracy"]


def fine_tuned(seed):
    """A new head on the frozen body, then the last stage with it."""
    keras.utils.set_random_seed(seed)
    start = keras.models.clone_model(body)
    start.set_weights(body.get_weights())
    model = Model(start.input, layers.Dense(2, activation="softmax")(start.output))
    start.trainable = False
    frozen = accuracies_of(model, 0.02, few_images(seed), EPOCHS_TUNED)
    for layer in start.layers:
        layer.trainable = layer.name in last_stage and isinstance(layer, layers.Conv2D)
    return frozen + accuracies_of(model, 0.002, few_images(seed), EPOCHS_TUNED)


def from_scratch(seed):
    """The same network with new weights, all of them trained."""
    keras.utils.set_random_seed(seed)
    start = keras.models.clone_model(body)
    model = Model(start.input, layers.Dense(2, activation="softmax")(start.output))
    return accuracies_of(model, 0.02, few_images(seed), 2 * EPOCHS_TUNED)


tuned = {"fine-tuned": [], "from scratch": []}
for seed in range(3):
    tuned["fine-tuned"].append(fine_tuned(seed))
    tuned["from scratch"].append(from_scratch(seed))
    print(*(f"{way}: {runs[-1][-1]:.2f}  " for way, runs in tuned.items()))
run_bands.draw({f"Odd or even, from {6 * LABELLED} images": tuned}, x="epoch", y="test accuracy", log=False)


# %% [markdown]
# In our three runs, on the stand-in with the small network, the fine-tuned network was right about 94, 97 and
# 94 % of the test images, and from scratch about 47 to 52 %: a guess. Thirty images teach a head what to make
# of features; they do not teach features.
#
# Nearly all of that came with the body *frozen*. Unfreezing, from epoch 16 on, changed one answer or two: the
# body had seen hands of this kind. Where the images differ more, the later stages have more to learn; with
# many images, unfreeze more.

# %% [markdown]
# ## Open questions
#
# Nobody grades these. Think first; then unfold.
#
# **1.** ResNet-50 is ten years old. Why is it still the first network that many people try?
#
# <details><summary>Discussion</summary>
#
# Its weights are everywhere, its cost is moderate, and what it learns on ImageNet carries over to many tasks.
# Newer networks are often better by their training: with today's, ResNet-50 itself gains four points or more.
#
# </details>
#
# **2.** You fine-tune on X-ray images. Would you freeze the first stages or the last ones?
#
# <details><summary>Discussion</summary>
#
# The first ones know edges and textures, which X-ray images have too; the last ones know dogs and cars. So
# one freezes the first, if any. With enough images let all of them move, slowly, from the published start.
#
# </details>

# %% [markdown]
# ## What to remember
#
# - One table of numbers and one builder make a whole family. **Depth is data.**
# - A **basic block** is two 3×3 convolutions, a **bottleneck** 1×1, 3×3, 1×1 on a quarter of the channels: 16
#   layers more for 5 % more multiplications.
# - Two networks are the same when layers, shapes *and outputs* agree.
# - **Fine-tuning** is how these networks are mostly used: published weights, a new head, and few images.
#
# And what came after? GoogLeNet won in 2014 with 22 layers, in blocks of parallel convolutions; its later
# versions took shortcuts over. **DenseNet** (2016) feeds each layer with the outputs of *all* layers before
# it, joined instead of added. Detectors and segmenters put other heads on a ResNet to this day.
#
# ## References
#
# - K. He, X. Zhang, S. Ren, J. Sun: [*Deep Residual Learning for Image
#   Recognition*](https://arxiv.org/abs/1512.03385), 2015.
# - O. Russakovsky et al.: [*ImageNet Large Scale Visual Recognition
#   Challenge*](https://arxiv.org/abs/1409.0575), 2014. The 1000 classes.
# - C. Szegedy et al.: [*Going Deeper with Convolutions*](https://arxiv.org/abs/1409.4842), 2014. GoogLeNet.
# - G. Huang et al.: [*Densely Connected Convolutional Networks*](https://arxiv.org/abs/1608.06993), 2016.
# - J. Yosinski et al.: [*How transferable are features in deep neural
#   networks?*](https://arxiv.org/abs/1411.1792), 2014.
# - Keras: [ResNet](https://keras.io/api/applications/resnet/),
#   [fine-tuning](https://keras.io/guides/transfer_learning/), [the functional
#   API](https://keras.io/guides/functional_api/).
# - "Our runs": this notebook, on the stand-in.

# %% [markdown]
# ## Hand in
#
# `check.progress()` shows what is open. Save, and hand in this file under its own name: on a Hub by *Nbgrader
# → Assignment List → Submit*, elsewhere on your course's page. If you learn alone, `check.course()` leads on.
