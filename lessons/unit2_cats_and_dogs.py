# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kerasgrader:
#     survivors:
#       prepare_data:
#         "a message that says nothing: raise ValueError(f'{path.name} is neither cat nor dog')": it is caught at once, and nobody reads it
#       convert_to_one_hot:
#         "one more: 1": NumPy reads -2 as it reads -1
#         "arrays as int": the text leaves open whether the numbers are whole
#       diagnose:
#         "the other comparison: val_loss[-1] > 1.1 * val_loss[best]": at exactly a tenth, both are right
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Cats and dogs: from image files to a trained model
#
# Courses give you arrays. Work gives you a folder: seven thousand files, some sideways, some grey, some cut
# off in the middle of a download, a few that are no images at all. Get this wrong and nothing crashes; the
# network only gets worse. Here you go the whole way from files to a trained network.
#
# 1. Read one image file (25 points) and a whole folder (30 points); turn labels into one-hot rows (10
#    points).
# 2. Train, and diagnose the curves (20 points).
# 3. Close a part of the gap (15 points), and say by how much.
#
# You need convolutions and shortcuts (unit 1). Allow **75 minutes**; the cells run for five of them, on two
# CPU cores. Replace each `YOUR CODE HERE` and the `raise` below it.
# **Words of this course**, at the end of unit 0, explains the terms.

# %% locked="imports"
from kerascheck import check  # first: it keeps TensorFlow's notes quiet
from resnet_course import load_cats_dogs, training
from resnet_course.figures import plots

import cv2
import keras
import numpy as np
from keras import layers

# %% [markdown]
# ## 1 · A folder of files
#
# Without photographs, the loader draws a **stand-in** (once, in about 20 seconds): JPEG files of all sizes.
# `load_cats_dogs(download=True)` fetches photographs, 825 MB; `load_cats_dogs("my/folder")` takes your own,
# called `cat.0.jpg`, `dog.0.jpg` and so on.

# %% tags=["ungraded"]
data = load_cats_dogs()
print(data.describe())

names = sorted(path.name for path in data.folder.iterdir())
for name in [*names[:4], "...", *names[-4:]]:
    size = f"{(data.folder / name).stat().st_size:>8,} bytes" if name != "..." else ""
    print(f"{name:<16}{size}")

# %% [markdown]
# `data` has no arrays, only the path of a folder, a
# [`pathlib.Path`](https://docs.python.org/3/library/pathlib.html): `folder.iterdir()` goes through its
# content, and a file's path has a `name`. The **label is in the name**. As texts, `cat.10.jpg` comes before
# `cat.2.jpg`.
#
# ### Blue cats
#
# [OpenCV](https://docs.opencv.org/4.x/), the usual library for reading images, gives blue first: **BGR**,
# where everybody else has RGB. On Windows, `cv2.imread` finds no file whose path has letters such as é. So
# let NumPy read the bytes, and `cv2.imdecode` decode them.

# %% tags=["ungraded"]
from PIL import Image

cats = sorted(data.folder.glob("cat.4*.jpg")) or sorted(data.folder.glob("cat.*.jpg"))
ginger = cats[0]
as_opencv_gives_it = cv2.imdecode(np.fromfile(ginger, np.uint8), cv2.IMREAD_COLOR)
as_pillow_gives_it = np.array(Image.open(ginger).convert("RGB"))
both = [as_opencv_gives_it, as_pillow_gives_it]
plots.samples(both, np.arange(2), ["OpenCV: BGR", "Pillow: RGB"], columns=2)

# %% [markdown]
# Both arrays hold the same numbers. A network that is trained on one and used on the other guesses worse,
# without any error.
#
# ### Fewer pixels
#
# A network wants all images of one size, here 64×64. What should a pixel show that covers three or four old
# ones? `INTER_NEAREST` picks one and drops the rest; `INTER_CUBIC` fits smooth curves through the neighbours.

# %% tags=["ungraded"]
small = {
    "nearest": cv2.resize(as_pillow_gives_it, (64, 64), interpolation=cv2.INTER_NEAREST),
    "linear": cv2.resize(as_pillow_gives_it, (64, 64), interpolation=cv2.INTER_LINEAR),
    "cubic": cv2.resize(as_pillow_gives_it, (64, 64), interpolation=cv2.INTER_CUBIC),
}
plots.samples(list(small.values()), np.arange(3), list(small), columns=3)

