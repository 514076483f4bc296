"""Turns the test of the wrong exercise into an essay, to be marked by a kind person.

Afterwards: the test is what it is in source/, and the marks are those of the same answers without it.
"""

METADATA = {
    "test_identity_block": {
        "nbgrader": {"solution": True, "task": False, "cell_type": "markdown", "schema_version": 1}
    }
}
