"""Findings as data: a layer is one place, whatever its name holds, in sentences, JSON and drawings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, replace

import pytest

from kerascheck.evidence.evidence import Evidence, Sampled, StudentError
from kerascheck.evidence.graph import Graph, Layer
from kerascheck.feedback import hints, panel
from kerascheck.feedback.drawing import draw
from kerascheck.feedback.misconceptions import Pattern, PlacePattern, misconception_of
from kerascheck.feedback.progress import Checked, Session
from kerascheck.feedback.wording import brief, place, placeholders, sentence, sentences
from kerascheck.judge.judge import judge
from kerascheck.judge.places import Place, Places
from kerascheck.judge.verdict import NAMES, RULES, VALUES, Finding, Verdict
from kerasgrader.marking.redaction import HIDDEN, redacted

ODD_NAMES = [
    "a, b",
    "x after y",
    "a of b and c",
    "Add of a and b",
    "ReLU after Add",
    "input",
    "nothing",
    "None",
    "Conv2D no. 4",
    "3b",
    "5",
    "{actual}",
]
odd = pytest.mark.parametrize("name", ODD_NAMES)
CALL, SET = "check.block(shape=(1, 4))", {"as built": 1.0, "fixed weights": 1.0, "training": 1.0}


def layer(identity: str, kind: str, name: str | None, *inputs: str) -> Layer:
    weights = ((4, 4),) if kind == "Dense" else ()
    return Layer(identity, kind, name, {"units": 4} if weights else {}, inputs, (None, 4), weights)


def graph(*layers: Layer) -> Graph:
    return Graph(None, (layer("i", "InputLayer", None), *layers), (layers[-1].id,))


def evidence(built: Graph, number: float = 1.0) -> Evidence:
    outputs = dict.fromkeys(SET, Sampled((1,), "float32", (number,)))
    return Evidence(CALL, "block", "f", "ok", graph=built, outputs=outputs)


def verdict_on(reference: Graph, actual: Graph) -> Verdict:
    """Judged, and once through JSON."""
    verdict = judge("f", 10, [(evidence(reference), evidence(actual, 2.0))])
    return Verdict.from_plain(json.loads(json.dumps(verdict.to_plain())))


def first(reference: Graph, actual: Graph) -> Finding:
    return verdict_on(reference, actual).findings[0]


def reference(name: str) -> Graph:
    return graph(
        layer("d", "Dense", name, "i"),
        layer("r", "ReLU", None, "d"),
        layer("s", "Add", None, "r", "d"),
        layer("e", "Dense", "last", "s"),
    )


@odd
def test_what_comes_after_a_layer_is_told_by_its_name_alone(name: str) -> None:
    """A missing layer's role is one layer, and the sentence has its name as it is."""
    actual = graph(
        layer("0", "Dense", name, "i"),
        layer("1", "Add", None, "0", "0"),
        layer("2", "Dense", "last", "1"),
    )
    finding = first(reference(name), actual)
    assert finding.rule == "missing-step"
    assert finding.place == Place("ReLU", after=(Place("Dense", name, id="0"),))
    assert sentence(finding) == f"There should be a `ReLU` after `{name}`, and there is none."
    assert finding.at == "0"


@odd
def test_what_feeds_a_layer_is_a_tuple_of_places(name: str) -> None:
    """Two sources are two, and a name with a comma or an "and" in it is one."""
    actual = graph(
        layer("0", "Dense", name, "i"),
        layer("1", "ReLU", None, "0"),
        layer("2", "Add", None, "1", "i"),
        layer("3", "Dense", "last", "2"),
    )
    finding = first(reference(name), actual)
    relu, dense = (Place("ReLU", after=(Place("Dense", name),)), Place("Dense", name))
    assert finding.rule == "fed-by"
    assert isinstance(finding.expected, tuple) and isinstance(finding.actual, tuple)
    assert [source.role for source in finding.expected] == [relu, dense]
    assert [source.role for source in finding.actual] == [relu, Place("InputLayer")]
    assert sentence(finding) == (
        f"The addition of `ReLU` and `{name}` should take the `ReLU` after `{name}` and `{name}`; "
        f"yours takes the `ReLU` after `{name}` and the block's input."
    )
    assert brief(finding) == f"should take the ReLU after {name} and {name}"


