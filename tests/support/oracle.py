"""Residual blocks in NumPy alone, written from the text of the assignment: an oracle for the reference.

It shares no code with Keras, nor with the course. Arrays are (batch, height, width, channels), float64.
Convolutions, their padding and batch normalisation follow the formulas of the papers and the defaults
that Keras documents (epsilon 1e-3; in training mode the statistics of the batch, with the biased
variance, take the place of the moving ones).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

EPSILON = 1e-3


@dataclass(frozen=True)
class Convolution:
    """kernel: (height, width, channels in, filters). bias: (filters,)."""

    kernel: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class BatchNorm:
    """Four arrays of one number for each channel."""

    gamma: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    variance: np.ndarray


@dataclass(frozen=True)
class Component:
    """A convolution and the batch norm after it."""

    convolution: Convolution
    norm: BatchNorm


def identity_block(x: np.ndarray, path: Mapping[str, Component], training: bool) -> np.ndarray:
    """path: components ``2a``, ``2b``, ``2c``."""
    return relu(main_path(x, path, 1, training) + x)


def convolutional_block(
    x: np.ndarray, path: Mapping[str, Component], stride: int, training: bool
) -> np.ndarray:
    """path: components ``2a``, ``2b``, ``2c`` and the shortcut's, ``1``."""
    shortcut = normalised(convolved(x, path["1"].convolution, stride), path["1"].norm, training)
    return relu(main_path(x, path, stride, training) + shortcut)


def main_path(
    x: np.ndarray, path: Mapping[str, Component], stride: int, training: bool
) -> np.ndarray:
    x = relu(normalised(convolved(x, path["2a"].convolution, stride), path["2a"].norm, training))
    x = same_padded(x, path["2b"].convolution.kernel.shape[:2])
    x = relu(normalised(convolved(x, path["2b"].convolution), path["2b"].norm, training))
    return normalised(convolved(x, path["2c"].convolution), path["2c"].norm, training)


def convolved(x: np.ndarray, convolution: Convolution, stride: int = 1) -> np.ndarray:
    """A convolution without padding, in steps of `stride`: one output for each place that fits."""
    height, width, _, filters = convolution.kernel.shape
    rows = range(0, x.shape[1] - height + 1, stride)
    columns = range(0, x.shape[2] - width + 1, stride)
    result = np.zeros((len(x), len(rows), len(columns), filters))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            window = x[:, row : row + height, column : column + width, :]
            for k in range(filters):
                result[:, i, j, k] = (window * convolution.kernel[..., k]).sum(axis=(1, 2, 3))
    return result + convolution.bias


def same_padded(x: np.ndarray, window: Sequence[int]) -> np.ndarray:
    """Zeros around the picture, so that stride 1 keeps its size; the odd one at the end."""
    extra = [size - 1 for size in window]
    return np.pad(x, [(0, 0), *((n // 2, n - n // 2) for n in extra), (0, 0)])


def normalised(x: np.ndarray, norm: BatchNorm, training: bool) -> np.ndarray:
    """Ioffe & Szegedy, 2015, algorithms 1 (training) and 2 (inference)."""
    mean, variance = norm.mean, norm.variance
    if training:
        mean = x.mean(axis=(0, 1, 2))
        variance = ((x - mean) ** 2).mean(axis=(0, 1, 2))
    return norm.gamma * (x - mean) / np.sqrt(variance + EPSILON) + norm.beta


def relu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, 0.0)
