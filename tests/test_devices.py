"""The GPUs that are found, with a pretended one: no test machine need have one."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import keras
import pytest
import tensorflow as tf

from kerascheck.devices import Gpu, device_of_checks, first_gpu, gpu_names


def test_tensorflow_describes_the_first_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of its model and its compute capability; by the device's name where it tells none."""
    two = [SimpleNamespace(name=f"/physical_device:GPU:{i}") for i in range(2)]
    details = {"device_name": "NVIDIA H100", "compute_capability": (9, 0)}
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: two)
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details)
    assert first_gpu() == Gpu("NVIDIA H100", (9, 0))
    details.clear()
    assert first_gpu() == Gpu("/physical_device:GPU:0", None)


@pytest.mark.parametrize(
    ("version", "capability"), [("7.5", (7, 5)), ("12.0", (12, 0)), ("gfx90a", None), (None, None)]
)
def test_jax_describes_the_first_gpu(
    version: str | None, capability: tuple[int, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its compute capability comes as a text, and not from every maker."""
    gpu = SimpleNamespace(platform="gpu", device_kind="a GPU", compute_capability=version)
    jax = ModuleType("jax")
    jax.devices = lambda: [SimpleNamespace(platform="cpu"), gpu]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "jax", jax)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    assert first_gpu() == Gpu("a GPU", capability)
    jax.devices = lambda: [SimpleNamespace(platform="cpu")]  # type: ignore[attr-defined]
    assert first_gpu() is None


def test_another_backend_describes_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras may still list it: its name is known then, and nothing else."""
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    assert first_gpu() is None


def test_a_check_names_its_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the CPU; with a GPU the sentence says that training uses that."""
    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind: [])
    assert (gpu_names(), device_of_checks()) == ([], "Checked on the CPU.")
    monkeypatch.setattr(keras.distribution, "list_devices", lambda kind: ["gpu:0", "gpu:1"])
    assert device_of_checks().endswith("your training uses gpu:0, gpu:1.")


def test_this_machine_is_looked_at() -> None:
    """Without a GPU none is described; with one it has a name."""
    found = first_gpu()
    assert (found is None) is (not tf.config.list_physical_devices("GPU"))
    assert found is None or found.name
