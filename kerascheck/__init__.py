"""Checks for Keras exercises: a student's code gives evidence, and the evidence is judged beside it.

    probes/     run beside the student's code and record what it did   -> evidence
    evidence/   what a probe records, as plain data                    -> crosses to another process as JSON
    judge/      evidence beside the reference's                        -> a verdict
    feedback/   a verdict                                              -> words and drawings
    check       what a notebook calls
    published   the reference's evidence for the visible checks

It knows Keras and no course. Only `probes` imports Keras; judging needs NumPy.
"""

from __future__ import annotations

import os

# TensorFlow prints start-up notes to stderr unless it is told not to before it is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__version__ = "0.1.0"
