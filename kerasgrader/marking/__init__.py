"""Evidence becomes points in the gradebook: reference, judging, redaction, nbgrader's steps."""
