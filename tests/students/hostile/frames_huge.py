"""Sends messages of a size that fills the memory of whoever receives them.

Afterwards: the grader's memory held out, and the marks are there. At most 600 MB are sent.
"""

import json
from pathlib import Path

ME = "hostile-frames_huge"
world = json.loads(Path("world.json").read_text())
kernel = get_ipython().kernel
parent = kernel.get_parent("shell")
print("DONE began to send", flush=True)
text = {"name": "stdout", "text": "x" * 300_000_000}
kernel.session.send(kernel.iopub_socket, "stream", text, parent=parent)
kernel.session.send(
    kernel.iopub_socket, "display_data", {"data": {"text/plain": "x"}, "metadata": {}},
    parent=parent, buffers=[bytes(300_000_000)],
)
