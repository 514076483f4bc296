"""Grade a class: parallel executions, and a single writer for the gradebook.

Executions are the expensive part and share nothing: an executor does them, and their results are
cached at once. Writing points is cheap: nbgrader's own Autograde does it with the result of each
execution, while the next notebooks are executed. The ledger is written last, so that a run that was
killed continues where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from kerascheck import published
from kerasgrader.course.course import load_course
from kerasgrader.errors import CourseError, GraderFault
from kerasgrader.execution.executors import Workers, workers
from kerasgrader.files import only_grader
from kerasgrader.grading.class_run import ClassRun
from kerasgrader.grading.extending import refuse_strangers
from kerasgrader.grading.history import remember
from kerasgrader.grading.late_days import follow_late_days
from kerasgrader.grading.ledger import submissions, unread_in
from kerasgrader.grading.options import Options
from kerasgrader.grading.progress import Progress, Tally
from kerasgrader.grading.results import Marks
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.late_policy import course_importable
from kerasgrader.marking.nbgrader import in_gradebook, load_config


def grade(
    root: Path,
    unit_id: str,
    students: Sequence[str] = (),
    options: Options | None = None,
    progress: Progress = lambda tally: None,
    found: Workers | None = None,
) -> Marks:
    """Grade the submissions of a unit and write marks, `autograded/` and feedback.

    A submission that cannot be graded is in the result with the reason and stops nobody else. Marks and
    page of an earlier grading stand until there are new ones, unless the submission itself is refused.
    found: workers that are there already, and stay.
    Raises CourseError when the course itself is not in order, GraderFault when there is no kernel or no
    gradebook to be had: then nothing has been written.
    """
    started, root = time.monotonic(), root.resolve()
    options = options or Options()
    unit = load_course(root).unit(unit_id)
    chosen = list(students) or submissions(unit)
    if not chosen:
        there = "; ".join(unread_in(unit)) or f"{root / 'submitted'} is empty"
        raise CourseError(f"nothing was submitted for {unit.id}: {there}")
    with only_grader(root, lambda line: progress(Tally(len(chosen), last=line))):
        marks = grade_alone(root, unit_id, chosen, options, progress, found)
        with in_gradebook(load_config(root)) as gradebook:
            state = scores.submissions(gradebook, unit.id)
        try:
            remember(unit, scores.marks(state))
        except OSError as error:
            raise GraderFault(
                f"all marks are written, but not what they were before: {error}"
            ) from error
    return replace(marks, seconds=time.monotonic() - started)


def grade_alone(
    root: Path,
    unit_id: str,
    students: Sequence[str],
    options: Options,
    progress: Progress = lambda tally: None,
    found: Workers | None = None,
) -> Marks:
    """What `grade` does, for a process that is the course's only grader (`only_grader`) by now.

    The history of the scores is left alone. found: workers that are there already, and stay.
    """
    started, unit = time.monotonic(), load_course(root).unit(unit_id)
    refuse_strangers(root)
    with published.about(unit.id, unit.package), course_importable(root):
        config = load_config(root)
        if options.sandbox is not None:
            config.SealedKernel.sandbox = options.sandbox
        run = ClassRun(unit, config, options, students, progress)
        run.bring_up_to_date()
        if len(run.graded) < len(run.students):
            kind = options.workers, options.scheduler, unit.modules, unit.environment
            with workers(*kind) if found is None else nullcontext(found) as ours:
                run.grade(ours)
        notes = [*run.writer.notes, *follow_late_days(run.writer, run.students)]
        if not any(graded.problem or graded.old for graded in run.graded.values()):
            run.writer.remember_files(run.students)
    return Marks(unit.id, run.in_order(), time.monotonic() - started, tuple(notes))
