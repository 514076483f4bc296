"""Hints that climb: a thought, where to read, the pattern with blanks, the student's own line."""

from __future__ import annotations

import linecache
import tomllib
from collections.abc import Callable
from importlib import resources
from typing import Any

import keras
import pytest
from keras import layers

from kerascheck import check
from kerascheck.evidence.evidence import Evidence, StudentError
from kerascheck.evidence.graph import Graph
from kerascheck.feedback import hints
from kerascheck.feedback.misconceptions import misconception_of
from kerascheck.feedback.progress import Checked, Session
from kerascheck.feedback.wording import given_files, sentence
from kerascheck.judge.judge import judge
from kerascheck.judge.places import Place
from kerascheck.judge.verdict import VALUES, Finding, Verdict
from kerascheck.probes.student_code import lines_noted

CALL = "check.block(shape=(2, 4, 4, 3))"
RIGHT = """
def block(X):
    Y = layers.Conv2D(3, 1, name="a")(X)
    Y = layers.ReLU()(Y)
    return layers.Add()([X, Y])
"""


def defined(source: str) -> Callable[..., Any]:
    name = f"<cell {hash(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    names: dict[str, Any] = {"layers": layers, "keras": keras}
    exec(compile(source, name, "exec"), names)
    found: Callable[..., Any] = names["block"]
    return found


def noted(source: str) -> tuple[Callable[..., Any], Evidence]:
    function = defined(source)
    with check.collecting() as evidence, lines_noted(function):
        check.block(function, shape=(2, 4, 4, 3))
    return function, evidence[0]


def climbed(source: str) -> list[hints.Step]:
    """All steps on the first mistake of a block that should be RIGHT."""
    _, reference = noted(RIGHT)
    function, evidence = noted(source)
    verdict = judge("block", 10, [(reference, evidence)])
    checked = Checked(function, verdict, reference, evidence)
    finding = verdict.findings[0]
    return hints.steps(misconception_of(finding), finding, "block", checked)


def test_a_hint_climbs_in_four_steps() -> None:
    """For an addition that is missing: each step with a heading of its own, and blanks in the pattern."""
    found = dict(climbed(RIGHT.replace("layers.Add()([X, Y])", "Y")))
    assert list(found) == [hints.THOUGHT, hints.READ, hints.PATTERN, hints.LINE]
    assert "https://keras.io/api/layers/merging_layers/add/" in " ".join(found[hints.READ])
    assert found[hints.PATTERN] == ["`layers.Add()([__, __])`"]
    assert "after line 4 of your cell: `Y = layers.ReLU()(Y)`" in found[hints.LINE][-1]


def test_a_layer_with_a_wrong_setting_is_found_in_the_cell() -> None:
    """By the line that made it; the pattern shows that setting alone, and not its value."""
    found = dict(climbed(RIGHT.replace("(3, 1,", "(3, 3, padding='same',")))
    assert found[hints.PATTERN] == ["`layers.Conv2D(..., kernel_size=__)(__)`"]
    assert "Look at line 3 of your cell: `Y = layers.Conv2D(3, 3" in found[hints.LINE][-1]


def test_the_line_within_a_helper_is_the_helpers() -> None:
    """And the graph itself is the same as without notes."""
    source = "def relu(X):\n    return layers.ReLU()(X)\n" + RIGHT.replace(
        "layers.ReLU()(Y)", "relu(Y)"
    )
    _, evidence = noted(source)
    assert evidence.graph is not None
    [kind] = [x.id for x in evidence.graph.layers if x.kind == "ReLU"]
    assert evidence.graph.lines[kind] == (2, "return layers.ReLU()(X)")
    with check.collecting() as plain:
        check.block(defined(source), shape=(2, 4, 4, 3))
    assert plain[0].graph == evidence.graph and plain[0].graph.lines == {}
    assert Graph.from_plain(evidence.graph.to_plain()).lines == {}


def test_the_line_of_a_recorded_block_is_the_call_of_it() -> None:
    """The recorder's own code, which stands in for the block, has no source."""
    function = defined(
        "def unit(X, filters):\n    return layers.Conv2D(filters[0], 1)(X)\n"
        "def block(input_shape):\n    X = given = keras.Input(input_shape)\n"
        "    X = unit(X, [3])\n    return keras.Model(given, X)\n"
    )
    with check.collecting() as evidence, lines_noted(function):
        check.wiring(function, input_shape=(4, 4, 3), blocks=["unit(X, filters)"])
    graph = evidence[0].graph
    assert graph is not None
    [call] = [layer.id for layer in graph.layers if layer.recorded]
    assert graph.lines[call] == (5, "X = unit(X, [3])")


