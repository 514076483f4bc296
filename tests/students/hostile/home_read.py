"""Reads private files of the account that grades.

Afterwards: nothing of the account's home is in anything that the notebook printed.
"""

import json
import os
from pathlib import Path

ME = "hostile-home_read"
world = json.loads(Path("world.json").read_text())
try:
    print("DONE listed", os.listdir(world["folders"]["home"]))
except OSError as error:
    print(f"DENIED home: {error}")
for name in ("home", "account"):
    try:
        print(f"STOLEN {name}: {Path(world['secrets'][name]).read_text()}")
    except OSError as error:
        print(f"DENIED {name}: {error}")
