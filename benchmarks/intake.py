"""How long it takes to collect a class: a bulk download of 300 in Canvas's and in Moodle's layout.

Half of the notebooks are damaged in one way or another. Every class is collected twice; the second time
must change nothing.

    python -m benchmarks.intake [--students 300]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from itertools import cycle
from pathlib import Path
from random import Random

import nbformat

from kerasgrader.intake.collecting import collect
from tests.students import damage, platforms
from tests.students.submissions import reference_cells, with_answers
from tests.support.course_folder import course_folder


def notebooks(unit) -> list[bytes]:
    """Right answers, every other one damaged."""
    source = nbformat.read(unit.source_file, as_version=4)
    notebook = with_answers(
        nbformat.read(unit.release_file, as_version=4), reference_cells(source), ()
    )
    whole = json.dumps(notebook).encode()
    broken = [damage.damaged(notebook, [kind], Random(kind))[0] for kind in damage.kinds()]
    return [data for pair in zip([whole] * len(broken), broken, strict=True) for data in pair]


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    """What is in a folder, and when it was written."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--students", type=int, default=300)
    count = parser.parse_args().students
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for layout in (platforms.canvas, platforms.moodle):
            unit = course_folder(folder / layout.__name__)
            handed = platforms.a_class(count, cycle(notebooks(unit)))
            roster = platforms.roster_csv(folder / "roster.csv", handed)
            download = layout(folder / f"{layout.__name__}.zip", handed)
            seconds = []
            for _ in range(2):
                before = tree(unit.root / "submitted") if seconds else None
                started = time.monotonic()
                report = collect(unit.root, unit.id, [download], roster)
                seconds.append(time.monotonic() - started)
                changed = before is not None and tree(unit.root / "submitted") != before
                print(f"{layout.__name__}: {report.counts} in {seconds[-1]:.1f} s")
                if changed:
                    raise SystemExit("the second time changed something")


if __name__ == "__main__":
    main()
