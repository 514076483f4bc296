"""Settings of a callback or an optimiser, as plain values that a judge can compare.

Every argument that Keras's class takes is a setting, but for names and how much it prints.
"""

from __future__ import annotations

import inspect
from typing import Any

import keras
import numpy as np

LEFT_OPEN = ("self", "name", "verbose", "mode", "schedule", "args", "kwargs", "options")
KEPT_AS = {"initial_value_threshold": "best"}  # attributes that have another name
MODES = ("ReduceLROnPlateau", "ModelCheckpoint", "EarlyStopping")  # have a mode
# Settings of optimisers that say the same as others, or that nothing here can show.
UNCOMPARED = ("name", "loss_scale_factor", "gradient_accumulation_steps")
SAMPLED = ("kernel", "bias", "gamma")  # variables that weight decay may leave out
EPOCHS = (0, 9, 10, 25, 40, 77, 123, 199)
START_RATE = 0.1


def is_described(value: Any) -> bool:
    """Whether a value is a callback or an optimiser."""
    return isinstance(value, keras.callbacks.Callback | keras.optimizers.Optimizer)


def described(value: Any) -> list[tuple[str, Any]]:
    """Names and values: its presence and its settings. A student's subclass counts as its base."""
    if isinstance(value, keras.optimizers.Optimizer):
        return _optimiser(value)
    return _callback(value)


def _optimiser(optimiser: Any) -> list[tuple[str, Any]]:
    """Adam with a weight decay is AdamW by another name."""
    name = "Adam" if isinstance(optimiser, keras.optimizers.Adam) else _kind(optimiser)
    config = optimiser.get_config()
    settings = {key: config[key] for key in sorted(config) if key not in UNCOMPARED}
    if not settings.get("use_ema"):  # these two would change nothing
        settings = {key: v for key, v in settings.items() if not key.startswith("ema_")}
    left_out = [key for key in SAMPLED if optimiser.weight_decay and not _decays(optimiser, key)]
    settings["without decay"] = ", ".join(left_out) or None
    return [(name, "present"), *((f"{name}: {key}", _plain(v)) for key, v in settings.items())]


def _decays(optimiser: Any, name: str) -> bool:
    """Whether weight decay applies to a variable of this name."""
    return bool(optimiser._use_weight_decay(keras.Variable(np.zeros(1), name=name)))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float | np.number) or hasattr(value, "numpy"):
        return float(value) if np.isfinite(float(value)) else None
    return str(value)[:200]


def _callback(callback: Any) -> list[tuple[str, Any]]:
    name = _kind(callback)
    parts: list[tuple[str, Any]] = [(name, "present")]
    parts += [
        (f"{name}: {key}", _setting(callback, key, default))
        for key, default in _settings_of(callback).items()
    ]
    if name in MODES:
        parts.append((f"{name}: what counts as better", _direction(callback)))
    if name == "LearningRateScheduler":
        parts += [
            (f"{name}: rate in epoch {epoch}", _rate(callback.schedule, epoch)) for epoch in EPOCHS
        ]
    return parts


def _settings_of(callback: Any) -> dict[str, Any]:
    """The arguments of Keras's own class, with their defaults."""
    own = next((b for b in type(callback).__mro__ if b.__module__.startswith("keras.")), None)
    taken = {} if own is None else inspect.signature(own).parameters
    return {key: p.default for key, p in taken.items() if key not in LEFT_OPEN}


def _setting(callback: Any, key: str, default: Any) -> Any:
    """A setting as it is kept. Keras turns the sign of a difference according to the direction."""
    value = getattr(callback, KEPT_AS.get(key, key), None)
    if key == "min_delta" and isinstance(value, int | float):
        return abs(float(value))
    return bool(value) if isinstance(default, bool) else _plain(value)


def _kind(callback: Any) -> str:
    for base in type(callback).__mro__:
        if base.__module__.startswith("keras."):
            return base.__name__
    return type(callback).__name__[:80]


def _direction(callback: Any) -> str:
    """Mode "auto" means: an accuracy should rise, everything else fall."""
    mode = str(getattr(callback, "mode", "auto"))
    if mode not in ("min", "max"):
        mode = "max" if "acc" in str(callback.monitor) else "min"
    return {"max": "more", "min": "less"}[mode]


def _rate(schedule: Any, epoch: int) -> float:
    """A schedule takes the epoch or, as Keras allows, the epoch and the current rate."""
    try:
        return float(schedule(epoch, START_RATE))
    except TypeError:
        return float(schedule(epoch))
