"""Deletes the test of the wrong exercise.

Afterwards: the test is what it is in source/, and the marks are those of the same answers without it.
"""

METADATA = {"test_identity_block": None}
