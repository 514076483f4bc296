"""A class at a time: executions side by side, and one writer for the gradebook."""
