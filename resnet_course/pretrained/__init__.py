"""A small residual network trained on SIGNS, so that a trained model is at hand without training.

`benchmarks/train_signs_small.py` in the course's repository makes both files: `.keras`, Keras's own
format, and `.h5`, which Keras writes with h5py. It wants images (count, 64, 64, 3), red, green, blue,
divided by 255.
"""

from __future__ import annotations

import tempfile
from importlib.resources import files
from pathlib import Path

FOLDER = Path(__file__).parent
NAME = "signs_small"
_unpacked: list[tempfile.TemporaryDirectory[str]] = []  # until the process ends


def _on_disk(name: str) -> Path:
    """The path of a file of this package; Keras reads none inside a wheel, so from there it is copied."""
    resource = files(__name__) / name
    if isinstance(resource, Path):
        return resource
    if not _unpacked:
        _unpacked.append(tempfile.TemporaryDirectory(prefix=f"{NAME}-"))
    path = Path(_unpacked[0].name) / name
    path.write_bytes(resource.read_bytes())
    return path


SIGNS_KERAS = _on_disk(f"{NAME}.keras")
SIGNS_HDF5 = _on_disk(f"{NAME}.h5")
