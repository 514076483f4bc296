"""What the drawn images of every stand-in promise: a function of their seed, and no two alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest

from resnet_course.datasets.stand_ins import hands, objects, pets

Images = tuple[Sequence[np.ndarray], Sequence[int]]


def some_hands(split: int, seed: int = hands.SEED) -> Images:
    return hands.draw_signs(12, split, seed)


def some_objects(split: int, seed: int = objects.SEED) -> Images:
    return objects.draw_objects(20, split, seed)


def some_pets(split: int, seed: int = pets.SEED) -> Images:
    """The two kinds take the place of splits."""
    kind = pets.KINDS[split]
    return [np.asarray(pets.draw_pet(kind, number, seed)) for number in range(12)], [split] * 12


def one_hand(label: int, split: int, number: int) -> np.ndarray:
    return hands.draw_hand(int(label), hands._generator(hands.SEED, split, number))


def one_object(label: int, split: int, number: int) -> np.ndarray:
    kind = objects.CLASSES[label]
    return objects.draw_object(kind, objects._generator(objects.SEED, split, number))


def one_pet(label: int, split: int, number: int) -> np.ndarray:
    return np.asarray(pets.draw_pet(pets.KINDS[label], number))


@cache
def drawn(draw: Callable[..., Images], *arguments: int) -> Images:
    """Images that several tests look at."""
    return draw(*arguments)


every = pytest.mark.parametrize("draw", [some_hands, some_objects, some_pets])
labelled = pytest.mark.parametrize(("draw", "classes"), [(some_hands, 6), (some_objects, 10)])


@every
def test_the_same_seed_gives_the_same_bytes(draw: Callable[..., Images]) -> None:
    """Drawing is a function of the seed, whatever was drawn before."""
    (images, labels), (others, other_labels) = drawn(draw, 0), draw(0)
    assert all(map(np.array_equal, images, others))
    assert np.array_equal(labels, other_labels)


@every
def test_another_seed_gives_other_images(draw: Callable[..., Images]) -> None:
    """The seed reaches the images, not only their order."""
    first, second = drawn(draw, 0)[0], drawn(draw, 0, 1)[0]
    assert not {image.tobytes() for image in first} & {image.tobytes() for image in second}


@pytest.mark.parametrize(
    ("draw", "alone"),
    [(some_hands, one_hand), (some_objects, one_object), (some_pets, one_pet)],
)
def test_an_image_does_not_depend_on_those_before_it(
    draw: Callable[..., Images], alone: Callable[..., np.ndarray]
) -> None:
    """Each image has a generator of its own: seed, split, label and number give the image."""
    images, labels = drawn(draw, 1)
    assert np.array_equal(images[7], alone(labels[7], 1, 7))


@every
def test_no_two_images_are_the_same(draw: Callable[..., Images]) -> None:
    """Neither within a split (or a kind) nor between the two."""
    images = [*drawn(draw, 0)[0], *drawn(draw, 1)[0]]
    assert len({image.tobytes() for image in images}) == len(images)


@every
def test_images_are_whole_numbers_in_three_colours(draw: Callable[..., Images]) -> None:
    """uint8 (height, width, 3), and each image has light and dark."""
    for image in drawn(draw, 0)[0]:
        assert (image.dtype, image.ndim, image.shape[2]) == (np.uint8, 3, 3)
        assert np.ptp(image) > 80


@labelled
def test_classes_are_balanced_and_shuffled(draw: Callable[..., Images], classes: int) -> None:
    """Every class has as many images as every other, in no particular order."""
    labels = np.asarray(drawn(draw, 0)[1])
    assert labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [2] * classes
    assert (np.diff(labels) < 0).sum() > 1


@pytest.mark.parametrize(("draw", "classes"), [(hands.draw_signs, 6), (objects.draw_objects, 10)])
def test_a_count_that_cannot_be_balanced_is_refused(
    draw: Callable[..., Images], classes: int
) -> None:
    """Six classes cannot share seven images."""
    with pytest.raises(ValueError, match=f"multiple of {classes}"):
        draw(classes + 1, split=0)
