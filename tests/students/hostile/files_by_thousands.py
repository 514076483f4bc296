"""Makes so many files that the disk has no more of them, though it is empty.

Afterwards: there were no more than a kernel may have, and none is left. At most 60,000 are tried.
"""

import json
import os
from pathlib import Path

ME = "hostile-files_by_thousands"
world = json.loads(Path("world.json").read_text())
left = 60_000
for place in (os.getcwd(), world["folders"]["writable"], "/tmp"):
    folder, made = Path(place, f"{ME}.many"), 0
    try:
        folder.mkdir()
        share = 40_000 if place == os.getcwd() else 10_000
        while made < share and left > 0:
            os.close(os.open(folder / str(made), os.O_CREAT | os.O_WRONLY))
            made, left = made + 1, left - 1
        print(f"DONE made {made} files in {place}")
    except OSError as error:
        print(f"DENIED after {made} files in {place}: {error}")
