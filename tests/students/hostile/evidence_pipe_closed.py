"""Closes the pipe of the evidence, and puts another file in its place.

Afterwards: the marks are no better than those of the same answers without it.
"""

import os

pipe = int(os.environ["KERASCHECK_PIPE"])
os.dup2(os.open("evidence.txt", os.O_CREAT | os.O_WRONLY), pipe)
