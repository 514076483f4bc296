"""The drawn objects of the CIFAR-10 stand-in: deterministic, balanced, varied, told apart by shape."""

from hashlib import sha256

import numpy as np
import pytest

from resnet_course.datasets import objects


def test_the_same_seed_draws_the_same_pictures() -> None:
    """A picture depends on its seed, split and number, and on no picture before it."""
    x, y = objects.draw_objects(20, split=0)
    longer, labels = objects.draw_objects(20, split=0)
    assert np.array_equal(x, longer) and np.array_equal(y, labels)
    alone = objects.draw_object(objects.CLASSES[y[7]], objects._generator(objects.SEED, 0, 7))
    assert np.array_equal(x[7], alone)


def test_no_picture_is_in_both_splits() -> None:
    """Training and test pictures differ, and so do any two pictures."""
    pictures = [*objects.draw_objects(50, split=0)[0], *objects.draw_objects(50, split=1)[0]]
    assert len({sha256(picture.tobytes()).digest() for picture in pictures}) == 100


def test_classes_are_balanced_and_shuffled() -> None:
    """Every class has as many pictures as every other, in no particular order."""
    _, y = objects.draw_objects(60, split=0)
    assert np.bincount(y).tolist() == [6] * 10
    assert not np.array_equal(y, np.sort(y))


def test_the_names_are_the_stand_ins_own() -> None:
    """Nobody can take the stand-in's classes for CIFAR-10's."""
    from resnet_course.datasets import cifar10

    assert len(objects.CLASSES) == 10
    assert not set(objects.CLASSES) & set(cifar10.CLASSES)


def test_colour_does_not_tell_the_class() -> None:
    """Mean colours of classes differ by less than pictures of one class do among themselves."""
    x, y = objects.draw_objects(200, split=0)
    means = x.reshape(len(x), -1, 3).mean(axis=1)
    of_classes = np.array([means[y == c].mean(axis=0) for c in range(10)])
    assert of_classes.std(axis=0).mean() < np.mean([means[y == c].std(axis=0) for c in range(10)])


def test_the_format_is_that_of_the_real_pictures() -> None:
    """uint8, 32×32 in three colours, using most of the range."""
    x, _ = objects.draw_objects(10, split=0)
    assert (x.shape, x.dtype) == ((10, 32, 32, 3), np.uint8)
    assert x.max() > 200 and x.min() < 40


def test_an_uneven_count_is_refused() -> None:
    """Balanced classes need a multiple of ten."""
    with pytest.raises(ValueError, match="multiple of 10"):
        objects.draw_objects(15, split=0)
