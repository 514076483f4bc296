"""Fills the memory that looks like a disk: /dev/shm, and files without a name.

Afterwards: it had no more than a kernel may have, and nothing of it is left. At most 2 GiB are tried.
"""

import ctypes
import json
import os
import time
from pathlib import Path

ME = "hostile-dev_shm_filled"
world = json.loads(Path("world.json").read_text())
ctypes.CDLL(None).prctl(15, ME.encode())
block = b"x" * 2**24
places = {
    "/dev/shm": lambda: os.open(f"/dev/shm/{ME}", os.O_CREAT | os.O_WRONLY),
    "a file without a name": lambda: os.memfd_create(ME),
    "a pipe": lambda: os.pipe2(os.O_NONBLOCK)[1],
}
for what, open_it in places.items():
    written = 0
    try:
        descriptor = open_it()
        while written < 2**30:
            written += os.write(descriptor, block)
        print(f"DONE wrote {written / 2**30:.1f} GiB into {what}")
        time.sleep(1)
        os.ftruncate(descriptor, 0)
    except OSError as error:
        print(f"DENIED after {written / 2**30:.1f} GiB in {what}: {error}")
