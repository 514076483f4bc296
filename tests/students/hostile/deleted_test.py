"""Deletes the test of the wrong exercise."""

METADATA = {"test_identity_block": None}
