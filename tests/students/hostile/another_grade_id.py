"""Gives the test of the wrong exercise the id of one that it passes."""

METADATA = {"test_identity_block": {"nbgrader": {"grade_id": "test_convolutional_block"}}}
