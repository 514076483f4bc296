"""The models of unit 4 and their training need Keras alone: the same cells under another backend."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.support.lesson_cells import lesson

TRAIN = """
import sys

sys.modules["tensorflow"] = None  # whoever imports it fails

import numpy as np
import keras
from keras import layers, regularizers
from keras.models import Model

{cells}

assert keras.backend.backend() == "jax", keras.backend.backend()
from kerascheck import check
from resnet_course import training
from resnet_course.training import acceleration
from resnet_course.training.evaluation import Report

random = np.random.default_rng(0)
true = np.arange(48) % 3
x = random.normal(0, 0.1, (48, 32, 32, 3)).astype("float32")
x[np.arange(48), ..., true] += 1
y = np.eye(3, dtype="float32")[true]
keras.utils.set_random_seed(1)
model = resnet_v2((32, 32, 3), 11, num_classes=3, start_width=4)
speed = acceleration.choose()
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"], jit_compile=speed.jit_compile)
run = training.fit(model, x, y, epochs=4, batch_size=8, progress=False)
assert run.history["loss"][-1] < 0.7 * run.history["loss"][0], run.history
print(Report.of(true, model.predict(x, verbose=0), "rgb"))
with check.collecting("a secret") as evidence:
    check.block(residual_unit, shape=(2, 6, 7, 4), num_filters=3, activation="tanh")
assert evidence[0].status == "ok", evidence[0].error
print("trained without TensorFlow")
"""


@pytest.mark.skipif(find_spec("jax") is None, reason="jax is not installed (it is not in the lock)")
def test_version_2_trains_on_jax() -> None:
    """Network, training, report and probes run where TensorFlow is never imported."""
    cells = lesson("unit4").cells
    head = lesson("unit4").given.partition("def head")[2]
    parts = [f"def head{head}", cells["residual_unit"], cells["resnet_v2"]]
    done = subprocess.run(
        [sys.executable, "-c", TRAIN.format(cells="\n\n".join(parts))],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.endswith("trained without TensorFlow\n")
