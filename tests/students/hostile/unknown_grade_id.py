"""Gives the test of the wrong exercise an id that the gradebook does not know.

Afterwards: the test is what it is in source/, and the marks are those of the same answers without it.
"""

METADATA = {"test_identity_block": {"nbgrader": {"grade_id": "test_of_patience"}}}
