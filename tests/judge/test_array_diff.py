"""What numbers that are wrong in a known way say about their mistake."""

import numpy as np
import pytest

from kerascheck.evidence.evidence import Evidence, Sampled
from kerascheck.feedback import wording
from kerascheck.feedback.misconceptions import misconception_of
from kerascheck.feedback.wording import sentences
from kerascheck.judge.array_diff import RELATIONS, relation, relation_of_texts
from kerascheck.judge.closeness import close
from kerascheck.judge.judge import judge

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.random((4, 5, 5, 3))
NUMBERS = RANDOM.random(9)
BYTES = RANDOM.integers(0, 256, (3, 5, 7, 3), np.uint8)
ONE_MIRRORED = np.concatenate([PICTURES[:1, :, ::-1], PICTURES[1:]])
ONE_OF_FOUR_NEW = np.concatenate([RANDOM.random((1, 5, 5, 3)), PICTURES[1:]])

CASES = {
    "kind of number": (np.eye(3, dtype=int), np.eye(3)),
    "flat": (PICTURES[0], PICTURES[0].reshape(25, 3)),
    "transposed": (PICTURES[0, :, :, 0], PICTURES[0, :, :, 0].T),
    "sides": (np.zeros((2, 5, 7, 3)), np.ones((2, 7, 5, 3))),
    "channels": (PICTURES, PICTURES[..., ::-1]),
    "mirrored": (PICTURES, PICTURES[:, ::-1, ::-1]),
    "backwards": (NUMBERS, NUMBERS[::-1]),
    "order": (np.arange(7.0), np.array([2.0, 0, 1, 6, 5, 3, 4])),
    "shifted": (NUMBERS, np.append(NUMBERS[1:], 0)),
    "a part": (NUMBERS, np.delete(NUMBERS, 4)),
    "more": (NUMBERS, np.append(NUMBERS, 3)),
    "constant": (NUMBERS, np.zeros(9)),
    "complement": (np.array([1, 0, 1, 1]), np.array([0, 1, 0, 0])),
    "sign": (NUMBERS, -NUMBERS),
    "pixel scale": (NUMBERS, NUMBERS * 255),
    "factor": (NUMBERS, NUMBERS * 3),
    "offset": (NUMBERS, NUMBERS + 2),
    "square": (NUMBERS, NUMBERS**2),
    "root": (NUMBERS, NUMBERS**0.5),
    "rounded": (NUMBERS * 9, np.floor(NUMBERS * 9)),
    "nearly": (BYTES, np.where(BYTES < 128, BYTES + 9, BYTES - 8)),
    "few": (NUMBERS, np.where(np.arange(9) == 3, 9, NUMBERS)),
    "some": (PICTURES[:2], np.stack([PICTURES[0], PICTURES[3]])),
    "too large": (np.array(3), np.array(5)),
    "one less": (np.array(3), np.array(2)),
    "too small": (np.array(3), np.array(1)),
}


@pytest.mark.parametrize("name", CASES)
def test_a_relation_is_recognised(name: str) -> None:
    """Each way of being wrong has its name."""
    expected, found = CASES[name]
    assert relation(Sampled.of(expected), Sampled.of(found)) == name


def test_every_relation_has_a_case_and_a_sentence() -> None:
    """What can be recognised is tested here, and is said in words."""
    assert set(RELATIONS) == {*CASES, "another case"}
    assert set(wording.RELATIONS) == set(RELATIONS)


def test_what_some_entries_have_in_common_is_told() -> None:
    """Where some pictures are right, the relation is that of the others, or that some are right."""
    whole = Sampled.of(PICTURES)
    assert relation(whole, Sampled.of(ONE_MIRRORED)) == "mirrored"
    assert relation(whole, Sampled.of(ONE_OF_FOUR_NEW)) == "few"


def test_the_answer_of_another_case_is_recognised() -> None:
    """A number that is expected for other arguments; zeros and ones are met everywhere."""
    rates = {"result for 80": Sampled.of(1e-3), "result for 81": Sampled.of(1e-4)}
    assert relation(Sampled.of(1e-5), Sampled.of(1e-4), rates) == "another case"
    ones = {"result for 2": Sampled.of(1)}
    assert relation(Sampled.of(4), Sampled.of(1), ones) == "too small"


def test_numbers_that_have_nothing_in_common_have_no_relation() -> None:
    """Chance is not taken for a cause, nor is what is not a number."""
    random = np.random.default_rng(1)
    assert relation(Sampled.of(NUMBERS), Sampled.of(random.random(9))) is None
    assert relation(Sampled.of(NUMBERS), Sampled.of(random.random((2, 3)))) is None
    assert relation(Sampled.of(NUMBERS), Sampled.of(np.full(9, np.nan))) is None
    assert relation(Sampled.of(np.zeros(9)), Sampled.of(np.ones(9))) is None
    assert relation(Sampled.of(np.zeros((0, 3))), Sampled.of(np.zeros((2, 3)))) is None
    assert relation(Sampled.of(0.5), Sampled.of(0.7)) is None


