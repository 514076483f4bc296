"""Leaves files among the programs that every later kernel runs, where it could as well change them.

Afterwards: no folder of packages, of Python or of the course has a new file.
"""

import json
from pathlib import Path

ME = "hostile-packages_changed"
world = json.loads(Path("world.json").read_text())
for folder in world["folders"]["packages"]:
    try:
        Path(folder, f"{ME}.txt").write_text("could have been a program")
        print(f"DONE wrote into {folder}")
    except OSError as error:
        print(f"DENIED {folder}: {error}")
