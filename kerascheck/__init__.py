"""Checks for Keras exercises: probes record what a student's code does, and a judge evaluates it.

    probes/     run the student's code and record what it does   -> evidence
    evidence/   the records of a probe as plain data             -> JSON for another process
    judge/      compare evidence with the reference's            -> a verdict
    feedback/   explain a verdict                                -> sentences and drawings
    check       the functions that a notebook calls
    published   the reference's evidence for the visible checks
    devices     the GPUs that there are
    quiet       hides TensorFlow's start-up notes

Imported first, it lets TensorFlow start quietly and share a GPU with other notebooks.

The package depends on Keras and on no course. Only `probes`, `devices` and `start` import Keras; judging
needs NumPy.
"""

from __future__ import annotations

import os

from kerascheck import quiet

# Read by TensorFlow and jax when they start. Both would take a whole GPU for one notebook.
os.environ.setdefault(quiet.LEVEL, "3")
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
quiet.begin()

__version__ = "0.1.0"
