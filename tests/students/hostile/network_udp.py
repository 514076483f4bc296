"""Sends datagrams to services of the host.

Afterwards: nobody was reached.
"""

import json
import socket
from pathlib import Path

ME = "hostile-network_udp"
world = json.loads(Path("world.json").read_text())["sockets"]
for address in world["addresses"]:
    if ":" in address:
        continue
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.settimeout(2)
            sender.sendto(ME.encode(), (address, world["udp_port"]))
            print(f"STOLEN over UDP from {address}: {sender.recv(200).decode()}")
    except OSError as error:
        print(f"DENIED UDP to {address}: {error}")
