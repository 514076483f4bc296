"""Train the small network for SIGNS that the wheel ships: both files of `resnet_course/pretrained/`.

    python -m benchmarks.train_signs_small [--epochs 60] [--seed 1] [--folder resnet_course/pretrained]

A residual network of ten layers and four blocks: `signs_small.keras`, and `signs_small.h5`, which Keras
writes with h5py. It is trained on the images that `load_signs` gives, divided by 255, with Adam on a cosine
schedule and shifts of up to eight pixels. At the end its weights are rounded to half precision and stored
as the single precision that Keras computes with: 13 bits of each 32 are then zero, and packing takes them
away (157 kB of the wheel for both files; 65 kB where they are packed as one, in a standalone notebook).
The last line that it prints is the accuracy on the test images: 1.000 on the stand-in, which unit 1 tells.
`train_signs.py` trains the full ResNet50.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import keras
import numpy as np
from keras import layers

from resnet_course import load_signs, training
from resnet_course.pretrained import FOLDER, NAME

WIDTHS = (12, 16, 24, 24)
REACH = 8  # pixels of a shift


def network(widths: tuple[int, ...] = WIDTHS, classes: int = 6) -> keras.Model:
    """A convolution, one block of two layers for each width, pooling, and a dense layer."""
    X_input = X = layers.Input((64, 64, 3))
    X = _conv_bn(X, widths[0], 3, 2)
    X = layers.ReLU()(X)
    for number, width in enumerate(widths):
        X = _block(X, width, stride=1 if number == 0 else 2)
    X = layers.GlobalAveragePooling2D()(X)
    X = layers.Dense(classes, activation="softmax")(X)
    return keras.Model(X_input, X, name="signs_small")


def _block(X: keras.KerasTensor, width: int, stride: int) -> keras.KerasTensor:
    shortcut = X if stride == 1 else _conv_bn(X, width, 1, stride)
    Y = layers.ReLU()(_conv_bn(X, width, 3, stride))
    Y = _conv_bn(Y, width, 3, 1)
    return layers.ReLU()(layers.Add()([Y, shortcut]))


def _conv_bn(X: keras.KerasTensor, width: int, size: int, stride: int) -> keras.KerasTensor:
    X = layers.Conv2D(
        width, size, strides=stride, padding="same", use_bias=False, kernel_initializer="he_normal"
    )(X)
    return layers.BatchNormalization(momentum=0.9)(X)  # 34 steps an epoch: 0.99 would lag behind


def shifted(images: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A batch of images, each moved by up to REACH pixels; the edge is repeated."""
    size = images.shape[1]
    wide = np.pad(images, ((0, 0), (REACH, REACH), (REACH, REACH), (0, 0)), mode="edge")
    places = random.integers(0, 2 * REACH + 1, (len(images), 2))
    return np.stack(
        [image[r : r + size, c : c + size] for image, (r, c) in zip(wide, places, strict=True)]
    )


def round_to_half(model: keras.Model) -> None:
    """Round all weights to what half precision can hold; they stay single precision."""
    model.set_weights([w.astype("float16").astype("float32") for w in model.get_weights()])


def saved(model: keras.Model, folder: Path) -> tuple[Path, Path]:
    """Write both files, without the optimiser's state."""
    folder.mkdir(parents=True, exist_ok=True)
    hdf5, native = folder / f"{NAME}.h5", folder / f"{NAME}.keras"
    model.save(hdf5, include_optimizer=False)
    keras.models.load_model(hdf5, compile=False).save(native)
    return native, hdf5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train_signs_small")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    keras.utils.set_random_seed(options.seed)
    signs = load_signs()
    print(signs)
    x_train, x_test = (x.astype("float32") / 255 for x in (signs.train_x, signs.test_x))
    y_train, y_test = (np.eye(6, dtype="float32")[y] for y in (signs.train_y, signs.test_y))
    model = network()
    steps = options.epochs * -(-len(x_train) // 32)
    rate = keras.optimizers.schedules.CosineDecay(3e-3, steps)
    model.compile(keras.optimizers.Adam(rate), "categorical_crossentropy", metrics=["accuracy"])
    print(f"{model.count_params():,} parameters")
    training.fit(model, x_train, y_train, epochs=options.epochs, augment=shifted, seed=options.seed)
    round_to_half(model)
    for path in saved(model, options.folder):
        print(f"{path}: {path.stat().st_size:,} bytes")
    print(f"test accuracy {model.evaluate(x_test, y_test, verbose=0)[1]:.3f}")


if __name__ == "__main__":
    main()
