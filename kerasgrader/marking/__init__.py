"""Turn evidence into points in the gradebook: reference, judging, redaction, nbgrader's steps."""
