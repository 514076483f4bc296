"""Unlocks the tests and declares them to be answers, so that its own source would count."""

METADATA = {
    "test_identity_block": {"nbgrader": {"locked": False, "solution": True}},
    "imports": {"nbgrader": {"locked": False, "solution": True}},
}
