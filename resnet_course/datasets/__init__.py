"""The course's pictures: each data set has one loader, which says where its pictures came from."""

from .cifar10 import Cifar10, load_cifar10
from .data_set import DataError
from .signs import Signs, load_signs

__all__ = ["Cifar10", "DataError", "Signs", "load_cifar10", "load_signs"]
