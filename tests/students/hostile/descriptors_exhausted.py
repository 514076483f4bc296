"""Opens files until none is left, for itself and for the whole machine.

Afterwards: others can open theirs, and the submission has its marks.
"""

import json
import os
from pathlib import Path

ME = "hostile-descriptors_exhausted"
world = json.loads(Path("world.json").read_text())
opened = []
try:
    while len(opened) < 200_000:
        opened.append(os.eventfd(0))
    print(f"DONE opened {len(opened)} descriptors")
except OSError as error:
    print(f"DENIED after {len(opened)} descriptors: {error}")
for descriptor in opened[4:]:
    os.close(descriptor)
