"""Sends messages whose signatures are wrong, missing, or those of messages that were sent before.

Afterwards: the marks are no better than without it, and nobody waited longer than the limit.
"""

import json
import time
from pathlib import Path

ME = "hostile-messages_unsigned"
world = json.loads(Path("world.json").read_text())
kernel = get_ipython().kernel
session = kernel.session
result = {"data": {"text/plain": "30"}, "metadata": {}, "execution_count": 1}
parts = [
    session.pack(session.msg_header("execute_result")),
    session.pack(kernel.get_parent("shell")["header"]),
    b"{}",
    session.pack(result),
]
print("DONE begins to send", flush=True)
time.sleep(0.5)
for signature in (session.sign(parts), session.sign(parts), session.sign(parts).upper(), b"", b"0" * 64, b"\xff"):
    kernel.iopub_socket.send_multipart([b"<IDS|MSG>", signature, *parts])
    time.sleep(0.1)
print("DONE sent them all", flush=True)
