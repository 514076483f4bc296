"""Raises an error whose message gives away the arguments of the hidden tests.

Afterwards: no argument of a hidden check is on the student's page.
"""

import os

honest = identity_block


def identity_block(X, f, filters, stage, block):
    try:
        return honest(X, f, filters, stage, block)
    finally:
        seed = os.environ.get("KERASCHECK_SEED")
        raise RuntimeError(f"{X.shape} f={f} filters={filters} {stage}{block} seed={seed}")
