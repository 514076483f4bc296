"""Sends evidence with numbers that no JSON has, or that no computer holds.

Afterwards: the marks are no better than those of the same answers without it, and judging went on.
"""

import json

from kerascheck import check

kernel = get_ipython().kernel
session = kernel.session
NUMBERS = (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-0.0", b"1" * 400 + b".5", b"1e-999", b"9" * 5000)


def send(plain, number):
    """A message in which `number` stands, letter for letter, for every element."""
    for array in plain["outputs"].values():
        array["elements"] = ["@"] * len(array["elements"])
    data = {"application/vnd.kerascheck.evidence+json": plain, "text/plain": "evidence"}
    content = json.dumps({"data": data, "metadata": {}, "transient": {}}).encode()
    parts = [
        session.pack(session.msg_header("display_data")),
        session.pack(kernel.get_parent("shell")["header"]),
        b"{}",
        content.replace(b'"@"', number),
    ]
    kernel.iopub_socket.send_multipart(
        [b"stream.display_data", b"<IDS|MSG>", session.sign(parts), *parts]
    )


def odd(evidence):
    for number in NUMBERS:
        send(evidence.to_plain(), number)


check._hand_over = odd
