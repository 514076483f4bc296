"""The course's data sets: each has one loader, which reports the origin of its images.

A loader is imported when it is first used (`resnet_course.load_signs`): only the cats and dogs need Pillow.
"""

from .data_set import DataError

__all__ = ["DataError"]
