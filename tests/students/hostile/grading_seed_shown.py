"""Prints the seed that the grader set, and everything else in the environment.

Afterwards: the grading seed is in nothing that the notebook printed; the seed that follows from it may be.
"""

import os

print(dict(os.environ))
print({name: value for name, value in os.environ.items() if "SEED" in name})
