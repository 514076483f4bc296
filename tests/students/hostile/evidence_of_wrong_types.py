"""Hands over evidence whose fields have the wrong types: texts for numbers, lies about shapes, booleans.

Afterwards: the marks are no better than those of the same answers without it, and judging went on.
"""

import json
import os

from kerascheck import check


def hand_over(value):
    """Write evidence where the checks write theirs."""
    with open(int(os.environ["KERASCHECK_PIPE"]), "wb", closefd=False) as pipe:
        pipe.write(json.dumps(value).encode() + b"\n")


def odd(array):
    """The same array, wrong in one way after the other."""
    count = len(array["elements"])
    yield {**array, "elements": [True] * count}
    yield {**array, "elements": [str(number) for number in array["elements"]]}
    yield {**array, "elements": [[number] for number in array["elements"]]}
    yield {**array, "elements": {"0": 1}}
    yield {**array, "dtype": ["float32"]}
    yield {**array, "dtype": "object"}
    yield {**array, "shape": [True, 4, 4, 6]}
    yield {**array, "shape": [-1]}
    yield {**array, "shape": [2**39, 2**39, 0]}
    yield {**array, "shape": "3446"}
    yield {**array, "shape": [None] * 16}
    yield {**array, "shape": [count], "elements": [1e308] * count}


def wrong(evidence):
    plain = evidence.to_plain()
    for name, array in plain["outputs"].items():
        for other in odd(array):
            changed = {**plain, "outputs": {**plain["outputs"], name: other}}
            hand_over(changed)


check._hand_over = wrong
