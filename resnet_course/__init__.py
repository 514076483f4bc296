"""Residual networks, from the first block to whole systems: the student's side of the course.

The public surface is what notebooks use. Each part is imported when it is first used, so importing
the package costs little and prints nothing.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

# TensorFlow prints start-up notes to stderr unless it is told not to before it is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# OpenCV warns on stderr of each file that it cannot read; None is what it returns, and enough.
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")

__version__ = "0.1.0"

_HOMES = {
    "acceleration": "resnet_course.acceleration",
    "bands": "resnet_course.bands",
    "check": "resnet_course.check",
    "drawing": "resnet_course.drawing",
    "figures": "resnet_course.figures",
    "imagenet": "resnet_course.imagenet",
    "inference": "resnet_course.inference",
    "plots": "resnet_course.plots",
    "preactivation": "resnet_course.preactivation",
    "report": "resnet_course.report",
    "session": "resnet_course.session",
    "training": "resnet_course.training",
    "load_cats_dogs": "resnet_course.datasets.cats_dogs",
    "load_cifar10": "resnet_course.datasets.cifar10",
    "load_signs": "resnet_course.datasets.signs",
}

__all__ = [
    "__version__",
    "acceleration",
    "bands",
    "check",
    "drawing",
    "figures",
    "imagenet",
    "inference",
    "load_cats_dogs",
    "load_cifar10",
    "load_signs",
    "plots",
    "preactivation",
    "report",
    "session",
    "training",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(_HOMES[name])
    value = module if module.__name__.endswith(f".{name}") else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
