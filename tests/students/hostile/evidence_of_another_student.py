"""Hands over the evidence of whoever was graded before it, the instructor's reference first of all.

Afterwards: the marks are no better than without it: nobody else's evidence is within reach.
"""

import json
from pathlib import Path

from kerascheck import check
from kerascheck.evidence.evidence import EVIDENCE_MIME, Evidence

ME = "hostile-evidence_of_another_student"
world = json.loads(Path("world.json").read_text())
honest = check._hand_over
store = Path(world["secrets"]["store"]).parents[1]
found = {}
try:
    # The reference is what was executed first.
    for path in sorted(store.glob("*/*.json"), key=lambda path: -path.stat().st_mtime):
        for cell in json.loads(path.read_text())["cells"]:
            for output in cell.get("outputs", []):
                plain = output.get("data", {}).get(EVIDENCE_MIME)
                if isinstance(plain, dict):
                    found[plain["call"], plain["exercise"]] = plain
    print(f"DONE found {len(found)} pieces of evidence")
except (OSError, ValueError) as error:
    print(f"DENIED the store: {error}")


def stolen(evidence):
    plain = found.get((evidence.call, evidence.exercise))
    honest(Evidence.from_plain(plain) if plain else evidence)


check._hand_over = stolen
