"""Prints the seed that the grader set, and everything else in the environment."""

import os

print(dict(os.environ))
print({name: value for name, value in os.environ.items() if "SEED" in name})
