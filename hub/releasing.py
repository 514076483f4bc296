"""`python -m hub.releasing FOLDER < what.json`: bring the course's folder up to date, as its owner.

The Hub's root only hands over what is to be there: it writes nothing into folders that are another
account's. Students are entered into the gradebook, so that those who submit nothing are in the exports too.
"""

import base64
import json
import sys
from pathlib import Path

from kerasgrader.course.course import load_course
from kerasgrader.marking.nbgrader import load_config, open_gradebook, release


def bring_up_to_date(
    folder: Path, files: dict[str, str], students: list[str], exchange: Path
) -> None:
    """Write changed files, and generate their release (nbgrader's generate_assignment)."""
    for name, text in files.items():
        path, content = folder / name, base64.b64decode(text)
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    # Students write into the inbound folder, and may neither list it nor remove what is another's:
    # hence the sticky bit, which nbgrader by itself does not set.
    for name, mode in (("outbound", 0o755), ("inbound", 0o3733)):
        (exchange / name).mkdir(exist_ok=True)
        (exchange / name).chmod(mode)
    for unit in load_course(folder).units:
        if _is_older(unit.release_file, unit.source_file):
            release(load_config(folder), unit)
    with open_gradebook(load_config(folder)) as gradebook:
        for student in students:
            gradebook.update_or_create_student(student)


def _is_older(made: Path, of: Path) -> bool:
    return not made.is_file() or made.stat().st_mtime < of.stat().st_mtime


if __name__ == "__main__":
    what = json.load(sys.stdin)
    bring_up_to_date(Path(sys.argv[1]), what["files"], what["students"], Path(what["exchange"]))
