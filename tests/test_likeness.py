"""How a wrong array is like the right one: each likeness on arrays made for it, and on no other."""

import numpy as np
import pytest

from resnet_course import likeness
from resnet_course.evidence import Evidence, Sampled
from resnet_course.judge import close, judge
from resnet_course.verdict import Finding
from resnet_course.wording import sentence

PICTURES = np.random.default_rng(0).integers(0, 256, (3, 5, 7, 3), np.uint8)
LABELS = np.array([1, 0, 0, 1, 1])
ROWS = np.eye(3)[[0, 2, 1, 1]]


def found(right: np.ndarray, wrong: np.ndarray) -> str | None:
    return likeness.likeness(Sampled.of(right), Sampled.of(wrong))


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        (likeness.CHANNELS, PICTURES, PICTURES[..., ::-1]),
        (likeness.CHANNELS, PICTURES[0], PICTURES[0][..., ::-1]),
        (likeness.SIDES, PICTURES, PICTURES.transpose(0, 2, 1, 3)),
        (likeness.SIDES, PICTURES[0], np.zeros((7, 5, 3), np.uint8)),
        (likeness.TRANSPOSED, ROWS, ROWS.T),
        (likeness.SCALE, PICTURES, PICTURES / 255),
        (likeness.KIND, PICTURES, PICTURES.astype(float)),
        (likeness.KIND, LABELS, LABELS.astype(float)),
        (likeness.ORDER, PICTURES, PICTURES[[2, 0, 1]]),
        (likeness.ORDER, LABELS, np.sort(LABELS)),
        (likeness.OPPOSITE, LABELS, 1 - LABELS),
        (likeness.NEARLY_SAME, PICTURES, np.clip(PICTURES, 8, 248)),
        (likeness.SIGN, np.array(0.3), np.array(-0.3)),
        (likeness.ONE_LESS, np.array(3), np.array(2)),
        (None, np.array(3), np.array(4)),
        (None, PICTURES, 255 - PICTURES),
        (None, PICTURES, np.zeros((3, 5), np.uint8)),
        (None, LABELS, np.array([0, 0, 0, 0, 0])),
        (None, ROWS, np.full((4, 3), np.nan)),
    ],
)
def test_what_was_done_to_an_array_is_recognised(
    name: str | None, right: np.ndarray, wrong: np.ndarray
) -> None:
    """Each way to get an array wrong has its name; what is wrong in no known way has none."""
    assert found(right, wrong) == name


def test_of_a_large_picture_only_what_a_sample_shows_is_said() -> None:
    """Evidence holds 1024 elements of an array: the order of channels cannot be seen in them."""
    large = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    assert found(large, large[..., ::-1]) is None
    assert found(large, large / 255) == likeness.SCALE


def test_every_likeness_has_its_words() -> None:
    """What is recognised can be said."""
    assert set(likeness._LIKENESSES) | {likeness.SIDES, likeness.TRANSPOSED} == set(likeness.WORDS)


@pytest.mark.parametrize(("levels", "right"), [(2, True), (3, False)])
def test_pixels_may_differ_by_what_versions_of_libraries_do(levels: int, right: bool) -> None:
    """Two levels out of 255 are no mistake, three are."""
    pixels = np.full((4, 4, 3), 100, np.uint8)
    other = pixels.copy()
    other[1, 2, 0] += levels
    assert close(Sampled.of(pixels), Sampled.of(other), scaled=True) is right


def test_a_finding_says_how_the_array_is_wrong() -> None:
    """The judge keeps the likeness as the finding's setting."""

    def evidence(array: np.ndarray) -> Evidence:
        return Evidence("c", "values", "f", "ok", outputs={"result": Sampled.of(array)})

    verdict = judge("f", 10, [(evidence(PICTURES), evidence(PICTURES[..., ::-1]))])
    assert [(f.rule, f.setting) for f in verdict.findings] == [("value", likeness.CHANNELS)]
    assert verdict.points == 2.5


def test_a_shape_that_is_turned_round_is_shown_as_well() -> None:
    """The sentence names what happened, and both shapes."""
    finding = Finding("value-shape", "shapes", "c", "result", likeness.SIDES, [4, 5, 3], [5, 4, 3])
    assert sentence(finding) == (
        "`result`: height and width have changed places: it should be `(4, 5, 3)`, "
        "yours is `(5, 4, 3)`."
    )
