"""Sends messages that are signed as they should be and make no sense: no JSON, wrong types, NaN.

Afterwards: the marks are no better than without it, and nobody waited longer than the limit.
"""

import json
import time
from pathlib import Path

ME = "hostile-messages_of_nonsense"
world = json.loads(Path("world.json").read_text())
kernel = get_ipython().kernel
session = kernel.session
parent = session.pack(kernel.get_parent("shell")["header"])


def header(kind, **changes):
    return json.dumps({**session.msg_header(kind), **changes}, default=str).encode()


own, good = header("stream"), b'{"name": "stdout", "text": "x"}'
wrong = [
    (own, parent, b"{}", b'{"name": "stdout", "text": "\\ud800"}'),
    (own, parent, b"{}", b'{"name": "stdout", "text": "a", "text": "b", "more": {}}'),
    (own, parent, b"{}", b'{"name": "a stream that is none", "text": "x"}'),
    (header("comm_open"), parent, b"{}", b'{"comm_id": {}, "data": 7}'),
    (header("update_display_data"), parent, b"{}", b'{"data": {}, "metadata": {}, "transient": 7}'),
    (header("clear_output"), parent, b"{}", b'{"wait": "perhaps"}'),
    (header("status"), parent, b"{}", b'{"execution_state": 7}'),
    (header("stream", date="yesterday"), parent, b"{}", good),
    (header("stream", date=7), parent, b"{}", good),
    (header("stream", msg_type=["stream"]), parent, b"{}", good),
    (own, b'{"msg_id": ["x"]}', b"{}", good),
    (own, b"{}", b"{}", good),
    (own, parent, b"[]", good),
    (own, parent, b"{}", b'{"name": "stdout", "text": NaN}'),
    (own, parent, b"{}", b'{"name": "stdout", "text": ' + b"9" * 10_000 + b"}"),
    (header("error"), parent, b"{}", b"{}"),
    (header("execute_result"), parent, b"{}", b'{"data": []}'),
    (header("clear_output"), parent, b"{}", b"7"),
    (own, parent, b"{}", b"[" * 100_000),
    (own, parent, b"{}", b"no json"),
    (own, parent, b"{}", b"\xff\xfe"),
    (b"[]", parent, b"{}", good),
    (b"null", b"null", b"null", b"null"),
    (b"", b"", b"", b""),
]
print("DONE begins to send", flush=True)
time.sleep(0.5)
for parts in wrong:
    kernel.iopub_socket.send_multipart([b"<IDS|MSG>", session.sign(list(parts)), *parts])
    time.sleep(0.1)
print("DONE sent them all", flush=True)