@odd
def test_a_layer_that_a_student_named_oddly_is_one_layer(name: str) -> None:
    """In the sentence, the panel, its drawing, and on the hint."""
    built = graph(layer("0", "Dense", name, "i"), layer("1", "Dense", "last", "0"))
    expected = graph(layer("d", "Dense", "first", "i"), layer("e", "Dense", "last", "d"))
    verdict = verdict_on(expected, built)
    assert [(f.rule, f.expected, f.actual) for f in verdict.findings if f.aspect == NAMES] == [
        ("misnamed-layer", "first", name)
    ]
    finding = verdict.findings[-1]
    assert sentence(finding) == f"A layer is called `{name}`; its name should be `first`."
    lines = panel.text(verdict, True, panel.Details(graph=built)).splitlines()
    assert f"    Dense {name} (4 units), 4  ✗ should be called first" in lines
    assert (
        draw(built, panel.faults_of(verdict.findings)).text.count("✗ should be called first") == 1
    )
    last = misconception_of(finding).hint(9, finding)
    assert f"The layer at this place should be `first`, and yours is called `{name}`." == last


def test_a_renamed_source_is_told_by_the_name_that_was_asked_for() -> None:
    """One mistake at a time: the sentence on the wire does not repeat the wrong name."""
    expected = graph(
        layer("a", "Dense", "first", "i"),
        layer("b", "Dense", "second", "a"),
        layer("c", "Dense", "last", "b"),
    )
    built = graph(layer("0", "Dense", "erste", "i"), layer("2", "Dense", "last", "0"))
    built = replace(built, loose=(layer("1", "Dense", "second", "0"),))
    wire, *others = verdict_on(expected, built).findings
    assert sentence(wire) == "`last` should take `second`; yours takes `first`."
    assert wire.actual == (Place("Dense", "first", id="0"),)
    assert [finding.actual for finding in others if finding.rule == "misnamed-layer"] == ["erste"]


@odd
def test_a_layer_too_many_is_drawn_where_it_is(name: str) -> None:
    """The drawing marks the layer by its id: a layer that is called like another's id is another."""
    built = graph(
        layer("4", "Dense", "first", "i"),
        layer("5", "Tanh", None, "4"),
        layer("6", "ELU", name, "5"),
        layer("7", "Dense", "last", "6"),
    )
    expected = graph(
        layer("d", "Dense", "first", "i"),
        layer("t", "Tanh", None, "d"),
        layer("e", "Dense", "last", "t"),
    )
    verdict = verdict_on(expected, built)
    [finding] = [f for f in verdict.findings if f.rule == "extra-layer"]
    assert (finding.place, finding.at) == (Place("ELU", name, id="6"), "6")
    assert sentence(finding) == f"Remove `{name}`: it does not belong there."
    lines = panel.text(verdict, True, panel.Details(graph=built)).splitlines()
    assert [line.split()[0] for line in lines if "too many" in line and "✗" in line] == ["ELU"]


@odd
def test_nothing_of_a_hidden_check_is_shown_whatever_its_layers_are_called(name: str) -> None:
    """Of a hidden finding the kind is left: no place, no values, no name in any sentence."""
    actual = graph(layer("0", "Dense", name, "i"), layer("1", "Dense", "last", "0"))
    found = redacted(verdict_on(reference(name), actual), set(), "")
    assert found.findings
    for finding in found.findings:
        bare = Finding(finding.rule, finding.aspect, HIDDEN)
        assert replace(finding, property=None, relation=None) == bare
        assert f"`{name}`" not in sentence(finding)


def test_of_a_hidden_value_its_relation_is_left() -> None:
    """Neither numbers, nor which part they belong to, nor what a message should name."""
    call, other = "check.values(4)", "check.values(5)"
    value = Finding(
        "value", VALUES, call, part="result[3]", expected=(0.5,), actual=(0.7,), relation="factor"
    )
    given = (
        value,
        replace(value, call=other),
        replace(value, call=other, relation="sign"),
        Finding("no-error", VALUES, other, expected="IndexError"),
        Finding("error-message", VALUES, other, expected=("20", "26")),
        Finding("raised", VALUES, other, actual=StudentError("KeyError", "'secret'")),
    )
    shown = redacted(Verdict("f", "incorrect", 0, 1, (), given), {call}, "").findings
    assert shown == (
        replace(value, expected=None, actual=None),
        Finding("value", VALUES, HIDDEN, relation="sign"),
        Finding("no-error", VALUES, HIDDEN, expected="IndexError"),
        Finding("error-message", VALUES, HIDDEN),
        Finding("raised", VALUES, HIDDEN),
    )
    assert sentence(shown[2]) == "An `IndexError` should be raised here, and nothing is raised."


