"""Makes its tests worth a thousand points.

Afterwards: the test is what it is in source/, and the marks are those of the same answers without it.
"""

METADATA = {
    "test_identity_block": {"nbgrader": {"points": 1000}},
    "test_convolutional_block": {"nbgrader": {"points": 1000}},
    "test_resnet50": {"nbgrader": {"points": 1000}},
}
