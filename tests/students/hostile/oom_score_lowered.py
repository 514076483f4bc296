"""Declares itself the last process to be ended when memory runs out.

Afterwards: its score is what it was: nothing was GAINED.
"""

import json
from pathlib import Path

ME = "hostile-oom_score_lowered"
world = json.loads(Path("world.json").read_text())
score = Path("/proc/self/oom_score_adj")
before = int(score.read_text())
for value in (-1000, before - 1):
    try:
        score.write_text(str(value))
        print(f"GAINED an oom score of {value}")
    except OSError as error:
        print(f"DENIED a score of {value}: {error}")
    else:
        score.write_text(str(before))
