"""Mixed precision and XLA for GPUs that benefit from them: `choose` sets and explains both.

Half-precision numbers and compiled kernels pay on a GPU with units for them, and cost time on a
CPU, which computes them slowly and compiles for minutes. So the choice depends on the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

TENSOR_CORES = (7, 0)  # NVIDIA's compute capability from which float16 is fast


@dataclass(frozen=True)
class Acceleration:
    """A choice: Keras's dtype policy, whether to compile with XLA, and why."""

    policy: str
    jit_compile: bool
    why: str

    def __str__(self) -> str:
        mixed = "yes" if self.policy.startswith("mixed") else "no"
        xla = "yes" if self.jit_compile else "no"
        return f"mixed precision: {mixed}; XLA: {xla} ({self.why})"


def choose() -> Acceleration:
    """Choose for this machine, and set Keras's dtype policy for the models built from now on.

    Hand the result's `jit_compile` to `model.compile`. With mixed precision a model should end in a
    layer with ``dtype="float32"``, so that small probabilities are not rounded to zero.
    """
    chosen = decide(*_first_gpu(), always_compiled=keras.backend.backend() == "jax")
    keras.config.set_dtype_policy(chosen.policy)
    return chosen


def decide(
    gpu: str | None, capability: tuple[int, int] | None, always_compiled: bool = False
) -> Acceleration:
    """The choice for a GPU of this name and compute capability; None for no GPU, or if unknown.

    always_compiled: the backend is jax, which without XLA runs one operation after the other.
    """
    if gpu is None and always_compiled:
        return Acceleration("float32", True, "no GPU here, and jax is made for XLA on a CPU too")
    if gpu is None:
        return Acceleration("float32", False, "no GPU here: a CPU gains nothing from either")
    if capability is None:
        return Acceleration("float32", True, f"{gpu}: whether it is fast at float16 is not known")
    if capability < TENSOR_CORES:
        version = ".".join(map(str, capability))
        return Acceleration("float32", True, f"{gpu}: compute capability {version} is below 7.0")
    return Acceleration("mixed_float16", True, f"{gpu} computes in float16 on tensor cores")


def _first_gpu() -> tuple[str | None, tuple[int, int] | None]:
    """The name and compute capability of the first GPU that the backend would use."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        if not gpus:
            return None, None
        details = tf.config.experimental.get_device_details(gpus[0])
        return details.get("device_name", gpus[0].name), details.get("compute_capability")
    if backend == "jax":
        import jax

        found: list[Any] = [device for device in jax.devices() if device.platform == "gpu"]
        if not found:
            return None, None
        version = str(getattr(found[0], "compute_capability", "")).split(".")
        known = len(version) == 2 and all(part.isdigit() for part in version)
        return found[0].device_kind, (int(version[0]), int(version[1])) if known else None
    return None, None
