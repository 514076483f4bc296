"""Checks for Keras exercises: probes record what a student's code does, and a judge evaluates it.

    probes/     run the student's code and record what it does   -> evidence
    evidence/   the records of a probe as plain data             -> JSON for another process
    judge/      compare evidence with the reference's            -> a verdict
    feedback/   explain a verdict                                -> sentences and drawings
    check       the functions that a notebook calls
    published   the reference's evidence for the visible checks

The package depends on Keras and on no course. Only `probes` imports Keras; judging needs NumPy.
"""

from __future__ import annotations

import os

# TensorFlow prints start-up messages to stderr unless this is set before it is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__version__ = "0.1.0"
