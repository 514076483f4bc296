"""Declares the test of the wrong exercise to be no test.

Afterwards: the test is what it is in source/, and the marks are those of the same answers without it.
"""

METADATA = {"test_identity_block": {"nbgrader": {"grade": False}}}
