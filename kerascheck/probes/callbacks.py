"""Settings of a callback or an optimiser, as plain values that a judge can compare."""

from __future__ import annotations

from typing import Any

import keras

SETTINGS = {
    "ReduceLROnPlateau": ("monitor", "factor", "patience", "cooldown", "min_lr"),
    "ModelCheckpoint": (
        "filepath",
        "monitor",
        "save_best_only",
        "save_weights_only",
        "save_freq",
    ),
    "EarlyStopping": ("monitor", "patience", "restore_best_weights"),
}
OPTIMISER_SETTINGS = ("learning_rate", "weight_decay")
EPOCHS = (0, 9, 10, 25, 40)
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
    settings = [(key, getattr(optimiser, key, None)) for key in OPTIMISER_SETTINGS]
    return [
        (name, "present"),
        *((f"{name}: {key}", None if v is None else float(v)) for key, v in settings),
    ]


def _callback(callback: Any) -> list[tuple[str, Any]]:
    name = _kind(callback)
    parts: list[tuple[str, Any]] = [(name, "present")]
    parts += [(f"{name}: {key}", getattr(callback, key, None)) for key in SETTINGS.get(name, ())]
    if "monitor" in SETTINGS.get(name, ()):
        parts.append((f"{name}: what counts as better", _direction(callback)))
    if name == "LearningRateScheduler":
        parts += [
            (f"{name}: rate in epoch {epoch}", _rate(callback.schedule, epoch)) for epoch in EPOCHS
        ]
    return parts


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
