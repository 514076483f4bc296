"""Images that this course draws itself, where a data set is not on the machine."""
