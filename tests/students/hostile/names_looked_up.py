"""Looks up names, which can carry what was found out as well as any message.

Afterwards: no name server was reached; neither the machine's own nor one that it was told of.
"""

import json
import secrets
import socket
import struct
from pathlib import Path

ME = "hostile-names_looked_up"
world = json.loads(Path("world.json").read_text())["sockets"]


def query(name):
    """A question for the address of `name`, as it is sent to a name server."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack(">6H", secrets.randbelow(65536), 256, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


for address in world["addresses"]:
    if ":" in address:
        continue
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.settimeout(2)
            sender.connect((address, world["udp_port"]))
            sender.send(query(f"{ME}.example"))
            print(f"STOLEN from the name server {address}: {sender.recv(200).decode()}")
    except OSError as error:
        print(f"DENIED the name server {address}: {error}")
try:
    socket.getaddrinfo("hostile.invalid", 80)  # a name that by agreement nobody has
    print("GAINED the address of a name that nobody has")
except socket.gaierror as error:
    # EAI_NONAME is a server's answer; EAI_AGAIN means that none was reached.
    answered = error.errno == socket.EAI_NONAME
    print(f"{'GAINED an answer of a name server' if answered else 'DENIED'}: {error}")
