"""The parts of this course that its notebooks use: data sets, figures, and a training toolkit.

Each part is imported when it is first used, so importing the package costs little and prints nothing.
"""

from __future__ import annotations

import logging
import os
from importlib import import_module
from typing import Any

from kerascheck import __version__  # first: it silences TensorFlow's start-up messages

# OpenCV warns on stderr about each file that it cannot read; its result None is enough.
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
# matplotlib warns there that the first figure of an account takes a moment.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

LOADERS = {
    "load_cats_dogs": "resnet_course.datasets.cats_dogs",
    "load_cifar10": "resnet_course.datasets.cifar10",
    "load_signs": "resnet_course.datasets.signs",
}

__all__ = ["__version__", "load_cats_dogs", "load_cifar10", "load_signs"]


def __getattr__(name: str) -> Any:
    if name not in LOADERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(LOADERS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
