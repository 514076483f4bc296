"""Images that this course draws itself if a data set is not on the machine."""
