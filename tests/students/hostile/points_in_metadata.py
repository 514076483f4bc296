"""Makes its tests worth a thousand points."""

METADATA = {
    "test_identity_block": {"nbgrader": {"points": 1000}},
    "test_convolutional_block": {"nbgrader": {"points": 1000}},
    "test_resnet50": {"nbgrader": {"points": 1000}},
}
