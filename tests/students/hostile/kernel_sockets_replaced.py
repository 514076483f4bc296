"""Puts sockets of its own in the place of the kernel's, which change what is sent through them.

Afterwards: the marks are no better than those of the same answers without it.
"""

import json

from kerascheck import published

MIME = "application/vnd.kerascheck.evidence+json"
kernel = get_ipython().kernel
session = kernel.session
known = {e.exercise: e.to_plain() for unit in published.units() for e in unit.evidence}


class Forger:
    def __init__(self, socket):
        self.socket = socket

    def __getattr__(self, name):
        return getattr(self.socket, name)

    def send_multipart(self, parts, *args, **kwargs):
        parts = [bytes(part) for part in parts]
        if b"<IDS|MSG>" in parts:
            start = parts.index(b"<IDS|MSG>") + 2
            content = json.loads(parts[start + 3])
            data = content.get("data", {})
            if MIME in data:
                own = data[MIME]
                data[MIME] = {**known.get(own["exercise"], own), "call": own["call"]}
                parts[start + 3] = json.dumps(content).encode()
                parts[start - 1] = session.sign(parts[start : start + 4])
        return self.socket.send_multipart(parts, *args, **kwargs)


kernel.iopub_socket = Forger(kernel.iopub_socket)
shell = get_ipython()
shell.display_pub.pub_socket = kernel.iopub_socket
shell.displayhook.pub_socket = kernel.iopub_socket