def every_finding() -> list[Finding]:
    """One of each rule with every field filled, with every sort of value."""
    where = Place("Add", after=(Place("ReLU", id="3"), Place("Dense", "a, b")), id="7")
    values = [None, True, 3, 0.5, "same", (2, 2), (None, 4), (), (where, where)]
    values.append(StudentError("ValueError", "no, after all"))
    return [
        Finding(
            rule,
            VALUES,
            CALL,
            place=where,
            part="result[0]",
            property="strides",
            expected=value,
            actual=value,
            relation="factor",
            at="7",
        )
        for rule in RULES
        for value in values
    ]


def test_every_finding_has_a_json_form() -> None:
    """Both ways, with every field and every sort of value."""
    for finding in every_finding():
        plain = finding.to_plain()
        assert plain.keys() == {field.name for field in fields(Finding)}
        assert Finding.from_plain(json.loads(json.dumps(plain))) == finding


def test_every_finding_has_words_whatever_its_fields_hold() -> None:
    """Sentences, briefs and hints are made of any value of the rule's sort, and of none."""
    bare = [Finding(rule, VALUES, CALL) for rule in RULES]
    fed = ("fed-by", "misplaced-layer", "output-of")
    for finding in [*every_finding(), *bare]:
        if finding.rule not in fed and isinstance(finding.actual, tuple):
            finding = replace(finding, expected=(1, None), actual=(2, None))
        assert sentence(finding).endswith((".", "`"))
        assert "Place(" not in sentence(finding) + brief(finding)
        assert misconception_of(finding).hint(0, finding)
        assert set(placeholders(finding)) == {"place", "property", "actual"}


@pytest.mark.parametrize(
    ("layer", "definite", "indefinite"),
    [
        (Place("Conv2D", "a"), "`a`", "`a`"),
        (Place("Conv2D", number=4), "`Conv2D no. 4`", "`Conv2D no. 4`"),
        (Place("unit", number=4, recorded=True), "`unit call no. 4`", "`unit call no. 4`"),
        (Place("InputLayer"), "the block's input", "an input"),
        (Place("ReLU"), "the `ReLU`", "a `ReLU`"),
        (Place("ELU", after=(Place("Add"),)), "the `ELU` after the addition", None),
        (Place("Activation", after=(Place("Conv2D"),)), None, "an `Activation` after `Conv2D`"),
        (
            Place("ReLU", after=(Place("Add", after=(Place("Dense", "a"), Place("InputLayer"))),)),
            "the `ReLU` after the addition of `a` and the input",
            None,
        ),
    ],
)
def test_a_place_in_words(layer: Place, definite: str | None, indefinite: str | None) -> None:
    """By its name, its number or its role, with the article that fits."""
    if definite is not None:
        assert place(layer) == definite
    if indefinite is not None:
        assert place(layer, "a") == indefinite


def test_a_place_describes_only_as_much_as_tells_a_layer_apart() -> None:
    """A long chain without names, or a sum that doubles at every step, has a short description."""
    chain = [layer("0", "ReLU", None, "i")]
    chain += [layer(str(n), "ReLU", None, str(n - 1)) for n in range(1, 50)]
    sums = [layer("s", "Add", None, *["i"] * 9)]
    built = graph(*chain, *sums)
    places = Places(built, {}, lambda identity: None)
    assert places.of("49") == Place("ReLU", after=(Place("ReLU"),))
    assert places.of("s") == Place("Add", after=(Place("InputLayer"),) * 4)


def test_hints_of_two_layers_are_counted_apart() -> None:
    """The first hint on one layer is not the second on another."""
    steps = []
    for name in ("a, b", "a"):
        finding = Finding(
            "setting", VALUES, CALL, place=Place("Dense", name), property="units", actual=3
        )
        steps.append(finding)
    session = Session()
    titles = [asked(session, steps[n]) for n in (0, 1, 0)]
    assert [title.split(" on ")[0] for title in titles] == [
        "Hint 1 of 4",
        "Hint 1 of 4",
        "Hint 2 of 4",
    ]


