"""Removes everything in its folder, and the folder, and works on from nowhere.

Afterwards: nothing else is gone, and the submission has its marks.
"""

import json
import shutil
from pathlib import Path

ME = "hostile-working_folder_removed"
world = json.loads(Path("world.json").read_text())
here = Path.cwd()
if here.is_relative_to(world["folders"]["course"]):
    print("DENIED its folder: it is part of the course")
else:
    shutil.rmtree(here, ignore_errors=True)
    print("DENIED its folder" if here.is_dir() else "DONE removed its folder")
