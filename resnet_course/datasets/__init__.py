"""The course's pictures: each data set has one loader, which says where its pictures came from."""

from .signs import DataError, Signs, load_signs

__all__ = ["DataError", "Signs", "load_signs"]
