"""What a probe records of a student's function, and how such data is read from a process without trust."""
