"""Reads the names and marks of everyone from the gradebook.

Afterwards: nothing of the gradebook is in anything that the notebook printed.
"""

import json
import re
import sqlite3
from pathlib import Path

ME = "hostile-gradebook_read"
world = json.loads(Path("world.json").read_text())
path = Path(world["secrets"]["gradebook"])
try:
    for token in re.findall(world["token"], path.read_bytes().decode("latin-1")):
        print(f"STOLEN gradebook: {token}")
    rows = sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute("SELECT * FROM student")
    print(f"DONE read {len(list(rows))} students")
except (OSError, sqlite3.Error) as error:
    print(f"DENIED gradebook: {error}")
