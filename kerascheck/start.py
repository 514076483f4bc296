"""Start of a notebook: selects its unit, reports software and device, and finds its data set."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import kerascheck
from kerascheck import published, quiet


def begin(unit: str, package: str = "", data: str = "") -> None:
    """Print the software and device of this notebook, and find or generate its data set.

    unit: its id, so that its checks are judged as those of this unit. package: the course's own
    package. data: the loader of its data set, "module:function".
    """
    published.begin(unit, package)
    print(software())
    print(device())
    if data:
        module, _, function = data.partition(":")
        print("Data: looking for the data set, or generating it once ...", flush=True)
        print(f"Data: {getattr(import_module(module), function)()}")


def software() -> str:
    """One line with the relevant versions."""
    import keras

    backend = import_module(keras.backend.backend())
    return (
        f"Software: kerascheck {kerascheck.__version__}, Keras {keras.__version__} on "
        f"{backend.__name__} {backend.__version__}, Python {'.'.join(map(str, sys.version_info[:3]))}"
    )


def device() -> str:
    """One line with the device that Keras computes on, and advice if it is slow."""
    with quiet.notes_hidden():  # the backend looks for GPUs now
        from kerascheck.devices import first_gpu, gpu_names

        gpus, first = gpu_names(), first_gpu()
    if gpus:
        name = f" ({first.name})" if first else ""
        return (
            f"Device: {', '.join(gpus)}{name}. Cells that train take seconds rather than minutes."
        )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    advice = (
        "If that is too slow: Runtime > Change runtime type > GPU, and run this cell again"
        if "google.colab" in sys.modules
        else "That is enough: cells that train for minutes say so"
    )
    return f"Device: the CPU, {cores} core{'' if cores == 1 else 's'}. {advice}."
