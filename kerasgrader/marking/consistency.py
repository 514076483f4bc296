"""Whether lesson, gradebook and points fit each other: asked before anything is written."""

from __future__ import annotations

from collections.abc import Mapping

from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry, Notebook

from kerasgrader.course.course import Unit
from kerasgrader.course.lessons import grade_id_of, is_question, is_test
from kerasgrader.errors import CourseError
from kerasgrader.marking.gradebook import Submission


def must_be_released(gradebook: Gradebook, unit: Unit) -> Notebook:
    """The unit's notebook in the gradebook. Raises CourseError if there is none."""
    try:
        return gradebook.find_notebook(unit.notebook, unit.id)
    except MissingEntry:
        raise CourseError(
            f"the gradebook does not know {unit.id}: run `kerasgrader build` "
            f"(or `nbgrader generate_assignment {unit.id}`) first"
        ) from None


def must_be_in_order(
    gradebook: Gradebook, unit: Unit, source: NotebookNode, found: Mapping[str, Submission]
) -> None:
    """Raise CourseError unless a class can be graded: the gradebook's tests are those of the unit's source,
    and no person has given more points for one than it is worth.

    found: the unit's submissions.
    """
    notebook = must_be_released(gradebook, unit)
    worth = {cell.name: cell.max_score for cell in notebook.grade_cells}
    asked = {cell.name for cell in notebook.solution_cells}  # the released text of these is another
    released = {
        cell.name: cell.name in asked or cell.source
        for cell in notebook.source_cells
        if cell.name in worth
    }
    written = {
        grade_id_of(cell): is_question(cell) or cell.source
        for cell in source.cells
        if is_question(cell) or is_test(cell)
    }
    different = sorted(
        str(name) for name in {*released, *written} if released.get(name) != written.get(name)
    )
    if different:
        raise CourseError(
            f"{unit.id}: the tests and questions {', '.join(different)} in {unit.source_file} are not "
            "those that were released: run `kerasgrader build` (or `nbgrader generate_assignment`), and "
            "grade again"
        )
    points_must_fit(unit, found, worth)


def points_must_fit(
    unit: Unit, found: Mapping[str, Submission], worth: Mapping[str, float]
) -> None:
    """Raise CourseError if a person has given more points for a test than it is worth.

    worth: by test; what is not in it is not looked at.
    """
    above = [
        f"{student} has {score.manual:g} by hand for {score.exercise}, which gives {worth[score.test]:g}"
        for student, submission in found.items()
        for score in submission.scores
        if score.manual is not None and score.manual > worth.get(score.test, score.manual)
    ]
    if above:
        raise CourseError(
            f"{unit.id}: {'; '.join(above)}. Lower these points in the formgrader, or raise those of "
            "the lesson. Nothing was changed"
        )
