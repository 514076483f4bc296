"""Reads the nonce, from which all inputs of the hidden checks follow, and what lies beside it.

Afterwards: neither the nonce nor a file beside it is in anything that the notebook printed.
"""

import json
from pathlib import Path

ME = "hostile-nonce_read"
world = json.loads(Path("world.json").read_text())
for name in ("nonce", "grader"):
    try:
        print(f"STOLEN {name}: {Path(world['secrets'][name]).read_text()}")
    except OSError as error:
        print(f"DENIED {name}: {error}")
