"""Changes what other students submitted, what the course is made of, and what has been graded.

Afterwards: submissions, marks, pages, stored results, source and release are as they were.
"""

import json
from pathlib import Path

ME = "hostile-files_of_others_changed"
world = json.loads(Path("world.json").read_text())
course = Path(world["folders"]["course"])
targets = [Path(world["secrets"][name]) for name in ("source", "grader", "store", "home")]
targets += [Path(world["others"][name], "kept.txt") for name in ("autograded", "feedback")]
targets += [Path(world["folders"]["writable"], "kept.txt"), Path(world["folders"]["release"], f"{ME}.py")]
targets += [Path(folder, f"{ME}.txt") for folder in world["others"].values()]
targets += [course / "autograded" / ME, course / "feedback" / ME, course / f"{ME}_config.py"]
for path in targets:
    try:
        path.write_text(f"changed by {ME}")
        print(f"DONE wrote {path}")
    except OSError as error:
        print(f"DENIED {path}: {error}")
