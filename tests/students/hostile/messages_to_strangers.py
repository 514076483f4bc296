"""Publishes messages under the headers of requests that were never made, or not yet, or long ago.

Afterwards: the marks are those of the same answers without it, and nobody waited longer than the limit.
"""

import json
import time
from pathlib import Path

ME = "hostile-messages_to_strangers"
world = json.loads(Path("world.json").read_text())
kernel = get_ipython().kernel
own = kernel.get_parent("shell")
print("DONE began to publish", flush=True)


def parents():
    """Headers that look right and are not."""
    yield {"header": {}}
    yield {"header": {**own["header"], "msg_id": "0"}}
    yield {"header": {**own["header"], "session": "another", "username": "instructor"}}
    session, _, number = own["header"]["msg_id"].rpartition("_")
    for step in range(-5, 30):
        if number.isdigit():
            yield {"header": {**own["header"], "msg_id": f"{session}_{int(number) + step}"}}


contents = {
    "execute_result": {"data": {"text/plain": "30"}, "metadata": {}, "execution_count": 1},
    "error": {"ename": "Nothing", "evalue": "", "traceback": []},
    "status": {"execution_state": "idle"},
    "stream": {"name": "stdout", "text": "flood " * 1000},
    "no_such_message": {},
}
until = time.monotonic() + 8
while time.monotonic() < until:
    for parent in parents():
        for kind, content in contents.items():
            kernel.session.send(kernel.iopub_socket, kind, content, parent=parent)
