"""Leaves folders nested more deeply than a recursive program can follow, with paths too long to name.

Afterwards: its folder is gone, however deep it was, and the submission has its marks.
"""

import json
import os
from pathlib import Path

ME = "hostile-deep_folders"
world = json.loads(Path("world.json").read_text())
here = os.open(".", os.O_RDONLY)
for place in (".", world["folders"]["writable"]):
    try:
        os.chdir(place)
        os.mkdir(ME)
        os.chdir(ME)
        for _ in range(3000):
            os.mkdir("deeper")
            os.chdir("deeper")
        Path("bottom.txt").write_text(ME)
        print(f"DONE folders in {place}")
    except OSError as error:
        print(f"DENIED folders in {place}: {error}")
    finally:
        os.fchdir(here)
os.close(here)
