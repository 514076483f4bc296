"""The page of a group, for platforms that show what is uploaded for one member to all of them.

It is rendered for the archive alone, and holds the group's work, points and dates: no extension, comment,
late day or attempt of one member (`kerasgrader.marking.page`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kerasgrader.course.course import Unit
from kerasgrader.errors import CourseError, one_line
from kerasgrader.export.page_names import Platform
from kerasgrader.files import digest_of, remove_folder
from kerasgrader.intake.given_names import GivenName, given_names
from kerasgrader.marking.attempts import group_of
from kerasgrader.marking.gradebook import Submission
from kerasgrader.marking.nbgrader import Staging, load_config
from kerasgrader.marking.page import VIEWERS


def names_on(unit: Unit, platform: Platform) -> dict[str, dict[str, GivenName]]:
    """Everybody whom a platform has given a name, by the path of the page in its upload.

    Several students of one path are a group. Whom it has given a name without its ids is under "".
    """
    found: dict[str, dict[str, GivenName]] = {}
    for student, given in given_names(unit, platform.layout).items():
        found.setdefault(platform.name(unit, given) or "", {})[student] = given
    return found


def whose_page(
    unit: Unit, students: Iterable[str], known: Mapping[str, Submission]
) -> tuple[str, ...] | None:
    """Those of a group whose submission that counts is the group's; () where there are not two of them.

    None where their points differ, so that no page fits all.
    """
    works: dict[str, list[str]] = {}
    for one in sorted({*students} & known.keys()):
        if group_of(unit, one):
            path = unit.submitted(one) / f"{unit.notebook}.ipynb"
            works.setdefault(digest_of([path], path.parent), []).append(one)
    groups = [together for together in works.values() if len(together) > 1]
    if len(groups) != 1:
        return ()
    return tuple(groups[0]) if len({_points(known[one]) for one in groups[0]}) == 1 else None


def group_page(unit: Unit, viewers: Sequence[str]) -> bytes:
    """The page of these students, who all have the same graded notebook. Raises GraderError."""
    staging = Staging(load_config(unit.root), unit)
    try:
        return staging.feedback(viewers[0], {VIEWERS: tuple(viewers)}).read_bytes()
    except OSError as error:
        who = ", ".join(viewers)
        raise CourseError(f"{unit.id}: no page of the group {who}: {one_line(error)}") from error
    finally:
        remove_folder(staging.folder)


def _points(submission: Submission) -> tuple[object, ...]:
    scores = ((score.test, score.points, score.manual) for score in submission.scores)
    return (*sorted(scores, key=lambda score: score[0]), submission.penalty)
