"""How a notebook begins: it says what it runs on, and finds the pictures it will need."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import resnet_course


def begin(data: str) -> None:
    """Say which software and device this notebook has, and find, or draw, the pictures `data`.

    data: the name of a data set, such as "signs". Raises ValueError for one that there is not.
    """
    loader = f"load_{data}"
    if loader not in resnet_course.__all__:
        known = [name[5:] for name in resnet_course.__all__ if name.startswith("load_")]
        raise ValueError(f"there are no pictures called {data!r}; there are {', '.join(known)}")
    print(software())
    print(device())
    print("Pictures: looking for them, or drawing them, which is done once ...", flush=True)
    print(f"Pictures: {getattr(resnet_course, loader)()}")


def software() -> str:
    """One line: the versions that matter."""
    import keras

    backend = import_module(keras.backend.backend())
    return (
        f"Software: course {resnet_course.__version__}, Keras {keras.__version__} on "
        f"{backend.__name__} {backend.__version__}, Python {'.'.join(map(str, sys.version_info[:3]))}"
    )


def device() -> str:
    """One line: the device that Keras computes on, and what to do if that is slow."""
    import keras

    gpus = keras.distribution.list_devices("gpu")
    if gpus:
        return f"Device: {', '.join(gpus)}. Cells that train take seconds rather than minutes."
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    advice = (
        "If that is too slow: Runtime > Change runtime type > GPU, and run this cell again"
        if "google.colab" in sys.modules
        else "That is enough: cells that train for minutes say so"
    )
    return f"Device: the CPU, {cores} core{'' if cores == 1 else 's'}. {advice}."
