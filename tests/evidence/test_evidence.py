"""Evidence comes from an untrusted process: it is read strictly, and survives its JSON form."""

import json
import math

import numpy as np
import pytest

from kerascheck.evidence.evidence import MAX_SAMPLES, Evidence, Sampled, StudentError
from kerascheck.evidence.graph import Graph, Layer
from kerascheck.evidence.untrusted import Malformed


def sample() -> Evidence:
    layers = (
        Layer("x", "InputLayer", None, {}, (), (None, 4)),
        Layer("d", "Dense", "fc6", {"units": 6}, ("x",), (None, 6), ((4, 6), (6,))),
    )
    return Evidence(
        call="check.model()",
        probe="model",
        exercise="ResNet50",
        status="ok",
        graph=Graph("ResNet50", layers, ("d",)),
        outputs={"as built": Sampled.of(np.arange(6.0).reshape(1, 6))},
        facts={"result": "text"},
        versions={"keras": "3"},
    )


def test_evidence_survives_its_json_form() -> None:
    """Written to JSON and read back, evidence is equal to what it was."""
    evidence = sample()
    text = json.dumps(evidence.to_plain(), allow_nan=False)
    assert Evidence.from_plain(json.loads(text)) == evidence


def test_an_error_survives_its_json_form() -> None:
    """The student's error keeps its type, message, line and source."""
    error = StudentError("ValueError", "no", 3, "raise ValueError('no')")
    evidence = Evidence("check.values()", "values", "f", "error", error=error)
    assert Evidence.from_plain(json.loads(json.dumps(evidence.to_plain()))).error == error


def test_large_arrays_are_sampled_at_even_distances() -> None:
    """An array is cut to MAX_SAMPLES elements, its first and last among them."""
    array = np.arange(100_000, dtype=np.float32).reshape(100, 1000)
    sampled = Sampled.of(array)
    assert sampled.shape == (100, 1000)
    assert len(sampled.elements) == MAX_SAMPLES
    assert (sampled.elements[0], sampled.elements[-1]) == (0.0, 99_999.0)


def test_what_is_not_finite_is_none() -> None:
    """NaN and infinity have no place in JSON: they become None, and NaN again on the way out."""
    sampled = Sampled.of(np.array([1.0, math.nan, math.inf]))
    assert sampled.elements == (1.0, None, None)
    assert np.isnan(sampled.values()).tolist() == [False, True, True]


@pytest.mark.parametrize("value", ["text", object(), [object()]])
def test_only_numbers_are_sampled(value: object) -> None:
    """Anything that is not an array of numbers is refused."""
    with pytest.raises((TypeError, ValueError)):
        Sampled.of(value)


def _with(path: list, value: object) -> dict:
    plain = json.loads(json.dumps(sample().to_plain()))
    place = plain
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return plain


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["call"], 3),
        (["call"], "x" * 5000),
        (["status"], "passed"),
        (["graph", "outputs"], []),
        (["graph", "outputs"], ["nowhere"]),
        (["graph", "layers", 1, "inputs"], ["later"]),
        (["graph", "layers", 1, "inputs"], ["d"]),
        (["graph", "layers", 1, "id"], "x"),
        (["graph", "layers", 1, "shape"], [None, -1]),
        (["graph", "layers", 1, "shape"], [True]),
        (["graph", "layers", 1, "weights"], [[1] * 99]),
        (["graph", "layers", 1, "settings"], {"units": {"deep": 1}}),
        (["graph", "layers"], [{}] * 9000),
        (["outputs", "as built", "elements"], [1.0]),
        (["outputs", "as built", "elements"], ["1"] * 6),
        (["outputs", "as built", "elements"], [10**400] * 6),
        (["outputs", "as built", "elements"], [True] * 6),
        (["outputs"], {str(i): {} for i in range(100)}),
        (["outputs"], []),
        (["facts"], {"result": [[1]]}),
        (["facts"], {"result": math.nan}),
        (["error"], {"type": "E", "message": "", "line": 10**5000, "source": None}),
        (["error"], "boom"),
        (["versions"], None),
    ],
)
def test_malformed_evidence_is_refused(path: list, value: object) -> None:
    """A wrong type, size, reference or number anywhere raises Malformed and nothing else."""
    with pytest.raises(Malformed):
        Evidence.from_plain(_with(path, value))


@pytest.mark.parametrize("value", [None, [], "x", 3, {}, {"call": "x"}])
def test_what_is_not_evidence_is_refused(value: object) -> None:
    """Values that are not even objects of the right fields raise Malformed."""
    with pytest.raises(Malformed):
        Evidence.from_plain(value)
