"""The checks as a student meets them: outcomes, panels, and what reaches whom."""

from __future__ import annotations

import json
import linecache
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers
from keras.initializers import glorot_uniform

from kerascheck import check
from kerascheck.check import CheckFailed, collecting
from kerascheck.evidence.evidence import SIGNATURE, Evidence
from kerascheck.feedback import panel, progress
from kerascheck.feedback.style import COLOURS, SYMBOLS
from kerascheck.judge.judge import judge
from kerascheck.judge.places import Place
from kerascheck.judge.verdict import ERROR, NOT_ATTEMPTED, Aspect, Finding, Verdict
from kerascheck.published import PublishedUnit

CLASSIC = {"shape": (3, 4, 4, 6), "f": 2, "filters": [2, 4, 6], "stage": 1, "block": "a"}


@pytest.fixture(autouse=True)
def a_students_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kernel without a grader in which nothing was checked; the global random streams are put back."""
    monkeypatch.delenv(check.SEED_VARIABLE, raising=False)
    monkeypatch.setattr(progress, "SESSION", progress.Session())
    streams = np.random.get_state(), random.getstate()
    yield
    np.random.set_state(streams[0])
    random.setstate(streams[1])


def identity_block(X, f, filters, stage, block):
    conv, bn = f"res{stage}{block}_branch", f"bn{stage}{block}_branch"
    shortcut = X
    for index, (count, window) in enumerate(zip(filters, (1, f, 1), strict=True)):
        suffix = f"2{'abc'[index]}"
        seed = glorot_uniform(seed=0)
        X = layers.Conv2D(
            count, window, padding="same", kernel_initializer=seed, name=conv + suffix
        )(X)
        X = layers.BatchNormalization(axis=3, name=bn + suffix)(X)
        if index < 2:
            X = layers.ReLU()(X)
    return layers.ReLU()(X + shortcut)


def defined(source: str, **names: object) -> Callable:
    """The function that `source` defines, as if a notebook cell had defined it."""
    lines = source.splitlines(keepends=True)
    linecache.cache["<cell>"] = (len(source), None, lines, "<cell>")
    namespace = {"keras": keras, "layers": layers, **names}
    exec(compile(source, "<cell>", "exec"), namespace)
    return namespace["identity_block"]


def evidence_of(function: object, seed: str = "classic") -> Evidence:
    with collecting(seed) as evidence:
        check.block(function, **CLASSIC)
    return evidence[0]


def test_a_right_answer_passes_quietly(capsys: pytest.CaptureFixture) -> None:
    """A check of a right answer raises nothing and says so."""
    check.block(identity_block, **CLASSIC)
    out = capsys.readouterr().out
    assert "everything checked here is right" in out


def test_a_wrong_answer_raises_and_says_what_is_wrong(capsys: pytest.CaptureFixture) -> None:
    """The error is one line, without a traceback through our code, and the panel names the layer."""
    text = (
        "def identity_block(X, f, filters, stage, block):\n"
        "    return layers.ReLU()(good(X, f, filters, stage, block) + X)\n"
    )
    with pytest.raises(CheckFailed) as raised:
        check.block(defined(text, good=identity_block), **CLASSIC)
    [line] = raised.value._render_traceback_()
    assert line.startswith("CheckFailed: identity_block: not right yet. Remove the addition")
    assert "values ✗" in capsys.readouterr().out


def test_an_unsolved_exercise_is_not_attempted() -> None:
    """The NotImplementedError of the release is an outcome of its own."""
    text = "def identity_block(X, f, filters, stage, block):\n    raise NotImplementedError()\n"
    with pytest.raises(CheckFailed, match="not attempted"):
        check.block(defined(text), **CLASSIC)
    evidence = evidence_of(defined(text))
    assert (
        judge("identity_block", 30, [(evidence_of(identity_block), evidence)]).outcome
        == NOT_ATTEMPTED
    )


def test_an_error_shows_the_students_own_line() -> None:
    """Of a traceback through Keras the student sees the line that they wrote."""
    text = (
        "def identity_block(X, f, filters, stage, block):\n"
        "    X = layers.Conv2D(0, 1)(X)\n"
        "    return X\n"
    )
    evidence = evidence_of(defined(text))
    assert evidence.status == "error" and evidence.error is not None
    assert (evidence.error.type, evidence.error.line) == ("ValueError", 2)
    assert evidence.error.source == "X = layers.Conv2D(0, 1)(X)"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return None", "None (is the return missing?)"),
        ("return X, X", "tuple"),
        ("raise SystemExit(3)", "3"),
        ("raise KeyError('stage')", "stage"),
    ],
)
def test_whatever_a_block_does_is_evidence(body: str, message: str) -> None:
    """Wrong results and any exception become evidence and do not escape."""
    text = f"def identity_block(X, f, filters, stage, block):\n    {body}\n"
    evidence = evidence_of(defined(text))
    assert evidence.status == "error" and evidence.error is not None
    assert message in evidence.error.message


@pytest.mark.parametrize("thing", [None, 3, "identity_block"])
def test_what_is_no_function_is_said_so(thing: object) -> None:
    """A name that holds something else gives an error that says what it holds."""
    evidence = evidence_of(thing)
    assert evidence.error is not None and type(thing).__name__ in evidence.error.message


def test_other_arguments_are_not_judged(capsys: pytest.CaptureFixture) -> None:
    """For arguments that nobody published there is what came out instead of a judgement."""
    check.block(identity_block, **{**CLASSIC, "stage": 7})
    shown = capsys.readouterr().out
    assert "Nothing was compared" in shown and "10 layers and the input" in shown


def test_a_function_is_known_by_the_name_it_is_bound_to() -> None:
    """Assigning the answer to the exercise's name from another function is as good as defining it."""
    mine = identity_block
    mine_too = lambda *a, **k: mine(*a, **k)  # noqa: E731  (the point is that it has no name)
    namespace = {"check": check, "identity_block": mine_too, "CLASSIC": CLASSIC}
    exec("check.block(identity_block, **CLASSIC)", namespace)


