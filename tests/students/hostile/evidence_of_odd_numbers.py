"""Sends evidence with numbers that no JSON has, or that no computer holds.

Afterwards: the marks are no better than those of the same answers without it, and judging went on.
"""

import json
import os

from kerascheck import check

NUMBERS = (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-0.0", b"1" * 400 + b".5", b"1e-999", b"9" * 5000)


def send(plain, number):
    """A line in which `number` stands, letter for letter, for every element."""
    for array in plain["outputs"].values():
        array["elements"] = ["@"] * len(array["elements"])
    with open(int(os.environ["KERASCHECK_PIPE"]), "wb", closefd=False) as pipe:
        pipe.write(json.dumps(plain).encode().replace(b'"@"', number) + b"\n")


def odd(evidence):
    for number in NUMBERS:
        send(evidence.to_plain(), number)


check._hand_over = odd