def test_keras_is_as_before_after_a_check() -> None:
    """Also when the student's code raises an error."""
    before = keras.Operation.symbolic_call, keras.Layer.__call__
    noted("def block(X):\n    return 1 / 0\n")
    assert (keras.Operation.symbolic_call, keras.Layer.__call__) == before


def asked(finding: Finding, function: Any = None) -> dict[str, Any]:
    evidence = Evidence(CALL, "values", "f", "ok")
    checked = Checked(function, Verdict("f", "incorrect", 0, 1, ()), evidence, evidence)
    return dict(hints.steps(misconception_of(finding), finding, "f", checked))


def test_a_hint_on_an_error_that_is_due_names_the_file_and_its_kind() -> None:
    """And the call as a student would write it; the pattern raises it with blanks."""
    call = "check.values(check.picture('dog.7.jpg', 'cut short'))"
    found = asked(Finding("no-error", VALUES, call, expected="OSError"))
    read = " ".join(found[hints.READ])
    assert "`f(check.picture('dog.7.jpg', 'cut short'))`" in read
    assert "`dog.7.jpg` is an image file that breaks off." in read
    assert found[hints.PATTERN] == ['`if __: raise OSError(f"__ {__}")`']


@pytest.mark.parametrize(
    ("call", "files"),
    [
        ("check.values(check.picture('a.jpg'))", []),
        ("check.values(check.picture('a.jpg', 'palette'))", ["a.jpg"]),
        (
            "check.values(check.folder('cat.0.jpg', 'dog.1.jpg: empty', 'b: text'))",
            ["dog.1.jpg", "b"],
        ),
        ("check.values(3)", []),
    ],
)
def test_only_odd_files_are_named(call: str, files: list[str]) -> None:
    """Ordinary images need no words."""
    assert [line.split("`")[1] for line in given_files(call)] == files


def test_a_wrong_value_leads_to_the_lines_that_return() -> None:
    """By their numbers in the cell."""

    def two(x: int) -> int:
        if x:
            return 1
        return 2

    found = asked(Finding("value", VALUES, CALL, part="result", expected=3.0, actual=2.0), two)
    lines = [line for line in found[hints.LINE] if "leaves your function" in line]
    assert [line.rpartition(": ")[2] for line in lines] == ["`return 1`.", "`return 2`."]


def test_steps_of_which_nothing_is_known_are_left_out() -> None:
    """A finding about the whole network has no line and no pattern."""
    found = asked(Finding("raised", VALUES, CALL, actual=StudentError("KeyError", "'x'")))
    assert hints.PATTERN not in found and hints.THOUGHT in found


def test_each_step_says_what_the_panel_does_not() -> None:
    """No sentence of the panel returns in a hint, and no step that of another."""
    finding = Finding("missing-step", VALUES, CALL, place=Place("Add"))
    entry = misconception_of(finding)
    panel = {sentence(finding), entry.explanation, f"{entry.title}."}
    shown = [line for lines in asked(finding).values() for line in lines]
    assert not panel & set(shown) and len(shown) == len(set(shown))


def test_every_page_and_pattern_is_well_formed() -> None:
    """Addresses of Keras's documentation; calls of layers that exist, with a blank for each argument."""
    text = (resources.files("kerascheck.feedback") / hints.LIBRARY).read_text("utf-8")
    found = tomllib.loads(text)
    for kind, about in found["layers"].items():
        assert hasattr(layers, kind)
        assert about["page"].startswith("https://keras.io/api/layers/")
        assert about["pattern"].startswith(f"layers.{kind}(")
        call = about["pattern"].removeprefix(f"layers.{kind}")
        assert not set(call) & set("0123456789'\"") and "__" in call
    assert all(page.startswith("https://keras.io/") for page in found["pages"].values())


def test_an_address_is_a_link() -> None:
    """In the panel of a hint, whatever stands before it escaped."""
    session = Session()
    _, reference = noted(RIGHT)
    function, evidence = noted(RIGHT.replace("layers.Add()([X, Y])", "Y"))
    verdict = judge("block", 10, [(reference, evidence)])
    session.keep(CALL, Checked(function, verdict, reference, evidence))
    hints.hint(session, function, ["block"])
    rich, plain = hints.hint(session, function, ["block"])
    assert '<a href="https://keras.io/api/layers/merging_layers/add/">' in rich
    assert plain.startswith("Hint 2 of 4 on block · Where to read")
