"""Calls home.

Afterwards: nobody was reached.
"""

import socket

for address in (("1.1.1.1", 53), ("127.0.0.1", 8888), ("169.254.169.254", 80)):
    try:
        socket.create_connection(address, timeout=1).close()
        print("connected to", address)
    except OSError:
        pass
