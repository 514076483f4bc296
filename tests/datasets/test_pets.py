"""The drawn cats and dogs of the stand-in: of many sizes, told apart by shape alone."""

from functools import cache

import numpy as np
import pytest
from PIL import Image

from resnet_course.datasets.stand_ins import pets


def drawn(kind: str, count: int, first: int = 0) -> list[np.ndarray]:
    return [picture(kind, number) for number in range(first, first + count)]


@cache
def picture(kind: str, number: int) -> np.ndarray:
    """Several tests look at the same ones."""
    return np.asarray(pets.draw_pet(kind, number))


def test_sizes_vary_and_few_are_square() -> None:
    """Widths and heights are drawn apart, so whoever confuses them is found out."""
    shapes = [picture.shape for picture in (*drawn("cat", 30), *drawn("dog", 30))]
    sides = [side for shape in shapes for side in shape[:2]]
    assert min(sides) >= 96 and max(sides) <= 240 and max(sides) - min(sides) > 100
    assert sum(shape[0] == shape[1] for shape in shapes) < 6
    assert {shape[2] for shape in shapes} == {3}


def test_colour_does_not_tell_the_kind() -> None:
    """Mean colours of the kinds differ by less than pictures of one kind do among themselves."""
    means = {
        kind: np.array([picture.mean(axis=(0, 1)) for picture in drawn(kind, 60)])
        for kind in pets.KINDS
    }
    between = np.abs(means["cat"].mean(axis=0) - means["dog"].mean(axis=0))
    assert (between < means["cat"].std(axis=0)).all()


def test_shape_tells_the_kind() -> None:
    """The mean edges of cats and of dogs tell most new pictures apart, whatever their colours."""

    def edges(picture: np.ndarray) -> np.ndarray:
        small = Image.fromarray(picture).convert("L").resize((32, 32))
        steep = np.hypot(*np.gradient(np.asarray(small, float)))
        return (steep / np.linalg.norm(steep)).ravel()

    cats, dogs = (np.mean([edges(p) for p in drawn(kind, 100)], axis=0) for kind in pets.KINDS)
    right = [edges(picture) @ (cats - dogs) > 0 for picture in drawn("cat", 60, first=100)]
    right += [edges(picture) @ (dogs - cats) > 0 for picture in drawn("dog", 60, first=100)]
    assert np.mean(right) > 0.6


def test_another_kind_is_refused() -> None:
    """There are cats and dogs."""
    with pytest.raises(ValueError, match="rabbit"):
        pets.draw_pet("rabbit", 0)
