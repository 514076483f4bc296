"""The ways to grade that `benchmarks.kernel` compares, each measured in a fresh process of its own.

    python -m benchmarks.variants stock|ours|floor COURSE OUT.json STUDENT ...

Writes what was spent: `once` for a grading run, then for each submission, and for each writing of marks.
"""

from __future__ import annotations

from benchmarks.metering import Meter

METER = Meter()  # before anything else is imported, so that imports are counted

import json  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from contextlib import suppress  # noqa: E402
from dataclasses import asdict, dataclass  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, NoReturn  # noqa: E402

from benchmarks.metering import Spent  # noqa: E402

SEED = "the seed of the benchmark"

PROBE = re.compile(r"^check\.(?:block|model|wiring|values)\(", re.MULTILINE)


@dataclass(frozen=True)
class Measured:
    """What a variant has spent: once, and in each of its submissions; what the latter stand for.

    submissions and marks: one for each student, or the mean where students cannot be told apart.
    """

    once: Spent
    submissions: tuple[Spent, ...]
    marks: tuple[Spent, ...] = ()
    why_not: str = ""

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> Measured:
        return cls(
            Spent(**data["once"]),
            tuple(Spent(**each) for each in data["submissions"]),
            tuple(Spent(**each) for each in data["marks"]),
            data["why_not"],
        )


def stock(course: Path, students: Sequence[str]) -> Measured:
    """The command `nbgrader autograde`, from its first import to its end.

    once: until it begins to work. Submissions: the rest, divided by their number; it cannot be told
    apart what of it is executing and what is writing marks.
    """
    from nbgrader.apps import AutogradeApp

    os.chdir(course)
    app = AutogradeApp()
    app.initialize([_name_of_unit(course), "--force"])
    once = METER.spent()
    app.start()
    each = (METER.spent() - once) / len(students)
    return Measured(once, (each,) * len(students))


def ours(course: Path, students: Sequence[str]) -> Measured:
    """One of the processes that `kerasgrader grade` executes submissions in, then nbgrader's writing.

    once: imports, running the reference, and with it the start of the warm process. Submissions: reading,
    restoring and executing, as a worker does it. Marks: nbgrader's own Autograde, which finds each
    execution in the store.
    """
    import nbformat

    from kerasgrader.course.course import load_course
    from kerasgrader.course.seed import seed_of
    from kerasgrader.execution.plan import Plan
    from kerasgrader.execution.runner import NotebookRunner
    from kerasgrader.marking.nbgrader import Staging, load_config
    from kerasgrader.marking.reference import reference_tests
    from kerasgrader.repair.reading import read_submission, submitted_file
    from kerasgrader.repair.restoration import restore

    logging.disable(logging.CRITICAL)
    unit = load_course(course).unit(_name_of_unit(course))
    config = load_config(course)
    reference_tests(Plan(unit, seed_of(unit), NotebookRunner(config=config)))
    once = METER.spent()

    def execute(student: str) -> None:
        submitted, _ = read_submission(submitted_file(unit, student))
        restored, _ = restore(submitted, nbformat.read(unit.source_file, as_version=4))
        Plan(unit, seed_of(unit), NotebookRunner(config=load_config(course))).executed(restored)

    submissions = _each(execute, students)
    staging = Staging(config, unit)
    return Measured(once, submissions, _each(lambda s: staging.autograde(s, {}), students))


def floor(course: Path, students: Sequence[str]) -> Measured:
    """The students' functions and the probes, called in forks of a warm process, and nothing else.

    No kernel, no messages, no seal, no notebook written. The cells are those that our grader runs.
    Evidence is made and thrown away. What is forked has imported and set what our warm process has.
    Raises RuntimeError if a probe has not run.
    """
    from kerasgrader.course.course import load_course
    from kerasgrader.kernel.warm_process import import_everything

    unit = load_course(course).unit(_name_of_unit(course))
    cells = {student: _cells_to_run(unit, student) for student in students}
    import_everything()
    once = METER.spent()

    def run(student: str) -> None:
        child = os.fork()
        if child == 0:
            _run_and_leave(cells[student])
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        wanted = sum(len(PROBE.findall(cell)) for cell in cells[student])
        if status != wanted:
            raise RuntimeError(f"{student}: {wanted} probes should have run, {status} have")

    return Measured(once, _each(run, students))


def _name_of_unit(course: Path) -> str:
    """The only unit that was made in this course."""
    [folder] = (course / "source").iterdir()
    return folder.name


def _each(action: Callable[[str], None], students: Sequence[str]) -> tuple[Spent, ...]:
    found = []
    for student in students:
        before = METER.spent()
        action(student)
        found.append(METER.spent() - before)
    return tuple(found)


def _cells_to_run(unit: Any, student: str) -> list[str]:
    import nbformat

    from kerasgrader.execution.selection import ungraded_cells
    from kerasgrader.repair.reading import read_submission, submitted_file
    from kerasgrader.repair.restoration import restore

    source = nbformat.read(unit.source_file, as_version=4)
    restored, _ = restore(read_submission(submitted_file(unit, student))[0], source)
    code = [cell for cell in restored.cells if cell.cell_type == "code"]
    tests = [i for i, c in enumerate(code) if c.metadata.get("nbgrader", {}).get("grade")]
    skipped = ungraded_cells(source)
    return [c.source for c in code[: tests[-1] + 1] if c.source.strip() not in skipped]


def _run_and_leave(cells: Sequence[str]) -> NoReturn:
    """Run cells as a notebook would, one after the other whatever becomes of each; exit with the
    number of probes that have run."""
    from kerascheck.check import collecting

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    names: dict[str, Any] = {"__name__": "__main__"}
    with collecting(SEED) as evidence:
        for number, cell in enumerate(cells):
            with suppress(Exception, SystemExit):
                exec(compile(cell, f"<cell {number}>", "exec"), names)
    os._exit(len(evidence))


VARIANTS = {"stock": stock, "ours": ours, "floor": floor}


def main() -> None:
    """Measure one variant and write what it spent."""
    name, course, out, *students = sys.argv[1:]
    measured = VARIANTS[name](Path(course).resolve(), students)
    plain = {**measured.to_plain(), "why_not": METER.why_not}
    Path(out).write_text(json.dumps(plain, indent=2, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
