"""Declares the test of the wrong exercise to be no test."""

METADATA = {"test_identity_block": {"nbgrader": {"grade": False}}}
