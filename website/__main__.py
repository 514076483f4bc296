"""`python -m website`: build the site of this course into build/site."""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nbformat import NotebookNode

from kerasgrader.build.handout import newest_wheel
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError
from website import CannotPublish
from website.building import build_site, page_with_outputs
from website.lengths import LENGTHS
from website.mistakes import catalogue

ROOT = Path(__file__).parents[1]
MOST_KERNELS = 4  # of some 2 GB each
SITE, STORE = ROOT / "build" / "site", ROOT / "build" / "outputs"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m website", description=__doc__)
    parser.add_argument(
        "--to", type=Path, default=SITE, metavar="FOLDER", help="default: build/site"
    )
    parser.add_argument(
        "--store",
        type=Path,
        default=STORE,
        metavar="FOLDER",
        help="outputs of cells: build/outputs",
    )
    options = parser.parse_args(arguments)

    course = load_course(ROOT)

    def page(unit: Unit) -> NotebookNode:
        start = time.monotonic()
        made = page_with_outputs(course, unit, catalogue, LENGTHS.get(unit.id, ()), options.store)
        print(f"{unit.id}: {time.monotonic() - start:.0f} s", flush=True)
        return made

    try:
        with ThreadPoolExecutor(min(MOST_KERNELS, os.cpu_count() or 1)) as pool:
            made = dict(
                zip((u.id for u in course.units), pool.map(page, course.units), strict=True)
            )
        build_site(ROOT, options.to, newest_wheel(course, ROOT), lambda _, unit: made[unit.id])
    except (CannotPublish, CourseError) as error:
        print(f"The site was not written. {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in options.to.rglob("*") if path.is_file())
    print(f"{options.to / 'index.html'}: {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
