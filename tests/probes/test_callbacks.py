"""Callbacks and optimisers are told apart by every setting that Keras's classes take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest
from keras.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau

from kerascheck import check
from kerascheck.check import collecting
from kerascheck.evidence.evidence import Evidence
from kerascheck.judge.judge import judge


def made(make: Callable[[], Any]) -> Evidence:
    with collecting("secret") as found:
        check.values(lambda: make())
    return found[0]


def is_right(right: Callable[[], Any], other: Callable[[], Any]) -> bool:
    return judge("f", 10, [(made(right), made(other))]).passed


def stopping(**settings: Any) -> EarlyStopping:
    return EarlyStopping(patience=3, restore_best_weights=True, **settings)


def without_decay(**settings: Any) -> keras.optimizers.Optimizer:
    optimiser = keras.optimizers.AdamW(**settings)
    optimiser.exclude_from_weight_decay(var_names=["kernel"])
    return optimiser


@pytest.mark.parametrize(
    ("right", "other", "same"),
    [
        (stopping, lambda: stopping(monitor="val_loss"), True),
        (stopping, lambda: stopping(min_delta=0.0), True),
        (stopping, lambda: stopping(mode="min", verbose=1), True),
        (stopping, lambda: EarlyStopping(patience=3.0, restore_best_weights=1), True),
        (stopping, lambda: stopping(min_delta=0.5), False),
        (stopping, lambda: stopping(baseline=0.7), False),
        (stopping, lambda: stopping(start_from_epoch=5), False),
        (stopping, lambda: stopping(mode="max"), False),
        (ReduceLROnPlateau, lambda: ReduceLROnPlateau(cooldown=1), False),
        (lambda: ModelCheckpoint("a.keras"), lambda: ModelCheckpoint(Path("a.keras")), True),
        (
            lambda: ModelCheckpoint("a.keras", save_best_only=True),
            lambda: ModelCheckpoint("a.keras", save_best_only=True, initial_value_threshold=0.5),
            False,
        ),
        (keras.optimizers.AdamW, lambda: keras.optimizers.Adam(weight_decay=0.004), True),
        (keras.optimizers.AdamW, without_decay, False),
        (keras.optimizers.AdamW, lambda: keras.optimizers.AdamW(clipnorm=1.0), False),
        (keras.optimizers.Adam, lambda: keras.optimizers.Adam(amsgrad=True), False),
        (keras.optimizers.Adam, lambda: keras.optimizers.Adam(beta_1=0.8), False),
        (lambda: [stopping()], lambda: (stopping(),), True),
        (lambda: [stopping()], lambda: [EarlyStopping(monitor="loss"), stopping()], False),
        (lambda: [stopping()], lambda: [stopping(), EarlyStopping(monitor="loss")], False),
    ],
)
def test_settings_make_the_difference(
    right: Callable[[], Any], other: Callable[[], Any], same: bool
) -> None:
    assert is_right(right, other) is same


def test_the_order_counts_in_a_tuple_and_not_in_a_list() -> None:
    two = (stopping(), ReduceLROnPlateau())
    assert is_right(lambda: [*two], lambda: [*two[::-1]])
    assert is_right(lambda: two, lambda: [*two])
    assert not is_right(lambda: two, lambda: two[::-1])
