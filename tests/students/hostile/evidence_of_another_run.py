"""Keeps its evidence in every place that might be there the next time, and hands over what it finds.

Afterwards: nothing that it kept is anywhere, and the marks are no better than without it.
"""

import json
from pathlib import Path

from kerascheck import check
from kerascheck.evidence.evidence import Evidence

ME = "hostile-evidence_of_another_run"
world = json.loads(Path("world.json").read_text()) if Path("world.json").exists() else {}
honest = check._hand_over
places = [Path(folder) for folder in ("/tmp", "/var/tmp", "/dev/shm", ".", Path.home())]
places += [Path(world["folders"][name]) for name in ("writable", "release") if world]


def kept(evidence):
    for place in places:
        path = place / f"{ME}.json"
        try:
            old = json.loads(path.read_text()) if path.exists() else {}
            name = f"{evidence.exercise} {evidence.call}"
            if name in old:
                evidence = Evidence.from_plain(old[name])
            path.write_text(json.dumps({**old, name: evidence.to_plain()}))
        except (OSError, ValueError):
            continue
    honest(evidence)


check._hand_over = kept
print("DONE waits for the checks")