# %% [markdown]
# Outlines break up under *nearest*. Between the others, what matters is that training and use **do the
# same**; this course uses cubic.
#
# ### Half an image
#
# For a file that is no image, OpenCV raises no error: it returns **`None`**. A JPEG file that was cut off is
# filled with grey by `cv2.imread`, as if nothing had happened. (`cv2.imdecode` returns `None`, at least in
# recent versions.) JPEG files begin with the bytes `FF D8`, and nearly all end with `FF D9`: that is the test
# which you are given.

# %% locked="is_cut_short"
def is_cut_short(path):
    """Whether a file begins as a JPEG file does, and does not end as one."""
    content = path.read_bytes()
    return content.startswith(b"\xff\xd8") and not content.endswith(b"\xff\xd9")


# %% tags=["ungraded"]
import tempfile
from contextlib import chdir
from pathlib import Path

whole = ginger.read_bytes()
with tempfile.TemporaryDirectory() as folder, chdir(folder):
    broken = Path("half_a_cat.jpg")
    broken.write_bytes(whole[: len(whole) // 2])
    half = cv2.imread(str(broken))[..., ::-1]  # a path without folders works everywhere
    cut_short = is_cut_short(broken)
print("cut short:", is_cut_short(ginger), cut_short)
plots.samples([as_pillow_gives_it, half], np.arange(2), ["the file", "half of it"], columns=2)

# %% [markdown]
# ### Exercise 1 · `read_image` (25 points)
#
# | the file | result |
# | :--- | :--- |
# | an image | array of **uint8**, (`height`, `width`, 3), **RGB**, resized with `cv2.INTER_CUBIC` |
# | grey-scale, with a palette, of 16 bits | the same: `cv2.IMREAD_COLOR` converts them |
# | turned by its EXIF field, as phones do | the same, upright: `cv2.IMREAD_COLOR` turns it |
# | cut short | `ValueError` whose message contains the file's name, `path.name` |
# | empty, a web page, a text | the same error |
#
# The content says what a file is, not its name: an image may be called `photo.PNG`, or have no ending at all.
# Files stay as they are, the broken ones too.
#
# In OpenCV: `cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)`,
# [`cv2.resize`](https://docs.opencv.org/4.x/da/d54/group__imgproc__transform.html#ga47a974309e9102f5f08231edc7e7529d)
# and `cv2.cvtColor(image, cv2.COLOR_BGR2RGB)`.
#
# Common mistakes:
#
# - A NumPy shape is (height, width), but `cv2.resize` wants **(width, height)**.
# - `cv2.IMREAD_UNCHANGED` neither converts nor turns.
# - For an empty file, without bytes, `cv2.imdecode` raises an error of its own.
# - Do not divide by 255 yet: floats take four or eight times the memory.

# %% exercise="read_image"
def read_image(path, height=64, width=64):
    """One image file as an array.

    path: a pathlib.Path. Returns uint8 (height, width, 3), RGB. Raises ValueError, naming the file, for
    one that holds no image, or not the whole of it.
    """
    ### BEGIN SOLUTION
    content = np.fromfile(path, np.uint8)
    picture = None
    if content.size and not is_cut_short(path):
        picture = cv2.imdecode(content, cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"{path.name} is not a whole image")
    picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    ### END SOLUTION


# %% [markdown]
# The check lets your function read image files of random contents. It compares shapes (25 % of the points)
# and values (75 %), or looks for the error. `check.hint(read_image)` helps on.

# %% test="test_read_image" points=25
check.values(read_image, check.picture("dog.7.jpg"), height=14, width=22)
check.values(read_image, check.picture("cat.8.jpg", "grey-scale"), height=16, width=16)
check.values(read_image, check.picture("cat.9.jpg", "cut short"))
check.values(read_image, check.picture("dog.3.jpg", "empty"))
### BEGIN HIDDEN TESTS
check.values(read_image, check.picture("cat.21.jpg"))
check.values(read_image, check.picture("cat.22.jpg"), check.size(18, 24), check.size(10, 17))
check.values(
    read_image,
    check.each(
        check.picture("dog.23.png", "palette"),
        check.picture("dog.24.PNG", "16-bit"),
        check.picture("dog.25.jpg", "turned"),
        check.picture("a dog", "lossless"),
        check.picture("large.png", "lossless", size=(check.size(150, 190), check.size(210, 250))),
        check.picture("tiny.png", "lossless", size=(check.size(4, 6), check.size(7, 9))),
    ),
    height=check.size(10, 14), width=check.size(16, 20),
)
check.values(read_image, check.picture("dog.26.jpg", "web page"))
check.values(read_image, check.picture("dog.27.jpeg", "cut short"), 20, 20)
check.values(read_image, check.picture("dog.29.png", "small"), 32, 32)
check.values(
    read_image, check.picture("lying.png", "lossless", size=(check.size(18, 24), check.size(10, 17))),
    height=check.size(10, 17), width=check.size(18, 24),
)
check.values(read_image, check.picture("cat.28.jpg", "text"), width=9)
check.values(read_image, check.picture("notes", "empty"), height=9)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 2 · `prepare_data` (30 points)
#
# Now the whole folder. `read` is a function like your `read_image`: it returns an array or raises a
# `ValueError`.
#
# | returned | what |
# | :--- | :--- |
# | `X` | the images, one array of uint8 (count, height, width, 3) |
# | `Y` | their labels, whole numbers (count,) and not truth values: **dog 1, cat 0** |
# | `skipped` | the names of all files that are not in `X`, as a list |
#
# - Files are taken in the **order of their names**, sorted as texts; `skipped` is in that order too.
# - The label is the word before the first dot of the name. A file whose word is neither `cat` nor `dog`, in
#   small letters, is skipped, image or not: neither `catfish.1.jpg` nor `Cat.1.jpg` is a cat.
# - A file for which `read` raises a `ValueError` is skipped. Any other error, of a disk for example, comes
#   through.
#
# Common mistakes:
#
# - `os.listdir` and `folder.iterdir()` give names in another order on every machine.
# - After one bad file, images and labels are out of step if one list got an entry alone.
# - Call `read`, not `read_image`: then this exercise can be right even if the other is not.

# %% exercise="prepare_data"
def prepare_data(folder, read):
    """All cats and dogs in a folder.

    folder: a pathlib.Path. read: a function from a file's path to an array, which raises ValueError for
    what is not an image. Returns X (count, height, width, 3) uint8, Y (count,), and the list of the
    names of skipped files.
    """
    ### BEGIN SOLUTION
    labels = {"cat": 0, "dog": 1}
    X, Y, skipped = [], [], []
    for path in sorted(folder.iterdir()):
        kind = path.name.split(".")[0]
        try:
            if kind not in labels:
                raise ValueError(f"{path.name} is neither cat nor dog")
            X.append(read(path))
            Y.append(labels[kind])
        except ValueError:
            skipped.append(path.name)
    return np.array(X), np.array(Y), skipped
    ### END SOLUTION


# %% test="test_prepare_data" points=30
check.values(
    prepare_data,
    check.folder(
        "cat.2.jpg", "cat.10.jpg", "cat.9.jpg: empty", "dog.1.jpg", "dog.11.jpg: cut short",
        "notes.txt: text",
    ),
    check.reader,
)
### BEGIN HIDDEN TESTS
check.values(
    prepare_data,
    check.folder(
        "dog.5.jpg", "dog.40.jpg", "dog.6.jpg: web page", "cat.7.jpg: palette", "catfish.1.jpg",
        "hot.dog.jpg", "cat.30.png: palette", "dog.8.jpg: grey-scale", "cat.3.jpg: text", "README: text",
        "Cat.9.jpg", "DOG.2.jpg", "dog.old.4.jpg", ".cat.2.jpg", "cat-b.1.jpg", "cat.12",
    ),
    check.reader, returns=("array", "array", "list"),
)
check.values(prepare_data, check.folder("dog.1.jpg: cut short", "cat.1.jpg"), read=check.reader)
check.values(prepare_data, folder=check.folder("dog.7.png: lossless", "dog.30.jpg"), read=check.reader)
check.values(
    prepare_data, check.folder("cat.1.jpg", "dog.2.jpg", "dog.3.jpg"),
    check.reader_that_breaks("dog.2.jpg"),
)
### END HIDDEN TESTS

# %% [markdown]
# On the real folder. (About ten seconds.)

# %% tags=["ungraded"]
X, Y, skipped = prepare_data(data.folder, read_image)
print("images: ", X.shape, X.dtype, f"{X.nbytes / 1e6:.0f} MB")
print("labels: ", Y.shape, np.bincount(Y), "(cats, dogs)")
print("skipped:", ", ".join(skipped) or "none")

# %% [markdown]
# ### Shuffle, then split
#
# Sorted by name, all cats come before all dogs. So shuffle first, with a seed, and split:
#
# - **training** images, from which the weights are learnt;
# - **validation** images, by which we choose: when to stop, how much weight decay;
# - **test** images, looked at once, at the end. Choosing by them gives a number that is too good.
#
# The original run had two parts, 6,002 images to train on and 1,000 to test, as you have with
# `ORIGINAL_SPLIT`; the test images then serve for validation, too.

# %% tags=["ungraded"]
ORIGINAL_SPLIT = False  # True: as in the original run; with 7,002 photographs, 6,002 and 1,000
# Few, on purpose.
TRAIN, VALIDATION = min(300, 3 * len(X) // 10), min(200, 2 * len(X) // 10)

order = np.random.default_rng(2).permutation(len(X))
if ORIGINAL_SPLIT:
    train, test = np.split(order, [6_002 * len(X) // 7_002])
    parts = [train, test, test]
else:
    parts = np.split(order, [TRAIN, TRAIN + VALIDATION])
x_train, x_validation, x_test = (X[part].astype("float32") / 255 for part in parts)
for name, part, x in zip(["training", "validation", "test"], parts, [x_train, x_validation, x_test]):
    print(f"{name:<11}{len(part):>5} images, {Y[part].mean():.0%} dogs, array {x.shape}")
plots.samples(x_train, Y[parts[0]], ["cat", "dog"], count=16, columns=8)

# %% [markdown]
# ## 2 · Labels as rows
#
# A network with two outputs gives two probabilities, so a cat becomes `[1, 0]`, a dog `[0, 1]`.
#
# ### Exercise 3 · `convert_to_one_hot` (10 points)
#
# `Y` may come as (count,), as a row (1, count) or as a column (count, 1): `Y.reshape(-1)` makes all three
# alike. `np.eye(C)` is a square array with ones on its diagonal, whose row number 1 is the row for a dog.
# NumPy takes many rows at once, `table[[1, 0, 0]]`.
#
# The result is (count, `C`), one **row** for each image. (Some texts have it transposed.)

# %% exercise="convert_to_one_hot"
def convert_to_one_hot(Y, C):
    """Labels as one-hot rows. Y: whole numbers from 0 to C - 1, of any shape. Returns (count, C)."""
    ### BEGIN SOLUTION
    return np.eye(C)[Y.reshape(-1)]
    ### END SOLUTION


# %% test="test_convert_to_one_hot" points=10
check.values(convert_to_one_hot, check.whole_numbers(1, 6, below=2), 2)
### BEGIN HIDDEN TESTS
check.values(
    convert_to_one_hot, check.whole_numbers(check.size(7, 12), below=check.size(3, 9)), check.size(3, 9)
)
check.values(convert_to_one_hot, check.whole_numbers(5, 1, below=2), C=check.size(3, 6))
check.values(convert_to_one_hot, check.whole_numbers(2, 3, below=5), 5)
check.values(convert_to_one_hot, Y=check.whole_numbers(1, below=4), C=4)
check.values(convert_to_one_hot, check.whole_numbers(3, below=20), 20)
### END HIDDEN TESTS

# %% [markdown] predict="loss_of_a_shrug"
# A network answers every image with 50 % cat and 50 % dog. What is its cross-entropy?
#
# - [ ] 0.5: That is how often it would be right. The loss is the logarithm of what it gave the right class.
# - [x] 0.69: It is −ln 0.5. Keep this number: a network with a higher test loss knows less than one that
#   shrugs.
# - [ ] 0: Only a network that gives the right class 100 % has no loss.

# %% tags=["ungraded"]
y_train, y_validation, y_test = (convert_to_one_hot(Y[part], 2) for part in parts)
print(y_train[:3])

# %% [markdown]
# ## 3 · Train it, and look
#
# The original run: a ResNet50 with two outputs, 6,002 photographs, Adam, batches of 64, 100 epochs. Section 5
# does that with *your* ResNet50. A small relative with three residual blocks shows the same in a minute. (Its
# batch normalisation has a momentum of 0.9, as an epoch has only five steps: see unit 1.)

# %% tags=["ungraded"]
def normalised(X):
    return layers.BatchNormalization(momentum=0.9)(X)


def stage(X, filters):
    """Half the height and width: two 3×3 convolutions, and a 1×1 convolution on the shortcut."""
    Y = layers.ReLU()(normalised(layers.Conv2D(filters, 3, strides=2, padding="same")(X)))
    Y = normalised(layers.Conv2D(filters, 3, padding="same")(Y))
    shortcut = normalised(layers.Conv2D(filters, 1, strides=2)(X))
    return layers.ReLU()(layers.Add()([Y, shortcut]))


def small_resnet(seed=1):
    keras.utils.set_random_seed(seed)
    X_input = layers.Input((64, 64, 3))
    X = layers.ReLU()(normalised(layers.Conv2D(16, 5, strides=2, padding="same")(X_input)))
    for filters in (32, 64, 128):
        X = stage(X, filters)
    X = layers.GlobalAveragePooling2D()(X)
    X = layers.Dense(2, activation="softmax")(X)
    return keras.Model(X_input, X)


print(f"{small_resnet().count_params():,} parameters, to learn from {len(x_train)} images")

# %% [markdown]
# (About **a minute**.)

# %% [markdown] predict="twenty_epochs_of_few_images"
# Some hundred thousand parameters, some hundred images, twenty epochs. How will the two
# accuracies end?
#
# - [ ] Both near 100 %: For new images it would have to have learnt what cats are, from very few.
# - [ ] Both near 75 %: Nothing keeps the network from doing better on images that it sees twenty
#   times.
# - [x] Near 100 % on training images, much lower on the others: With so many parameters it can
#   learn the images by heart.

# %% [markdown]
# The curve draws itself while the network trains. *One thing to find out:* in which epoch do the two lines
# part?

# %% tags=["ungraded"]
EPOCHS = 20  # the original run: 100

model = small_resnet()
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
plain = training.fit(
    model, x_train, y_train, epochs=EPOCHS, batch_size=64, validation=(x_validation, y_validation)
)

# %% tags=["ungraded"]
plots.learning_curves(plain)

# %% [markdown]
# The training curves are those of a perfect student. The validation curves are those of one who has **learnt
# the answers by heart**: right about every image that it was shown, wrong about one new image in three.
#
# So it was in the original run: right about 99 % of the training images and 72.4 % of the test images, with
# this test loss:

# %% tags=["ungraded"]
plots.bars(
    {"ResNet50, 6,002 images, 100 epochs": 1.33, "always saying 50 %": round(np.log(2), 2)},
    "test loss",
)

# %% [markdown]
# Right in 72 of 100 cases, and *worse* than always saying 50 %? It is wrong with conviction. Where it gives
# the right answer 1 %, the loss is $-\ln 0.01 = 4.6$.
#
# ### Exercise 4 · `diagnose` (20 points)
#
# `history` is a dictionary of four lists, one number per epoch: `"loss"`, `"accuracy"`, `"val_loss"`,
# `"val_accuracy"`.
#
# | returned | what |
# | :--- | :--- |
# | the verdict | one of three texts, see below |
# | the best epoch | the one with the **lowest validation loss**, counted **from 1**; of equals, the first |
# | the gap | in the **last** epoch, training accuracy minus validation accuracy; not rounded |
#
# The limits in the verdict are **conventions**, ours, so that a program can decide:
#
# 1. `"overfitting"`, if from the best epoch to the last, the validation loss has risen by **more than a
#    tenth** (of what it was in the best epoch; at exactly a tenth, both are right), while the training loss
#    has **fallen**;
# 2. otherwise `"underfitting"`, if the training accuracy in the last epoch is **below 0.8**;
# 3. otherwise `"neither"`.
#
# Common mistakes:
#
# - A gap alone is no proof: a run that stops in time may have one as well.
# - When *both* losses rise, nothing is learnt by heart; the training has failed.
# - `np.argmin` counts from 0.

# %% exercise="diagnose"
def diagnose(history):
    """What the curves say. history: a dictionary of lists, one number per epoch.

    Returns the verdict ("overfitting", "underfitting" or "neither"), the best epoch (from 1), and the gap.
    """
    ### BEGIN SOLUTION
    loss, val_loss = history["loss"], history["val_loss"]
    best = int(np.argmin(val_loss))
    gap = history["accuracy"][-1] - history["val_accuracy"][-1]
    if val_loss[-1] > 1.1 * val_loss[best] and loss[-1] < loss[best]:
        verdict = "overfitting"
    elif history["accuracy"][-1] < 0.8:
        verdict = "underfitting"
    else:
        verdict = "neither"
    return verdict, best + 1, gap
    ### END SOLUTION


# %% test="test_diagnose" points=20
check.values(diagnose, {
    "loss": [0.9, 0.6, 0.3, 0.1, 0.02], "accuracy": [0.5, 0.7, 0.88, 0.97, 1.0],
    "val_loss": [0.8, 0.62, 0.6, 0.75, 0.98], "val_accuracy": [0.5, 0.64, 0.7, 0.71, 0.7],
})
check.values(diagnose, {
    "loss": [0.7, 0.69, 0.66, 0.64], "accuracy": [0.5, 0.52, 0.58, 0.61],
    "val_loss": [0.71, 0.7, 0.69, 0.68], "val_accuracy": [0.5, 0.5, 0.55, 0.58],
})
### BEGIN HIDDEN TESTS
check.values(diagnose, {
    "loss": [0.8, 0.4, 0.2, 0.15], "accuracy": [0.55, 0.82, 0.93, 0.95],
    "val_loss": [0.75, 0.5, 0.42, 0.45], "val_accuracy": [0.5, 0.74, 0.8, 0.79],
})
check.values(diagnose, {
    "loss": [0.6, 0.5, 0.9, 1.4], "accuracy": [0.7, 0.75, 0.6, 0.5],
    "val_loss": [0.6, 0.55, 0.9, 1.5], "val_accuracy": [0.7, 0.72, 0.58, 0.5],
})
check.values(diagnose, {
    "loss": [0.62, 0.5, 0.4, 0.3, 0.2], "accuracy": [0.6, 0.66, 0.7, 0.74, 0.78],
    "val_loss": [0.66, 0.58, 0.58, 0.63, 0.7], "val_accuracy": [0.6, 0.62, 0.66, 0.64, 0.62],
})
check.values(diagnose, {
    "loss": [0.5, 0.2, 0.21], "accuracy": [0.75, 0.93, 0.92],
    "val_loss": [0.5, 0.4, 0.5], "val_accuracy": [0.76, 0.83, 0.8],
})
check.values(diagnose, {
    "loss": [2.4, 1.9, 1.7], "accuracy": [0.2, 0.31, 0.8],
    "val_loss": [2.5, 2.0, 2.15], "val_accuracy": [0.21, 0.3018, 0.2963],
})
check.values(diagnose, {
    "loss": [0.2, 0.08, 0.05], "accuracy": [0.91, 0.9732, 0.9811],
    "val_loss": [0.3, 0.24, 0.29], "val_accuracy": [0.9, 0.9127, 0.9042],
})
check.values(
    diagnose,
    history=check.each(
        check.curves(1), check.curves(2), check.curves(3), check.curves(4), check.curves(5),
        check.curves(6), check.curves(7), check.curves(8), check.curves(9), check.curves(10),
        check.curves(11), check.curves(12), check.curves(13), check.curves(14), check.curves(15),
    ),
)
### END HIDDEN TESTS

# %% tags=["ungraded"]
verdict, best_epoch, gap = diagnose(plain.history)
print(f"{verdict}: the best epoch was number {best_epoch} of {plain.epochs}; the last gap is {gap:.2f}")

# %% [markdown]
# ## 4 · Close the gap, and say by how much
#
# The best epoch is one of the first, when the network knew next to nothing. Stopping early alone would keep
# *that*. (We tried, with weight decay as well: a test accuracy of 0.52.)
#
# More images would be best. Without them, three remedies, best together:
#
# | remedy | what it does |
# | :--- | :--- |
# | **augmentation** | shows every image a little changed in each epoch: shifted, mirrored, darker or lighter. What is never the same cannot be learnt by heart |
# | **weight decay** | shrinks every weight a little in each step, unless the images speak against it |
# | **early stopping** | ends the training when the validation loss has not fallen for a while, and goes back to the best weights |
#
# ### Exercise 5 · `remedies` (15 points)
#
# Augmentation is given below. Return the other two:
#
# 1. [`keras.optimizers.AdamW`](https://keras.io/api/optimizers/adamw/) with learning rate `1e-3` and the
#    `weight_decay` that is passed in;
# 2. [`keras.callbacks.EarlyStopping`](https://keras.io/api/callbacks/early_stopping/), which watches the
#    **validation loss**, waits for `patience` epochs, and then **restores the best weights**: unless told
#    otherwise, it keeps the *last*.

# %% exercise="remedies"
def remedies(weight_decay, patience):
    """An optimiser with weight decay, and a callback that stops early."""
    ### BEGIN SOLUTION
    optimiser = keras.optimizers.AdamW(learning_rate=1e-3, weight_decay=weight_decay)
    stopping = keras.callbacks.EarlyStopping(
        monitor="val_loss", patience=patience, restore_best_weights=True
    )
    return optimiser, stopping
    ### END SOLUTION


# %% test="test_remedies" points=15
check.values(remedies, 0.02, 6)
### BEGIN HIDDEN TESTS
check.values(remedies, weight_decay=check.one_of(0.005, 0.01, 0.04), patience=check.size(7, 14))
check.values(remedies, check.one_of(0.2, 0.5), check.size(1, 3))
check.values(remedies, 0.0, 0)
### END HIDDEN TESTS


# %% tags=["ungraded"]
def augment(images, random):
    """A batch of images, each shifted by up to an eighth, perhaps mirrored, darker or lighter."""
    size = images.shape[1]
    reach = size // 8
    wide = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="edge")
    corners = random.integers(0, 2 * reach + 1, (len(images), 2))
    cut = np.stack([image[r : r + size, c : c + size] for image, (r, c) in zip(wide, corners)])
    mirrored = random.random(len(images)) < 0.5
    cut[mirrored] = cut[mirrored, :, ::-1]
    light = random.uniform(0.7, 1.3, (len(images), 1, 1, 1))
    return np.clip(cut * light, 0, 1).astype("float32")


one = np.repeat(x_train[:1], 10, axis=0)
shown = augment(one, np.random.default_rng(0))
plots.samples(shown, y_train[:1].repeat(10, axis=0), ["cat", "dog"], columns=10)


# %% [markdown]
# One image, as ten epochs would show it. (Would you also turn it upside down? And a 6, to become a 9?)
#
# Now the same network, from the same initial weights, with all three, for up to twice as many epochs. (About
# **two minutes**.)

# %% [markdown] predict="what_remedies_cost"
# The remedies are on: augmentation, weight decay, early stopping. What will the *training* accuracy be,
# compared with the first run?
#
# - [x] Lower: No image comes twice in the same form, and large weights cost something. The gap closes from
#   both sides.
# - [ ] Higher: Each of the remedies makes the training images harder to learn, not easier.
# - [ ] The same: They work on training alone; on the validation images nothing is changed but the weights.

# %% tags=["ungraded"]
optimiser, stopping = remedies(weight_decay=0.02, patience=10)
better = small_resnet()
better.compile(optimizer=optimiser, loss="categorical_crossentropy", metrics=["accuracy"])
mended = training.fit(
    better, x_train, y_train, epochs=2 * EPOCHS, batch_size=64, validation=(x_validation, y_validation),
    augment=augment, callbacks=[stopping],
)

# %% tags=["ungraded"]
plots.learning_curves(mended)

# %% [markdown]
# The two curves stay together much longer. Now, once, the test images. The **gap** is training accuracy minus
# test accuracy, on images that are not augmented, with the weights that each run ended with.

# %% tags=["ungraded"]
def accuracies(network):
    """Accuracy on training and on test images, and the test loss."""
    on_training = network.evaluate(x_train, y_train, verbose=0)
    on_test = network.evaluate(x_test, y_test, verbose=0)
    return on_training[1], on_test[1], on_test[0]


train_before, test_before, loss_before = accuracies(model)
train_after, test_after, loss_after = accuracies(better)
gap_before, gap_after = train_before - test_before, train_after - test_after

print("                    training   test   gap   test loss   diagnosis")
for name, run, numbers in (
    ("plain", plain, (train_before, test_before, gap_before, loss_before)),
    ("with the remedies", mended, (train_after, test_after, gap_after, loss_after)),
):
    print("{:<20}{:>8.3f}{:>7.3f}{:>6.2f}{:>12.2f}   {}".format(name, *numbers, diagnose(run.history)[0]))
print(f"\nOf the gap of {gap_before:.2f}, {1 - gap_after / gap_before:.0%} is closed.")

plots.accuracies(
    {"original run, training": 0.99, "original run, test": 0.724},
    {
        "plain, training": train_before,
        "plain, test": test_before,
        "with the remedies, training": train_after,
        "with the remedies, test": test_after,
    },
    what="accuracy",
)

# %% [markdown]
# Photographs are harder. On 150 we had 1.00 on the training images and 0.48 on the test images without the
# remedies, and 0.47 and 0.49 with them: no gap, as the network had learnt *nothing*. So always say both: the
# gap, and the test accuracy.
#
# How much is luck? With another split and other initial weights, we had 0.60 on the test images without the
# remedies and 0.92 with them. Change `seed` in `small_resnet` and in `default_rng`, and see.

# %% tags=["ungraded"]
predicted = better.predict(x_test, verbose=0)
plots.confusion_matrix(Y[parts[2]], predicted, ["cat", "dog"])

# %% [markdown]
# Its most confident mistakes. What do they have in common?

# %% tags=["ungraded"]
wrong = np.flatnonzero(predicted.argmax(axis=1) != Y[parts[2]])
surest = wrong[np.argsort(-predicted[wrong].max(axis=1))][:8]
if len(surest):
    mistakes = plots.samples(
        x_test[surest], y_test[surest], ["cat", "dog"], predicted=predicted[surest], columns=8
    )
else:
    mistakes = "No mistake among these pictures."
mistakes

# %% [markdown]
# ## 5 · The original network: your ResNet50
#
# The next cell takes the ResNet50 that *you* wrote in unit 1, out of its notebook, and gives it two outputs.
# (If that notebook is not there or not finished, it takes Keras's.) With a GPU it trains for 100 epochs. Two
# CPU cores would take half a day for 100 epochs of 6,002 images; there it trains for **two** epochs, a
# thousandth of the original run. (One to **two minutes**.)

# %% tags=["ungraded"]
from resnet_course import own_work

HAS_GPU = bool(keras.distribution.list_devices("gpu"))
EPOCHS_ORIGINAL = 100 if HAS_GPU else 2

try:
    ResNet50 = own_work.function("ResNet50", "unit1-residual-networks", "residual_networks.ipynb")
    original = ResNet50(input_shape=(64, 64, 3), classes=2)
    print("This is your own ResNet50, from unit 1.")
except (own_work.NotThere, NotImplementedError) as reason:
    original = keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=2)
    print(f"This is Keras's ResNet50. {reason}")

print(f"{original.count_params():,} parameters, {original.count_params() // len(x_train):,} for each image")
share = EPOCHS_ORIGINAL * len(x_train) / (100 * 6_002)
print(f"{EPOCHS_ORIGINAL} epochs of {len(x_train)} images: {share:.1%} of the original run")
original.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
full = training.fit(
    original, x_train, y_train, epochs=EPOCHS_ORIGINAL, batch_size=64, validation=(x_validation, y_validation)
)
print("test loss and accuracy:", original.evaluate(x_test, y_test, verbose=0))
plots.learning_curves(full)

# %% [markdown]
# After two epochs the test accuracy is that of a coin: the moving averages again (unit 1, section 5). And
# 23,591,810 parameters are many for so few images.

# %% [markdown]
# ## Open questions
#
# Nobody grades these. Think first; then unfold.
#
# **1.** The test images were looked at only once, in the end. What would be wrong with choosing the best of
# ten runs by them?
#
# <details><summary>Discussion</summary>
#
# The best of ten is partly the luckiest of ten on these images: the number is too good, and more so the more
# runs you compare. That is what the validation images are for.
#
# </details>
#
# **2.** Mirroring doubles the images for cats and dogs. For which data would it be a mistake?
#
# <details><summary>Discussion</summary>
#
# Wherever left and right mean something: letters, road signs, hearts in X-ray images. An augmentation says
# “this does not change the label”, and somebody who knows the data has to say so.
#
# </details>

# %% [markdown]
# ## What to remember
#
# - **Look at what you read.** BGR for RGB, width for height, half an image: none of these raises an error.
# - What cannot be used is **skipped and named**; what is listed is **sorted**; what is sorted by class is
#   **shuffled** before it is split.
# - **Overfitting**: the validation loss rises while the training loss falls.
# - Remedies close a part of the gap. Say which part, on images that took no part in any choice.
#
# ## References
#
# - J. Elson et al.: [*Asirra: a CAPTCHA that exploits interest-aligned manual image
#   categorization*](https://www.microsoft.com/en-us/research/publication/asirra-a-captcha-that-exploits-interest-aligned-manual-image-categorization/), 2007.
#   The photographs.
# - I. Loshchilov, F. Hutter: [*Decoupled Weight Decay
#   Regularization*](https://arxiv.org/abs/1711.05101), 2017. AdamW.
# - L. Prechelt: [*Early Stopping — But When?*](https://doi.org/10.1007/3-540-49430-8_3), 1998.
# - C. Shorten, T. Khoshgoftaar: [*A survey on image data
#   augmentation*](https://doi.org/10.1186/s40537-019-0197-0), 2019.
# - R. Keys: [*Cubic convolution interpolation*](https://doi.org/10.1109/TASSP.1981.1163711), 1981.
# - OpenCV: [reading and writing files](https://docs.opencv.org/4.x/d4/da8/group__imgcodecs.html).
# - Other numbers: this notebook, on the stand-in.

# %% [markdown]
# ## Hand in
#
# `check.progress()` shows what is open. Save, and hand in this file under its own name: on a Hub by *Nbgrader
# → Assignment List → Submit*, elsewhere on your course's page. If you learn alone, `check.course()` leads on.