def asked(session: Session, finding: Finding) -> str:
    built = evidence(graph(layer("0", "Dense", "a", "i")))
    verdict = Verdict("f", "incorrect", 0, 1, (), (finding,))
    session.keep(CALL, Checked(asked, verdict, built, built))
    return hints.hint(session, asked, ["f"])[1].splitlines()[0]


def test_names_wrong_in_one_way_are_told_together() -> None:
    """A name that holds a comma is one of them."""
    findings = [
        Finding(
            "misnamed-layer",
            NAMES,
            CALL,
            place=Place("Dense", f"res{name}"),
            expected=f"res{name}",
            actual=f"rse{name}",
        )
        for name in ("a", "b, c", "d")
    ]
    assert sentences(findings) == [
        "A layer is called `rsea`; its name should be `resa`. The same goes for `resb, c`, `resd`."
    ]


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({"kind": "ReLU"}, True),
        ({"kind": ["ELU", "ReLU"]}, True),
        ({"kind": "ELU"}, False),
        ({"name": "."}, False),
        ({"after": {"name": "^bn"}}, True),
        ({"after": {"name": "^res"}}, False),
        ({"after": {"kind": "BatchNormalization", "numbered": True}}, False),
        ({"numbered": False, "recorded": False}, True),
        ({"recorded": True}, False),
        ({"number": 1}, False),
    ],
)
def test_a_pattern_looks_at_each_field_of_a_place(pattern: dict, fits: bool) -> None:
    """Kind, name, number, and what comes before."""
    where = Place("ReLU", after=(Place("BatchNormalization", "bn1"),))
    assert PlacePattern.of_table(pattern).fits(where) is fits


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({}, True),
        ({"property": "units"}, True),
        ({"property": ["filters", "units"]}, True),
        ({"property": "filters"}, False),
        ({"relation": "factor"}, False),
        ({"expected": 1}, True),
        ({"expected": True}, False),
        ({"expected": "1"}, False),
        ({"expected_on": True}, True),
        ({"expected_on": False}, False),
        ({"actual": 2}, True),
        ({"nameless": True}, False),
        ({"call": "^check"}, True),
        ({"part": "."}, False),
        ({"error": "."}, False),
        ({"place": {"kind": "Dense"}}, True),
        ({"place": {"kind": "ReLU"}}, False),
    ],
)
def test_a_pattern_looks_at_each_field_of_a_finding(pattern: dict, fits: bool) -> None:
    """Values are compared with their type; what is not there fits no pattern."""
    where = Place("Dense", "a")
    finding = Finding("setting", VALUES, CALL, place=where, property="units", expected=1, actual=2)
    assert Pattern.of_table(pattern).fits(finding) is fits


@pytest.mark.parametrize("table", [{"layer": "a"}, {"place": {"title": "a"}}])
def test_a_pattern_of_an_unknown_key_is_an_error(table: dict) -> None:
    """A misspelt key would fit everything."""
    with pytest.raises(TypeError):
        Pattern.of_table(table)


def test_a_part_that_should_not_be_there_is_told_as_such() -> None:
    """A function that returns more than it should."""
    array = Sampled((1,), "float32", (1.0,))
    right = Evidence("check.values()", "values", "g", "ok", outputs={"result[0]": array})
    wrong = replace(right, outputs={"result[0]": array, "result[1]": array})
    [finding] = judge("g", 1, [(right, wrong)]).findings
    assert sentence(finding) == (
        "`result[1]`: this part of the returned value should not be there."
    )


@pytest.mark.parametrize(
    ("numbers", "named"),
    [
        (("20",), "`20`"),
        (("20", "26"), "`20` and `26`"),
        (("18", "34", "50"), "`18`, `34` and `50`"),
    ],
)
def test_the_numbers_that_an_error_should_name_are_listed(
    numbers: Sequence[str], named: str
) -> None:
    """Each as code of its own."""
    finding = Finding("error-message", VALUES, CALL, expected=tuple(numbers))
    assert sentence(finding).endswith(f"Its message should name {named}.")
