"""Start of a notebook: selects its unit, reports software and device, and finds its data set."""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec

import kerascheck
from kerascheck import published, quiet

# What is imported under another name than it is installed by.
IMPORTED_AS = {"opencv-python-headless": "cv2", "pillow": "PIL"}


class CannotBegin(Exception):
    """A notebook cannot begin here; the message says why and what to do."""


def begin(unit: str, package: str = "", data: str = "", needs: str = "") -> None:
    """Print the software and device of this notebook, and find or generate its data set.

    unit: its id, so that its checks are judged as those of this unit. package: the course's own
    package. data: the loader of its data set, "module:function". needs: the notebook's edition
    (`published.older`). Raises CannotBegin.
    """
    published.begin(unit, package, needs)
    old = published.older(unit, package, needs)
    if old:
        raise CannotBegin(f"{old[0].upper()}{old[1:]}. {published.UPGRADE}.")
    print(software())
    print(device())
    absent = missing(package)
    if absent:
        print(f"Not installed: {', '.join(absent)}. {_install(absent)}")
    if data:
        module, _, function = data.partition(":")
        print("Data: looking for the data set, or generating it once ...", flush=True)
        try:
            print(f"Data: {getattr(import_module(module), function)()}")
        except ModuleNotFoundError as error:
            names = {IMPORTED_AS.get(name, name): name for name in absent}
            if error.name not in names:
                raise
            needed = names[error.name]
            raise CannotBegin(
                f"This unit needs {needed}, which is not installed: run %pip install {needed} in a "
                "cell of its own, and restart the kernel."
            ) from None


def missing(package: str) -> list[str]:
    """The packages that the course declares and that are not installed, by the names that pip knows."""
    points = [point for point in entry_points(group=published.GROUP) if point.value == package]
    declared = [text for point in points if point.dist for text in point.dist.requires or []]
    names = [re.split(r"[^\w.-]", text)[0] for text in declared if "extra ==" not in text]
    return [n for n in names if find_spec(IMPORTED_AS.get(n, n.replace("-", "_"))) is None]


def _install(packages: list[str]) -> str:
    return (
        f"Where a cell needs {'one of them' if len(packages) > 1 else 'it'}, run "
        f"%pip install {' '.join(packages)} in a cell of its own, and restart the kernel."
    )


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
