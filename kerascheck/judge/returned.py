"""Comparison of what a function returns, or of the error that it raises, with the reference's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascheck.evidence.evidence import (
    CHANGED,
    NUMBERS,
    ORDER,
    ORDERED,
    RETURNED,
    SECOND_CALL,
    SHAPED,
    SIGNATURE,
    TEXTS,
    TYPES,
    Evidence,
    Sampled,
    StudentError,
)
from kerascheck.judge.array_diff import relation, relation_of_texts
from kerascheck.judge.closeness import VALUES_TOLERANCE, close
from kerascheck.judge.verdict import SHAPES, VALUES, Finding

Parts = dict[str, dict[str, bool]]

OF_THE_CALL = (CHANGED, ORDER, ORDERED, RETURNED, SECOND_CALL, SHAPED, SIGNATURE, TYPES)
MOST_NUMBERS = 6  # of an array, in a finding


def values_differ(reference: Evidence, actual: Evidence) -> Iterator[Finding]:
    """What differs in a call and in what it returns; findings of the aspect SHAPES cost it alone."""
    yield from call_differs(reference, actual)
    yield from _arrays_differ(reference, actual)
    yield from _facts_differ(reference, actual)


def aspects(reference: Evidence, shapes: bool, values: bool) -> Parts:
    """The parts of both aspects. There are no points for a shape that is no achievement.

    That is the shape of a single number or text, and that of an argument.
    """
    whole = all(
        "[" not in part or part.startswith("result for ")
        for part in (*reference.outputs, *_returned(reference))
    )
    single = all(output.shape == () for output in reference.outputs.values())
    if SHAPED in reference.facts or (whole and single and ORDER not in reference.facts):
        return {VALUES: {"": shapes and values}}
    return {SHAPES: {"": shapes}, VALUES: {"": values}}


def error_differs(reference: Evidence, actual: Evidence) -> Finding | None:
    """The first thing that is wrong with the error that a function should raise."""
    assert reference.error is not None
    expected, call = reference.error.type, reference.call
    if actual.status == "not attempted":
        return Finding("not-attempted", VALUES, call)
    if actual.status != "error" or actual.error is None:
        return Finding("no-error", VALUES, call, expected=expected)
    for finding in call_differs(reference, actual):
        return finding
    if expected not in (actual.error.type, *actual.error.bases):
        return Finding("wrong-error", VALUES, call, actual=StudentError(actual.error.type, ""))
    unnamed = [*_lacking(actual, reference, TEXTS), *_lacking(actual, reference, NUMBERS)]
    if unnamed:
        return Finding("error-message", VALUES, call, expected=tuple(unnamed))
    others = _lacking(reference, actual, NUMBERS)
    if others and reference.facts.get(NUMBERS):
        return Finding("error-message", VALUES, call, actual=tuple(others))
    return None


def call_differs(reference: Evidence, actual: Evidence) -> Iterator[Finding]:
    """What is wrong with a call beside what it returns."""
    call = reference.call
    if not same_signature(reference, actual):
        yield signature(reference)
    for part in _lacking(reference, actual, CHANGED):
        yield Finding("argument-changed", VALUES, call, part=part)
    if actual.facts.get(SECOND_CALL) != reference.facts.get(SECOND_CALL):
        yield Finding("second-call", VALUES, call, actual=_fact(actual, SECOND_CALL))
    if RETURNED in actual.facts and RETURNED not in reference.facts:
        yield Finding("argument-returned", VALUES, call)


def same_signature(reference: Evidence, actual: Evidence) -> bool:
    """Whether a function has the parameters that it should have; optional ones may follow them."""
    wanted, given = (_listed(e.facts.get(SIGNATURE)) for e in (reference, actual))
    if not given:
        return True
    further = given[len(wanted) :]
    return (
        len(given) >= len(wanted)
        and all(_takes(mine, theirs) for theirs, mine in zip(wanted, given, strict=False))
        and all("=" in parameter for parameter in further)
    )


def _takes(mine: str, wanted: str) -> bool:
    """Whether a parameter is the wanted one. It may have a default where the other has none."""
    name, _, default = wanted.partition("=")
    own, _, other = mine.partition("=")
    return own == name and (not default or other.replace("[", "(").replace("]", ")") == default)


def signature(reference: Evidence) -> Finding:
    """The finding about a function with other parameters."""
    wanted = tuple(_listed(reference.facts.get(SIGNATURE)))
    return Finding("signature", VALUES, reference.call, expected=wanted)


def _arrays_differ(reference: Evidence, actual: Evidence) -> Iterator[Finding]:
    call = reference.call
    for part, expected in reference.outputs.items():
        output = actual.outputs.get(part)
        if output is None:
            yield Finding("value-missing", SHAPES, call, part=part, actual=_fact(actual, part))
        elif output.shape != expected.shape:
            yield Finding(
                "value-shape",
                SHAPES,
                call,
                part=part,
                expected=expected.shape,
                actual=output.shape,
                relation=relation(expected, output, _others(reference, part)),
            )
        elif not close(expected, output, scaled=True, tolerance=VALUES_TOLERANCE):
            yield Finding(
                "value",
                VALUES,
                call,
                part=part,
                expected=expected.elements[:MOST_NUMBERS],
                actual=output.elements[:MOST_NUMBERS],
                relation=relation(expected, output, _others(reference, part)),
            )


def _facts_differ(reference: Evidence, actual: Evidence) -> Iterator[Finding]:
    call = reference.call
    if actual.facts.get(TYPES) != reference.facts.get(TYPES):
        wanted, given = (", ".join(_listed(e.facts.get(TYPES))) for e in (reference, actual))
        yield Finding("value-type", SHAPES, call, expected=wanted, actual=given)
    expected, others = _returned(reference), _returned(actual)
    if reference.facts.get(ORDERED):
        expected |= {ORDER: reference.facts.get(ORDER)}
        others |= {ORDER: actual.facts.get(ORDER)}
    texts = relation_of_texts([*expected.values()], [*others.values()])
    for part in expected:
        fact, other = _fact(reference, part), _fact(actual, part)
        if part not in others or other != fact or type(other) is not type(fact):
            yield Finding(
                "value", VALUES, call, part=part, expected=fact, actual=other, relation=texts
            )
    extra = (actual.outputs.keys() | others.keys()) - (reference.outputs.keys() | expected.keys())
    if extra:
        yield Finding("value-shape", SHAPES, call, part=min(extra), relation=texts)


def _returned(evidence: Evidence) -> dict[str, Any]:
    """The facts about returned values, without those about the call."""
    return {key: fact for key, fact in evidence.facts.items() if key not in OF_THE_CALL}


def _others(reference: Evidence, part: str) -> dict[str, Sampled]:
    """The reference's other results; settings of callbacks are not comparable."""
    return {
        key: item
        for key, item in reference.outputs.items()
        if key != part and key.startswith("result") and part.startswith("result")
    }


def _fact(evidence: Evidence, part: str) -> Any:
    fact = evidence.facts.get(part)
    return tuple(fact) if isinstance(fact, list) else fact


def _lacking(evidence: Evidence, other: Evidence, fact: str) -> list[str]:
    """The items of a list of texts that the other evidence has and this one lacks."""
    mine, theirs = (_listed(e.facts.get(fact)) for e in (evidence, other))
    return [item for item in theirs if item not in mine]


def _listed(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []
