"""Names under which platforms take feedback pages back: each finds the student by ids in its own names.

Canvas      `infer_comment_context_from_filename` in app/models/abstract_assignment.rb of
            instructure/canvas-lms: of the parts between underscores, the first two that are numbers
            are the student and the file that the page is a comment on. A last part that begins with
            "link" is ignored.
Moodle      mod/assign/feedback/file/importziplib.php in moodle/moodle: a folder or a file
            `Full name_12345_assignsubmission_file_...`, in which the name has no underscore.
ILIAS       `uploadMultiFeedbackFile` and `getMultiFeedbackFiles` in components of ILIAS-eLearning/ILIAS
            (class.ilExAssignment.php): one folder that begins with "multi_feedback", in it a folder for
            each student that ends with "_" and the number of the account.
Sakai       `uploadAll_parseZipFile` in AssignmentAction.java of sakaiproject/sakai: an outer folder, in
            it `Name(account)/Feedback Attachment(s)/`.
Brightspace (D2L) describes an upload of zipped feedback files, and nowhere how it finds the student:
            pages lie in the folders of its own download.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from kerasgrader.course.course import Unit
from kerasgrader.intake.given_names import GivenName

MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<number>\d+)_(?P<plugin>assignsubmission_[a-z]+)(?P<rest>_.*)?", re.DOTALL
)
ILIAS = re.compile(r"(?!multi_feedback).+_\d+")
SAKAI = re.compile(r"(?P<person>.*\([^()]+\))(?:_.+)?")
BRIGHTSPACE = re.compile(
    r"(?P<start>\d+(?:-\d+)? - .+? ?- .+?\d{3,4}(?: ?[AP]M)?)(?: - .+)?", re.DOTALL | re.IGNORECASE
)
SAKAI_FOLDER = "Feedback Attachment(s)"


@dataclass(frozen=True)
class Platform:
    """A platform that takes pages back. layout: of its download, as in `Clue.layout`.

    name: the page's path in the archive, from the names that the platform gave; None if they lack its
    ids. upload: where the archive is uploaded. group: whether all of a group see what is uploaded for one.
    """

    title: str
    layout: str
    name: Callable[[Unit, GivenName], str | None]
    upload: str
    group: bool


def _canvas(unit: Unit, given: GivenName) -> str | None:
    for segment in _with_keys(given):
        parts = [part for part in segment.split("_") if part != "LATE"]
        ids = [part for part in parts if part.isascii() and part.isdigit()]
        if len(ids) >= 2 or (ids and parts[0] == "anon"):
            stem = PurePath(segment).stem
            ignored = stem.rpartition("_")[2].startswith("link")
            return f"{stem}_{_page(unit)}" if ignored else f"{stem}.html"
    return None


def _moodle(unit: Unit, given: GivenName) -> str | None:
    for segment in _with_keys(given):
        match = MOODLE.fullmatch(segment)
        if match is not None:
            name = match["name"].replace("_", " ")
            start = f"{name}_{match['number']}_{match['plugin']}"
            folder = match["rest"] in (None, "_")
            return (
                f"{start}{match['rest'] or ''}/{_page(unit)}"
                if folder
                else f"{start}_{_page(unit)}"
            )
    return None


def _ilias(unit: Unit, given: GivenName) -> str | None:
    for segment in _with_keys(given):
        if ILIAS.fullmatch(segment):
            return f"multi_feedback_{unit.id}/{segment}/{_page(unit)}"
    return None


def _sakai(unit: Unit, given: GivenName) -> str | None:
    for segment in _with_keys(given):
        match = SAKAI.fullmatch(segment)
        if match is not None:
            of_group = match["person"].split("; ")  # Sakai takes the account that is named last
            mine = [one for one in of_group if one.endswith(tuple(f"({k})" for k in given.keys))]
            return f"{unit.id}/{(mine or of_group)[0]}/{SAKAI_FOLDER}/{_page(unit)}"
    return None


def _brightspace(unit: Unit, given: GivenName) -> str | None:
    for segment in _with_keys(given):
        match = BRIGHTSPACE.fullmatch(segment)
        if match is not None:
            return f"{match['start']}/{_page(unit)}"
    return None


PLATFORMS = {
    "canvas": Platform(
        "Canvas", "Canvas", _canvas, "Grades, the assignment's menu, Re-Upload Submissions", True
    ),
    "moodle": Platform(
        "Moodle",
        "Moodle",
        _moodle,
        "the assignment's submissions, Upload multiple feedback files in a zip",
        False,
    ),
    "ilias": Platform("ILIAS", "ILIAS", _ilias, "the exercise's submissions, Multi-Feedback", True),
    "sakai": Platform(
        "Sakai",
        "Sakai",
        _sakai,
        "the assignment's grading, Upload All, with feedback attachments",
        False,
    ),
    "brightspace": Platform(
        "Brightspace", "D2L", _brightspace, "the assignment's submissions, Add Feedback Files", True
    ),
}
_NONE = "takes no archive of pages back"
NO_UPLOAD = {
    "blackboard": f"Blackboard {_NONE}",
    "gradescope": f"Gradescope {_NONE}",
    "classroom": f"Google Classroom {_NONE}",
    "exchange": "nbgrader's exchange takes pages with `nbgrader release_feedback`",
}


def _with_keys(given: GivenName) -> Iterator[str]:
    """The names that may be the platform's: those with one of its ids in them, outermost first."""
    for name in given.names:
        if not given.keys or any(key and key in name for key in given.keys):
            yield name


def _page(unit: Unit) -> str:
    return f"{unit.notebook}.html"
