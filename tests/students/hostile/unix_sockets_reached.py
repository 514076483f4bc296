"""Connects to local services of the host, by path and by abstract name.

Afterwards: nobody was reached.
"""

import json
import os
import socket
from pathlib import Path

ME = "hostile-unix_sockets_reached"
world = json.loads(Path("world.json").read_text())
sockets = world["sockets"]
addresses = {
    "path": sockets["path"],
    "abstract": "\0" + sockets["abstract"],
    "path through the parent's root": f"/proc/{os.getppid()}/root{sockets['path']}",
}
for what, address in addresses.items():
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(address)
            connection.sendall(ME.encode())
            print(f"STOLEN over a Unix socket by {what}: {connection.recv(200).decode()}")
    except OSError as error:
        print(f"DENIED a Unix socket by {what}: {error}")
