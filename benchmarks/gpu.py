"""How fast the course's networks train: images per second and the time of 20 epochs, in float32 and mixed.

    python -m benchmarks.gpu [NETWORK ...] [--epochs 20] [--images N] [--json FILE]

It runs wherever Keras does: on a GPU if there is one, on TensorFlow if that is installed and on jax
otherwise (KERAS_BACKEND chooses). The images are noise, which takes as long as photographs. The first
epoch traces and compiles: it counts for the time of all epochs and not for the images per second.

On a CPU mixed precision is slower: run it there for form, with few images (`--images 64 --epochs 2`).
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

if find_spec("tensorflow") is None:
    os.environ.setdefault("KERAS_BACKEND", "jax")

import kerascheck  # noqa: F401, I001  (first: it lets notebooks and this share a GPU)
import keras
import numpy as np

from kerascheck.devices import first_gpu, gpu_names

ROOT = Path(__file__).parents[1]
POLICIES = ("float32", "mixed_float16")
OPTIONAL = ("tensorflow", "cv2")  # imported by units whose networks do not need them


@dataclass(frozen=True)
class Network:
    """A network of the course. notebook: in source/. images: as many as the unit has as a stand-in."""

    name: str
    notebook: str
    build: Callable[[dict[str, Any]], keras.Model]
    size: int
    classes: int
    images: int
    batch: int = 32


NETWORKS = (
    Network(
        "resnet50",
        "unit1-residual-networks/residual_networks",
        lambda of: of["ResNet50"](input_shape=(64, 64, 3), classes=6),
        size=64,
        classes=6,
        images=1080,
    ),
    Network(
        "cats-and-dogs",
        "unit2-cats-and-dogs/cats_and_dogs",
        lambda of: keras.applications.ResNet50(
            weights=None, input_shape=(64, 64, 3), classes=2, name="cats_and_dogs"
        ),
        size=64,
        classes=2,
        images=300,
        batch=64,
    ),
    Network(
        "resnet20-v1",
        "unit3-resnet-v1/resnet_v1",
        lambda of: of["resnet_v1"]((32, 32, 3), 20),
        size=32,
        classes=10,
        images=5000,
    ),
    Network(
        "resnet11-v2",
        "unit4-resnet-v2/resnet_v2",
        lambda of: of["resnet_v2"]((32, 32, 3), 11),
        size=32,
        classes=10,
        images=5000,
    ),
    Network(
        "resnet18",
        "unit5-resnet-family/resnet_family",
        lambda of: of["resnet"](18, input_shape=(32, 32, 3), classes=6, width=16),
        size=32,
        classes=6,
        images=1080,
    ),
)


@dataclass(frozen=True)
class Measured:
    """One run. seconds: of all epochs. peak: bytes of GPU memory; None where that is not known."""

    network: str
    policy: str
    device: str
    backend: str
    epochs: int
    images: int
    images_per_second: float
    first_epoch: float
    seconds: float
    peak: int | None

    def __str__(self) -> str:
        peak = "-" if self.peak is None else f"{self.peak / 2**30:.2f}"
        return (
            f"{self.network:14} {self.policy:14} {self.images_per_second:9.0f} "
            f"{self.first_epoch:10.1f} {self.seconds:10.1f} {peak:>9}"
        )


class Clock(keras.callbacks.Callback):
    """The seconds of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[float] = []
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epochs.append(time.perf_counter() - self._start)


def measure(network: Network, policy: str, epochs: int, images: int | None = None) -> Measured:
    """Train a network on noise. epochs: two at least, since the first is apart."""
    count = images or network.images
    random = np.random.default_rng(0)
    x = random.random((count, network.size, network.size, 3), dtype=np.float32)
    y = np.eye(network.classes, dtype="float32")[random.integers(0, network.classes, count)]
    clock = Clock()
    keras.backend.clear_session()
    with policy_of(policy):
        _forget_peak()
        model = network.build(definitions(network.notebook))
        model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        batch = min(network.batch, count)
        model.fit(x, y, epochs=epochs, batch_size=batch, verbose=0, callbacks=[clock])
    first, *others = clock.epochs
    return Measured(
        network.name,
        policy,
        device(),
        f"{keras.backend.backend()}, Keras {keras.__version__}",
        epochs,
        count,
        count / statistics.median(others),
        first,
        sum(clock.epochs),
        _peak(),
    )


@contextmanager
def policy_of(policy: str) -> Iterator[None]:
    """Keras's dtype policy for the models that are built meanwhile."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def definitions(notebook: str) -> dict[str, Any]:
    """What the imports and the solution cells of a notebook in source/ define.

    A package in OPTIONAL that is not installed is left out.
    """
    file = ROOT / "source" / f"{notebook}.ipynb"
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in json.loads(file.read_text("utf-8"))["cells"]:
        nbgrader = cell["metadata"].get("nbgrader", {})
        tests = not nbgrader or nbgrader["grade"] or "ungraded" in cell["metadata"].get("tags", ())
        if cell["cell_type"] != "code" or tests:
            continue
        for statement in ast.parse("".join(cell["source"])).body:
            code = compile(ast.Module([statement], []), str(file), "exec")
            try:
                exec(code, names)
            except ModuleNotFoundError as error:
                if error.name not in OPTIONAL:
                    raise
    return names


def device() -> str:
    """The device that is measured."""
    gpu = first_gpu()
    if gpu is not None:
        return gpu.name
    return ", ".join(gpu_names()) or f"CPU, {os.cpu_count()} cores"


def _forget_peak() -> None:
    if keras.backend.backend() == "tensorflow" and gpu_names():
        import tensorflow as tf

        tf.config.experimental.reset_memory_stats("GPU:0")


def _peak() -> int | None:
    """The most bytes of GPU memory in use since `_forget_peak`."""
    if keras.backend.backend() != "tensorflow" or not gpu_names():
        return None
    import tensorflow as tf

    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])


def main(arguments: Sequence[str] | None = None) -> int:
    names = [network.name for network in NETWORKS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=f"of {', '.join(names)}")
    parser.add_argument("--epochs", type=int, default=20, help="two or more (default: 20)")
    parser.add_argument("--images", type=int, help="instead of as many as the unit has")
    parser.add_argument("--json", type=Path, help="also write the numbers here")
    options = parser.parse_args(arguments)
    if options.epochs < 2:
        parser.error("--epochs must be 2 or more: the first epoch is not measured")
    unknown = sorted({*options.networks} - {*names})
    if unknown:
        parser.error(f"there is no network {', '.join(unknown)}; there are {', '.join(names)}")
    print(f"{device()}; {keras.backend.backend()}, Keras {keras.__version__}")
    print(
        f"{'network':14} {'policy':14} {'images/s':>9} {'1st epoch':>10} "
        f"{f'{options.epochs} epochs':>10} {'peak GiB':>9}"
    )
    results = []
    for network in NETWORKS:
        for policy in POLICIES if network.name in (options.networks or names) else ():
            results.append(measure(network, policy, options.epochs, options.images))
            print(results[-1], flush=True)
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in results], indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
