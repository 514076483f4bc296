"""Fills the fields that nbgrader reads with values of the wrong kind.

Afterwards: the test is what it is in source/, and the marks are those of the same answers without it.
"""

METADATA = {
    "test_identity_block": {
        "nbgrader": {"grade_id": ["test_identity_block"], "points": "lots", "schema_version": None},
        "tags": {"skip-execution": True},
    },
    "identity_block": {"nbgrader": "answer", "execution": "never"},
}
