"""Gives the test of the wrong exercise an id that the gradebook does not know."""

METADATA = {"test_identity_block": {"nbgrader": {"grade_id": "test_of_patience"}}}
