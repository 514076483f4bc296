"""Reads what other students submitted, and copies their answers.

Afterwards: nothing that another student submitted is in anything that the notebook printed.
"""

import json
import re
from pathlib import Path

ME = "hostile-submissions_read"
world = json.loads(Path("world.json").read_text())
submitted = Path(world["folders"]["course"], "submitted")
known = Path(world["secrets"]["submission"])
try:
    found = [known, *submitted.glob("*/*/*.ipynb")]
    for path in found[:500]:
        for token in set(re.findall(world["token"], path.read_text(errors="replace"))):
            print(f"STOLEN submission: {token}")
    print(f"DONE read {len(found)} submissions")
except OSError as error:
    print(f"DENIED submissions: {error}")
