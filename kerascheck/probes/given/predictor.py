"""A stand-in for a trained classifier, for functions that take one (`arguments.Colours`)."""

from __future__ import annotations

from typing import Any

import numpy as np


class Predictor:
    """Predicts from the means of red, green and blue in each image, and records the batch sizes."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, pictures: Any) -> np.ndarray:
        if not hasattr(pictures, "shape"):
            raise TypeError(f"predict takes one array, found {type(pictures).__name__}")
        pictures = np.asarray(pictures, np.float32)
        if not len(pictures):
            raise ValueError("predict was called without an image")
        if pictures.ndim != 4 or pictures.shape[3] != 3:
            raise ValueError(
                f"predict takes images (count, height, width, 3), found {pictures.shape}"
            )
        self.sizes.append(len(pictures))
        means = 3 * pictures.mean(axis=(1, 2), dtype=np.float64)
        scores: np.ndarray = np.exp(means - means.max(axis=1, keepdims=True))
        return (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
