"""Mixed precision and XLA for GPUs that benefit from them: `choose` sets and explains both.

Half-precision numbers and compiled kernels pay on a GPU with units for them, and cost time on a
CPU, which computes them slowly and compiles for minutes. So the choice depends on the machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras

from kerascheck.devices import Gpu, first_gpu

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
    chosen = decide(first_gpu(), always_compiled=keras.backend.backend() == "jax")
    keras.config.set_dtype_policy(chosen.policy)
    return chosen


def decide(gpu: Gpu | None, always_compiled: bool = False) -> Acceleration:
    """The choice for this GPU; None for no GPU.

    always_compiled: the backend is jax, which without XLA runs one operation after the other.
    """
    if gpu is None and always_compiled:
        return Acceleration("float32", True, "no GPU here, and jax is made for XLA on a CPU too")
    if gpu is None:
        return Acceleration("float32", False, "no GPU here: a CPU gains nothing from either")
    if gpu.capability is None:
        return Acceleration(
            "float32", True, f"{gpu.name}: whether it is fast at float16 is not known"
        )
    if gpu.capability < TENSOR_CORES:
        version = ".".join(map(str, gpu.capability))
        return Acceleration(
            "float32", True, f"{gpu.name}: compute capability {version} is below 7.0"
        )
    return Acceleration("mixed_float16", True, f"{gpu.name} computes in float16 on tensor cores")
