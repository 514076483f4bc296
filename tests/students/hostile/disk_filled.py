"""Fills the disk, in its folder and wherever else it can write.

Afterwards: it had no more of the disk than a kernel may have, and gave it back. At most 3 GiB are tried.
"""

import json
import os
import time
from pathlib import Path

ME = "hostile-disk_filled"
world = json.loads(Path("world.json").read_text())
block, left = os.urandom(2**20) * 16, 3 * 2**30
for place in (world["folders"]["writable"], "/var/tmp", "/tmp", os.getcwd()):
    written = 0
    path = Path(place, f"{ME}.full")
    try:
        with path.open("wb", buffering=0) as file:
            while left > 0:
                written += file.write(block)
                left -= len(block)
            print(f"DONE wrote {written / 2**30:.1f} GiB in {place}")
            if place != os.getcwd():
                time.sleep(1)
                file.truncate(0)
    except OSError as error:
        print(f"DENIED after {written / 2**30:.1f} GiB in {place}: {error}")
