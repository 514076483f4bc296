"""The drawn objects of the CIFAR-10 stand-in: their form and their names; colour does not tell them."""

import numpy as np

from resnet_course.datasets.stand_ins import objects


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
