"""What must hold on a GPU. Where there is none the same runs on the CPU, for form.

On a machine with a card: `python -m pytest -m gpu`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from benchmarks import gpu as benchmark
from kerascheck import check, published, start
from kerascheck.devices import Gpu, device_of_checks, first_gpu, gpu_names
from resnet_course.training import acceleration
from tests.support.course_folder import UNIT
from tests.support.lesson_cells import solution

HOLD = (  # a notebook that computes, and stays open until it is told to end
    "import kerascheck, tensorflow as tf; x = tf.ones((256, 256)); "
    "print(float((x @ x)[0, 0]), flush=True); input()"
)


@pytest.fixture(
    params=["cpu", pytest.param("gpu", marks=[pytest.mark.gpu, pytest.mark.slow])], autouse=True
)
def card(request: pytest.FixtureRequest) -> str:
    """Where the test computes."""
    if request.param == "gpu" and not tf.config.list_physical_devices("GPU"):
        pytest.skip("this machine has no GPU")
    if request.param == "cpu" and tf.config.list_physical_devices("GPU"):
        pytest.skip("this machine has a GPU: the same runs there")
    return str(request.param)


def small_network(classes: int = 2) -> keras.Model:
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)])
    model.add(keras.layers.GlobalAveragePooling2D())
    model.add(keras.layers.Dense(classes, "softmax", dtype="float32"))
    return model


def test_the_device_is_named(card: str) -> None:
    """By the set-up cell, and by the panel of each check."""
    gpu = first_gpu()
    if card == "gpu":
        assert gpu is not None and f"({gpu.name})" in start.device()
        assert gpu_names()[0] in device_of_checks()
    else:
        assert gpu is None and "the CPU" in start.device()
        assert device_of_checks() == "Checked on the CPU."


@pytest.mark.slow
def test_two_notebooks_share_a_card() -> None:
    """The second computes while the first still holds what it took."""
    command = [sys.executable, "-c", HOLD]
    pipes: dict[str, Any] = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
    with subprocess.Popen(command, text=True, **pipes) as first:
        assert first.stdout is not None
        assert first.stdout.readline().strip() == "256.0"
        second = subprocess.run(command, input="\n", capture_output=True, text=True)
        assert (second.returncode, second.stdout.strip()) == (0, "256.0"), second.stderr
        assert first.poll() is None
        first.communicate("\n")
    assert first.returncode == 0


def test_mixed_precision_touches_no_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Evidence is compared with what was published on a CPU, in float32."""
    monkeypatch.delenv(check.SEED_VARIABLE, raising=False)
    monkeypatch.setattr(published, "CURRENT", published.Current(UNIT, "resnet_course"))
    block = solution("unit1")["identity_block"]
    with benchmark.policy_of("mixed_float16"):
        check.block(block, shape=(3, 4, 4, 6), f=2, filters=[2, 4, 6], stage=1, block="a")
        assert keras.config.dtype_policy().name == "mixed_float16"
    assert "everything checked here is right" in capsys.readouterr().out


@pytest.mark.parametrize("policy", benchmark.POLICIES)
def test_training_works_in_both_precisions(policy: str, card: str) -> None:
    """Weights and outputs are float32, the loss is finite; the arrays are on the card."""
    with benchmark.policy_of(policy):
        model = small_network()
    model.compile("adam", "categorical_crossentropy", run_eagerly=card == "cpu")
    x, y = np.ones((4, 8, 8, 3), "float32"), np.eye(2, dtype="float32")[[0, 1, 0, 1]]
    history = model.fit(x, y, epochs=1, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert {weight.dtype for weight in model.weights} == {"float32"}
    output = model(x)
    assert output.dtype == tf.float32 and f"{card.upper()}:0" in output.device


def test_the_choice_of_this_machine_is_used(card: str) -> None:
    """On a card with tensor cores models compute in float16; elsewhere in float32."""
    before = keras.config.dtype_policy()
    try:
        chosen = acceleration.choose()
        gpu = first_gpu()
        fast = gpu is not None and (gpu.capability or (0, 0)) >= acceleration.TENSOR_CORES
        assert keras.layers.Dense(1).compute_dtype == ("float16" if fast else "float32")
        assert chosen.jit_compile is (card == "gpu")
    finally:
        keras.config.set_dtype_policy(before)


@pytest.mark.slow
def test_the_benchmark_measures_each_network_and_policy(
    card: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line and a record for each; on a card the peak of its memory is there."""
    tiny = benchmark.Network(
        "tiny", benchmark.NETWORKS[0].notebook, lambda of: small_network(), 8, 2, 8
    )
    monkeypatch.setattr(benchmark, "NETWORKS", (tiny,))
    assert (
        benchmark.main(["--epochs", "2", "--images", "6", "--json", str(tmp_path / "out.json")])
        == 0
    )
    rows = json.loads((tmp_path / "out.json").read_text())
    assert [(row["network"], row["policy"], row["images"]) for row in rows] == [
        ("tiny", policy, 6) for policy in benchmark.POLICIES
    ]
    assert all(row["seconds"] >= row["first_epoch"] > 0 < row["images_per_second"] for row in rows)
    assert all((row["peak"] is not None) is (card == "gpu") for row in rows)
    assert capsys.readouterr().out.count("tiny ") == 2


@pytest.mark.parametrize("network", benchmark.NETWORKS, ids=lambda network: network.name)
def test_the_benchmark_builds_the_networks_of_the_course(
    network: benchmark.Network, card: str
) -> None:
    """From the solutions, with the inputs and classes that it feeds them."""
    if network.name in ("resnet50", "cats-and-dogs") and card == "cpu":
        pytest.skip("built by tests/lessons/test_unit1.py; too dear to be built for form")
    model = network.build(benchmark.definitions(network.notebook))
    assert model.input_shape == (None, network.size, network.size, 3)
    assert model.output_shape == (None, network.classes)


def test_the_benchmark_refuses_what_it_cannot_measure(capsys: pytest.CaptureFixture[str]) -> None:
    """A network that there is not, and a single epoch."""
    for arguments, said in ((["vgg"], "there is no network vgg"), (["--epochs", "1"], "2 or more")):
        with pytest.raises(SystemExit):
            benchmark.main(arguments)
        assert said in capsys.readouterr().err


def test_the_peak_of_a_pretended_card_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgotten before a run, read after it, in bytes; another backend than TensorFlow tells none."""
    experimental, forgotten = tf.config.experimental, []
    monkeypatch.setattr(benchmark, "gpu_names", lambda: ["gpu:0"])
    monkeypatch.setattr(experimental, "reset_memory_stats", forgotten.append)
    monkeypatch.setattr(experimental, "get_memory_info", lambda name: {"current": 1, "peak": 2**30})
    benchmark._forget_peak()
    assert (forgotten, benchmark._peak()) == (["GPU:0"], 2**30)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    benchmark._forget_peak()
    assert (forgotten, benchmark._peak()) == (["GPU:0"], None)
    monkeypatch.setattr(benchmark, "first_gpu", lambda: Gpu("NVIDIA H200", (9, 0)))
    assert benchmark.device() == "NVIDIA H200"
