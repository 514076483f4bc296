"""Gives the test of the wrong exercise the id of one that it passes.

Afterwards: the test is what it is in source/, and the marks are those of the same answers without it.
"""

METADATA = {"test_identity_block": {"nbgrader": {"grade_id": "test_convolutional_block"}}}
