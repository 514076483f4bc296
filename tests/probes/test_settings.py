"""What a session has set makes no difference to its checks, and is as it was afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import keras
import pytest

from kerascheck import check
from kerascheck.probes.settings import default_settings

# One after the other in one process, those that cannot be undone last: each comes on top of those before.
HABITS = {
    "mixed precision": "keras.mixed_precision.set_global_policy('mixed_float16')",
    "bfloat16": "keras.config.set_dtype_policy('mixed_bfloat16')",
    "float64": "keras.config.set_floatx('float64')",
    "float64 by the old name": "keras.backend.set_floatx('float64')",
    "channels first": "keras.config.set_image_data_format('channels_first')",
    "warnings as errors": "warnings.simplefilter('error')",
    "floating-point errors": "np.seterr(all='raise')",
    "functions that run eagerly": "tf.config.run_functions_eagerly(True)",
    "determinism": "tf.config.experimental.enable_op_determinism()",
    "NumPy's rules": "tf.experimental.numpy.experimental_enable_numpy_behavior()",
    "numerical checks": "tf.debugging.enable_check_numerics()",
    "a cleared session": "keras.backend.clear_session()",
    "seeds": "keras.utils.set_random_seed(3)",
    "a short recursion limit": "sys.setrecursionlimit(1100)",
    "graphs": "tf.compat.v1.disable_eager_execution()",
    "version 1": "tf.compat.v1.disable_v2_behavior()",
}
SCRIPT = """
import json, os, sys, warnings
import keras, numpy as np, tensorflow as tf
from keras import layers
from kerascheck import check

def block(X, units):
    start = keras.initializers.GlorotUniform(seed=0)
    X = layers.Conv2D(units, 3, padding="same", kernel_initializer=start)(X)
    X = layers.BatchNormalization()(X)
    return layers.Dropout(0.5)(layers.Activation("relu")(X))

def chances(X):
    return keras.ops.softmax(X)

def evidence():
    with check.collecting("a secret") as found:
        check.block(block, shape=(2, 6, 6, 3), units=4)
        check.model(lambda: keras.Sequential([keras.Input((4,)), layers.Dense(3, "tanh")]))
        check.values(chances, check.normal(3, 4))
    return [item.to_plain() for item in found]

def session():
    config = keras.config
    policy = config.dtype_policy().name
    return [config.floatx(), config.image_data_format(), policy, tf.executing_eagerly(),
            isinstance(tf.TensorShape([1])[0], int), len(warnings.filters), np.geterr()]

before = evidence()
for name, code in json.loads(sys.argv[1]).items():
    exec(code)
    set_up = session()
    after = evidence()
    errors = [item["error"] for item in after]
    print(json.dumps([name, before == after, set_up == session(), errors]), flush=True)
"""


@pytest.mark.slow
def test_no_setting_of_a_session_changes_evidence(subtests: pytest.Subtests) -> None:
    """The same, to the digit; and what was set is still set."""
    command = [sys.executable, "-c", SCRIPT, json.dumps(HABITS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert [name for name, *_ in lines] == [*HABITS]
    for name, same, restored, errors in lines:
        with subtests.test(name):
            assert (same, restored) == (True, True), errors


def test_settings_come_back_after_an_error() -> None:
    """Whatever a student's function raises, and whatever it sets itself."""
    keras.config.set_floatx("float16")
    try:
        with pytest.raises(ZeroDivisionError), default_settings():
            assert keras.config.floatx() == "float32"
            keras.config.set_floatx("float64")
            raise ZeroDivisionError
        assert keras.config.floatx() == "float16"
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("keras.config.set_dtype_policy('mixed_float16')", "the dtype policy, to mixed_float16"),
        ("keras.mixed_precision.set_global_policy('mixed_bfloat16')", "the dtype policy, to"),
        ("keras.config.set_floatx('float64')", "floatx, to float64"),
    ],
)
def test_a_function_that_changes_a_setting_is_told_which_and_where(
    setting: str, named: str, tmp_path: Path
) -> None:
    """Whatever becomes of its numbers; the session's setting is what it was afterwards."""
    module = tmp_path / "answer.py"
    module.write_text(
        f"import keras\n\ndef block(X, units):\n    {setting}\n    return keras.layers.Dense(units)(X)\n"
    )
    names = {"__name__": "answer"}
    exec(compile(module.read_text(), str(module), "exec"), names)
    with check.collecting("a secret") as found:
        check.block(names["block"], shape=(2, 4), units=3)
    [evidence] = found
    assert evidence.error is not None
    assert evidence.error.message.startswith(f"your function changes {named}")
    assert (evidence.error.line, evidence.error.source) == (4, setting)
    assert keras.config.dtype_policy().name == keras.config.floatx() == "float32"


def test_a_function_that_sets_what_is_set_changes_nothing() -> None:
    """Keras's own defaults, written out."""

    def block(X: keras.KerasTensor, units: int) -> keras.KerasTensor:
        keras.config.set_dtype_policy("float32")
        return keras.layers.Dense(units)(X)

    with check.collecting("a secret") as found:
        check.block(block, shape=(2, 4), units=3)
    assert [one.status for one in found] == ["ok"]
