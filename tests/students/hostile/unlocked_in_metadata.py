"""Unlocks the tests and declares them to be answers, so that its own source would count.

Afterwards: the test is what it is in source/, and the marks are those of the same answers without it.
"""

METADATA = {
    "test_identity_block": {"nbgrader": {"locked": False, "solution": True}},
    "imports": {"nbgrader": {"locked": False, "solution": True}},
}
