"""What suits which machine, and that the choice says why."""

from __future__ import annotations

import keras
import pytest

from kerascheck.devices import Gpu
from resnet_course.training import acceleration


@pytest.mark.parametrize(
    ("gpu", "policy", "jit", "said"),
    [
        (None, "float32", False, "mixed precision: no; XLA: no (no GPU here"),
        (Gpu("GTX 1080", (6, 1)), "float32", True, "mixed precision: no; XLA: yes (GTX 1080"),
        (Gpu("H100", (9, 0)), "mixed_float16", True, "mixed precision: yes; XLA: yes (H100"),
        (Gpu("another"), "float32", True, "mixed precision: no; XLA: yes (another"),
    ],
)
def test_the_choice_follows_the_gpu(gpu: Gpu | None, policy: str, jit: bool, said: str) -> None:
    """No GPU, neither; an old one, XLA alone; one with tensor cores, both."""
    chosen = acceleration.decide(gpu)
    assert (chosen.policy, chosen.jit_compile) == (policy, jit)
    assert str(chosen).startswith(said)


def test_jax_is_compiled_wherever_it_runs() -> None:
    """Without XLA jax would run one operation after the other; half-length numbers need a GPU."""
    chosen = acceleration.decide(None, always_compiled=True)
    assert str(chosen).startswith("mixed precision: no; XLA: yes (no GPU here")
    assert chosen.policy == "float32"


@pytest.mark.parametrize("gpu", [None, Gpu("H100", (9, 0))])
def test_models_built_afterwards_follow_the_choice(
    gpu: Gpu | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dtype policy is that of the choice, and float32 where there is no GPU."""
    monkeypatch.setattr(acceleration, "first_gpu", lambda: gpu)
    try:
        chosen = acceleration.choose()
        assert keras.layers.Dense(1).dtype_policy.name == chosen.policy
    finally:
        keras.config.set_dtype_policy("float32")