def test_classic_inputs_are_those_of_the_original_assignment() -> None:
    """The visible inputs are numpy.random.seed(1)'s, which the outputs then follow."""
    from kerascheck.probes.given.arguments import Seed

    np.random.seed(1)
    expected = np.random.randn(3, 4, 4, 6).astype(np.float32)
    assert np.array_equal(Seed("classic").normal("any call", (3, 4, 4, 6)), expected)


def test_inputs_depend_on_the_secret_seed() -> None:
    """Two seeds give two sets of outputs, so a table of answers is worth nothing."""
    one, two = evidence_of(identity_block, "one"), evidence_of(identity_block, "two")
    assert one.outputs["fixed weights"] != two.outputs["fixed weights"]
    assert one == evidence_of(identity_block, "one")


def test_a_probe_leaves_the_random_streams_of_the_student_alone() -> None:
    """A check between two draws changes neither Python's nor NumPy's stream."""
    np.random.seed(3), random.seed(3)
    expected = (np.random.rand(), random.random())
    np.random.seed(3), random.seed(3)
    evidence_of(identity_block)
    assert (np.random.rand(), random.random()) == expected


def test_under_the_grader_evidence_is_handed_over_and_nothing_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a seed in the environment a check writes evidence, raises nothing, judges nothing."""
    read, write = os.pipe()
    monkeypatch.setenv(check.SEED_VARIABLE, "secret")
    monkeypatch.setenv(check.PIPE_VARIABLE, str(write))
    monkeypatch.setattr("kerascheck.judge.judge.judge", None)
    check.block(lambda X, **_: None, **CLASSIC)
    os.close(write)
    with os.fdopen(read) as lines:
        [line] = lines
    assert Evidence.from_plain(json.loads(line)).status == "error"


def test_a_model_check_counts_parameters(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The panel of a whole model says how many parameters it has, and how many it should have."""

    def build(units: int) -> keras.Model:
        return keras.Sequential([keras.Input((4,)), layers.Dense(units)])

    with collecting() as evidence:
        check.model(lambda: build(3))
    unit = PublishedUnit("unit", "A unit", (), (replace(evidence[0], exercise="build"),))
    monkeypatch.setattr("kerascheck.published.find", lambda *_: (unit, unit.evidence[0]))
    check.model(lambda: build(3))
    assert "15 parameters, as it should" in capsys.readouterr().out
    with pytest.raises(CheckFailed):
        check.model(lambda: build(2))
    assert "10 parameters; it should have 15" in capsys.readouterr().out