def test_large_arrays_are_compared_by_their_samples() -> None:
    """A factor shows in a sample, and an order does not."""
    large = np.random.default_rng(2).random((100, 100))
    assert relation(Sampled.of(large), Sampled.of(2 * large)) == "factor"
    assert relation(Sampled.of(large), Sampled.of(large[::-1])) is None


def test_a_shape_that_no_array_has_is_no_matter() -> None:
    """Evidence is not to be trusted: sizes whose product overflows are compared like any others."""
    absurd = Sampled((2**40, 2**34, 1), "float64", (1.0,) * 1024)
    assert relation(Sampled.of(NUMBERS), absurd) is None


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (0, 10**12, 10**12)])
def test_an_empty_array_has_no_relation(shape: tuple[int, ...]) -> None:
    """Nothing was found, or everything was skipped: that is honest work too."""
    nothing = Sampled(shape, "float64", ())
    assert relation(Sampled.of(np.ones((4, 3))), nothing) is None
    assert relation(nothing, Sampled.of(np.ones((4, 3)))) is None


SHAPES = [
    (),
    (1,),
    (4,),
    (0,),
    (1, 1),
    (2, 2),
    (4, 1),
    (1, 4),
    (3, 0),
    (2, 3, 3),
    (2, 3, 4),
    (2000,),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("other", SHAPES, ids=str)
def test_arrays_of_any_shapes_can_be_compared(shape: tuple, other: tuple) -> None:
    """A number in the place of an array, and any other confusion, has a relation or none."""
    random = np.random.default_rng(3)
    for fill in (0.0, 1.0, np.nan):
        wrong = Sampled.of(np.full(other, fill))
        found = relation(Sampled.of(random.random(shape)), wrong, {"another": wrong})
        assert found is None or found in RELATIONS


def test_numbers_of_any_size_are_compared_without_a_warning() -> None:
    """What overflows on the way is related to nothing."""
    assert relation(Sampled.of([1e200, 2e200, 5.0]), Sampled.of([1.0, 7.0, 2e300])) is None


def test_bytes_of_pictures_are_compared_with_some_room() -> None:
    """Versions of libraries round pixels differently: that hides no relation."""
    rounded = np.clip(BYTES[..., ::-1].astype(int) + 1, 0, 255).astype(np.uint8)
    assert relation(Sampled.of(BYTES), Sampled.of(rounded)) == "channels"
    assert relation(Sampled.of(BYTES), Sampled.of(BYTES / 255)) == "pixel scale"
    assert relation(Sampled.of(BYTES), Sampled.of(BYTES.astype(float))) == "kind of number"


def test_truth_values_are_another_kind_of_number_than_whole_ones() -> None:
    labels = np.array([0, 0, 1])
    assert relation(Sampled.of(labels), Sampled.of(labels == 1)) == "kind of number"


@pytest.mark.parametrize(("levels", "right"), [(2, True), (3, False)])
def test_pixels_may_differ_by_what_versions_of_libraries_do(levels: int, right: bool) -> None:
    """Two levels out of 255 are no mistake, three are."""
    pixels = np.full((4, 4, 3), 100, np.uint8)
    other = pixels.copy()
    other[1, 2, 0] += levels
    assert close(Sampled.of(pixels), Sampled.of(other), scaled=True) is right


def test_texts_are_compared_as_a_list() -> None:
    """Names in another order, names that are missing, names too many."""
    assert relation_of_texts(["a", "b", "c"], ["c", "b", "a"]) == "backwards"
    assert relation_of_texts(["a", "b", "c"], ["b", "a", "c"]) == "order"
    assert relation_of_texts(["a", "b"], ["a"]) == "a part"
    assert relation_of_texts(["a"], ["a", "b"]) == "more"
    assert relation_of_texts(["a", "b"], ["a", "b"]) is None
    assert relation_of_texts(["a"], ["x"]) is None


def test_a_verdict_says_the_relation_in_words() -> None:
    """The sentence names it, and the misconception follows from it."""

    def evidence(array: np.ndarray) -> Evidence:
        return Evidence(
            "check.values(check.picture())",
            "values",
            "f",
            "ok",
            outputs={"result": Sampled.of(array)},
        )

    verdict = judge("f", 1, [(evidence(PICTURES), evidence(PICTURES[..., ::-1]))])
    [finding] = verdict.findings
    assert "the order of its channels reversed" in sentences([finding])[0]
    assert misconception_of(finding).id == "blue-first"
