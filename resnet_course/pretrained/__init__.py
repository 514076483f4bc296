"""A small residual network trained on SIGNS, so that a trained model is at hand without training.

`benchmarks/train_signs_small.py` in the course's repository makes both files: `.keras`, Keras's own
format, and `.h5`, which Keras writes with h5py. It wants images (count, 64, 64, 3), red, green, blue,
divided by 255.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
NAME = "signs_small"
SIGNS_KERAS = FOLDER / f"{NAME}.keras"
SIGNS_HDF5 = FOLDER / f"{NAME}.h5"
