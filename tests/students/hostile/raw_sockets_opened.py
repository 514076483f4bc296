"""Opens the sockets of administrators: raw ones, packets, virtual machines.

Afterwards: none shows an interface, a route or a packet of the host: nothing was GAINED.
"""

import json
import os
import socket
from pathlib import Path

ME = "hostile-raw_sockets_opened"
world = json.loads(Path("world.json").read_text())
outside = os.stat("/proc/self/ns/net").st_ino == world["namespaces"]["net"]


def interfaces():
    """The host's interfaces other than the loopback."""
    names = [name for _, name in socket.if_nameindex() if name != "lo"]
    if not names:
        raise OSError("there is none")
    return names


def routes():
    lines = Path("/proc/self/net/route").read_text().splitlines()[1:]
    if not lines:
        raise OSError("there is none")
    return len(lines)


def opens(family, kind, protocol=0):
    def attempt():
        socket.socket(family, kind, protocol).close()
        return "opened"

    return attempt


attempts = {
    "interfaces": interfaces,
    "routes": routes,
    "raw": opens(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    "packets": opens(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)),
    "virtual machines": opens(socket.AF_VSOCK, socket.SOCK_STREAM),
}
within = ("raw", "packets")
for what, attempt in attempts.items():
    try:
        text = attempt()
        # In a network of its own, a raw socket reaches nobody.
        print(f"{'DONE' if what in within and not outside else 'GAINED'} {what}: {text}")
    except OSError as error:
        print(f"DENIED {what}: {error}")
