"""The course's data sets: each has one loader, which reports the origin of its images."""

from .cats_dogs import CatsDogs, load_cats_dogs
from .cifar10 import Cifar10, load_cifar10
from .data_set import DataError
from .signs import Signs, load_signs

__all__ = [
    "CatsDogs",
    "Cifar10",
    "DataError",
    "Signs",
    "load_cats_dogs",
    "load_cifar10",
    "load_signs",
]