def test_a_slow_answer_is_warned_about_at_home(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third of what the grader allows, in processor time; an answer that waits is not slow."""
    times = iter([0.0, 4.9, 10.0, 15.1])
    monkeypatch.setattr("kerascheck.check.time.process_time", lambda: next(times))
    for warned in (False, True):
        check.block(identity_block, **CLASSIC)
        shown = capsys.readouterr().out
        assert ("took 5 seconds. The grader stops a check after 15" in shown) == warned


BLOCKS = ["identity_block(X, f, filters, stage: label, block: label)"]


def builder(source: str) -> Callable:
    namespace = {"keras": keras, "layers": layers}
    exec(source, namespace)
    return namespace["build"]


def wired(source: str) -> Evidence:
    with collecting("secret") as evidence:
        check.wiring(builder(source), blocks=BLOCKS)
    return evidence[0]


WIRED = """
def identity_block(*a, **k):
    raise RuntimeError("the block itself is broken")

def build():
    X = start = keras.Input((8, 8, 3))
    X = identity_block(X, {f}, [4, 4, 3], stage=2, block="{letter}")
    return keras.Model(start, X)
"""


def test_wiring_does_not_need_the_blocks_to_work() -> None:
    """A builder is judged by its calls even where the block it calls is broken, or not defined."""
    evidence = wired(WIRED.format(f=3, letter="b"))
    assert evidence.status == "ok" and evidence.graph is not None
    call = evidence.graph.by_name["2b"]
    assert (call.kind, call.settings["f"]) == ("identity_block", 3)
    undefined = WIRED.replace("def identity_block", "def other")
    assert wired(undefined.format(f=3, letter="b")).status == "ok"


def test_wiring_sees_arguments_in_the_outputs_and_letters_in_the_names() -> None:
    """Another f changes the outputs; another letter changes the name alone."""
    reference = wired(WIRED.format(f=3, letter="b"))
    other_f, other_letter = (
        wired(WIRED.format(f=5, letter="b")),
        wired(WIRED.format(f=3, letter="c")),
    )
    assert other_f.outputs != reference.outputs
    assert other_letter.outputs == reference.outputs
    verdict = judge("build", 10, [(reference, other_letter)])
    assert {aspect.name: aspect.points for aspect in verdict.aspects} == {
        "names": 0,
        "shapes": 2,
        "values": 6,
    }


def test_wiring_puts_the_students_blocks_back() -> None:
    """After the probe the namespace holds what it held before, also after an error."""
    build = builder(WIRED.format(f=3, letter="b"))
    before = dict(build.__globals__)
    for function in (build, builder("def build():\n    raise ValueError\n")):
        with collecting("secret"):
            check.wiring(function, blocks=BLOCKS)
    assert build.__globals__ == before


def test_values_takes_arrays_texts_and_errors() -> None:
    """`check.values` records what a function returns, part by part, or what it raises."""

    def several(x: np.ndarray, flag: bool = False) -> tuple:
        if flag:
            raise ValueError("depth must be 6n+2")
        return x.sum(axis=0), "a text", 3, True

    with collecting("secret") as evidence:
        check.values(several, check.normal(4, 2))
        check.values(several, check.normal(4, 2), flag=True)
    good, bad = evidence
    assert good.outputs["result[0]"].shape == (2,)
    assert good.facts.items() >= {"result[1]": "a text", "result[3]": True}.items()
    assert good.facts[SIGNATURE] == ["x", "flag=False"]
    assert good.outputs["result[2]"].elements == (3.0,)
    assert good.call == "check.values(check.normal(4, 2))"
    assert bad.error is not None and bad.error.type == "ValueError"


def hostile_verdict() -> Verdict:
    name = "<script>alert(1)</script>"
    finding = Finding(
        "misnamed-layer",
        "names",
        "check.block()",
        place=Place(name, name),
        expected="good",
        actual=name,
    )
    return Verdict(name, ERROR, 0, 10, (Aspect("names", 0, 10),), (finding,), None, {name: False})


def test_a_panel_escapes_what_a_student_wrote() -> None:
    """Names of layers and functions reach a page as text."""
    html = panel.html(hostile_verdict())
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_panel_tells_nothing_by_colour_alone() -> None:
    """Every outcome has a mark and words beside its colour."""
    assert len(set(SYMBOLS.values())) == len(SYMBOLS) == len(COLOURS)
    assert "names ✗ 0/10" in panel.html(hostile_verdict())
