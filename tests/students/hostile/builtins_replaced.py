"""Replaces the built-in functions that a comparison may use.

Afterwards: the marks are no better than those of the same answers without it.
"""

import builtins
import math

builtins.all = lambda items: True
builtins.any = lambda items: True
builtins.abs = lambda value: 0
math.isclose = lambda *args, **kwargs: True
