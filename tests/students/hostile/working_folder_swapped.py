"""Puts a link to somebody else's folder where its own was, for the grader to destroy in its stead.

Afterwards: the other folder is as it was, and its own is gone.
"""

import json
import os
from pathlib import Path

ME = "hostile-working_folder_swapped"
world = json.loads(Path("world.json").read_text())
here = os.getcwd()
away = str(Path(here).parent / f"{ME}.moved")
try:
    os.rename(here, away)
    print("DONE moved its folder")
    os.symlink(world["folders"]["writable"], here)
    print("DONE put a link in its place")
except OSError as error:
    print(f"DENIED moving its folder: {error}")
