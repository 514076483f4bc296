"""Sends messages that lack parts, have too many, or have nothing in them.

Afterwards: the marks are no better than without it, and nobody waited longer than the limit.
"""

import json
import time
from pathlib import Path

ME = "hostile-messages_in_pieces"
world = json.loads(Path("world.json").read_text())
kernel = get_ipython().kernel
session = kernel.session
parent = session.pack(kernel.get_parent("shell")["header"])
content = session.pack({"name": "stdout", "text": "x"})


def message(*left_out):
    """A good message, with a header of its own, but for the parts that are left out."""
    parts = [session.pack(session.msg_header("stream")), parent, b"{}", content]
    parts = [part for index, part in enumerate(parts) if index not in left_out]
    return [b"<IDS|MSG>", session.sign(parts), *parts]


wrong = [
    [b"topic", b"topic", *message()],
    [*message(), b"a buffer", b""],
    [*message(), *[b"x"] * 10_000],
    [*message(), *message()],
    message(3),
    message(0, 1, 2, 3),
    [b"<IDS|MSG>", b"<IDS|MSG>", b"<IDS|MSG>"],
    [b"<IDS|MSG>"],
    [b"x"] * 1000,
    [b""],
]
print("DONE begins to send", flush=True)
time.sleep(0.5)
for frames in wrong:
    kernel.iopub_socket.send_multipart(frames)
    time.sleep(0.1)
print("DONE sent them all", flush=True)
