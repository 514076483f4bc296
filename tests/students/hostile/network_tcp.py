"""Connects to services of the host over TCP.

Afterwards: nobody was reached.
"""

import json
import socket
from pathlib import Path

ME = "hostile-network_tcp"
world = json.loads(Path("world.json").read_text())["sockets"]
for address in world["addresses"]:
    try:
        with socket.create_connection((address, world["tcp_port"]), timeout=2) as connection:
            connection.sendall(ME.encode())
            print(f"STOLEN over TCP from {address}: {connection.recv(200).decode()}")
    except OSError as error:
        print(f"DENIED TCP to {address}: {error}")
