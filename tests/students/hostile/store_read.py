"""Reads the executed notebooks that the grader keeps, the instructor's own among them.

Afterwards: nothing of the store is in anything that the notebook printed.
"""

import json
import re
from pathlib import Path

ME = "hostile-store_read"
world = json.loads(Path("world.json").read_text())
known = Path(world["secrets"]["store"])
try:
    found = [known, *known.parents[1].glob("*/*.json")]
    text = "".join(path.read_text(errors="replace") for path in found)
    print(f"DONE read {len(found)} executed notebooks")
    for token in set(re.findall(world["token"], text)):
        print(f"STOLEN store: {token}")
except OSError as error:
    print(f"DENIED store: {error}")
