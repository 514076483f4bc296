"""The GPUs that Keras computes on, and how their backend describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras


@dataclass(frozen=True)
class Gpu:
    """A GPU. capability: NVIDIA's compute capability; None where the backend does not tell it."""

    name: str
    capability: tuple[int, int] | None = None


def gpu_names() -> list[str]:
    """What Keras calls the GPUs here, such as "gpu:0"; [] without one."""
    return list(keras.distribution.list_devices("gpu"))


def first_gpu() -> Gpu | None:
    """The first GPU that the backend would use; None without one, or for a backend other than
    TensorFlow and jax."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        if not gpus:
            return None
        details = tf.config.experimental.get_device_details(gpus[0])
        return Gpu(details.get("device_name", gpus[0].name), details.get("compute_capability"))
    if backend == "jax":
        import jax

        found: list[Any] = [device for device in jax.devices() if device.platform == "gpu"]
        if not found:
            return None
        version = str(getattr(found[0], "compute_capability", "")).split(".")
        known = len(version) == 2 and all(part.isdigit() for part in version)
        return Gpu(found[0].device_kind, (int(version[0]), int(version[1])) if known else None)
    return None


def device_of_checks() -> str:
    """Where probes run, as a sentence: on the CPU, whatever a notebook trains on."""
    gpus = gpu_names()
    if not gpus:
        return "Checked on the CPU."
    return f"Checked on the CPU, as the grader does; your training uses {', '.join(gpus)}."
