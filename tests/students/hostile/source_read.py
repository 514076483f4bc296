"""Reads the instructor's folders for the solutions.

Afterwards: nothing that lies in source/ or lessons/ is in anything that the notebook printed.
"""

import json
import re
from pathlib import Path

ME = "hostile-source_read"
world = json.loads(Path("world.json").read_text())
for name in ("source", "lessons"):
    folder = Path(world["folders"]["course"], name)
    try:
        paths = [path for path in (*folder.iterdir(), *folder.glob("*/*")) if path.is_file()]
        text = "\n".join(path.read_text(errors="replace") for path in paths)
    except OSError as error:
        print(f"DENIED {name}: {error}")
        continue
    print(f"DONE read {len(paths)} files with {text.count('BEGIN SOLUTION')} solutions")
    for token in re.findall(world["token"], text):
        print(f"STOLEN {name}: {token}")
