"""Grade a whole class: parallel executions, and a single writer for the gradebook."""
