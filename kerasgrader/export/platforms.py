"""Export scores to the gradebooks of Canvas, Moodle, Brightspace and Blackboard.

Canvas reads a file whose first columns are Student, ID, SIS User ID, SIS Login ID and Section, and whose
first row may begin with "Points Possible" (`lib/gradebook_importer.rb` in instructure/canvas-lms). It finds
a student by the first of these ids that it knows, and an assignment by "Title (number)" or by its title.

In Moodle the user maps the columns; it finds a student by one of them, ID number or email address,
skips rows where that is empty, and refuses points above 100 unless its administrator allows them
(`grade/import/csv/classes/load_data.php` in moodle/moodle; https://docs.moodle.org/en/Grade_import).

Brightspace (D2L) finds a student by OrgDefinedId or Username, and a grade item by a column "Title Points
Grade"; the last column marks the end of a line
(https://community.d2l.com/brightspace/kb/articles/3538-importing-grades).

Blackboard finds a student by Username, and a column by the number at the end of its heading, "Title [Total
Pts: 100 Score] |12345"; any other heading becomes a new column of text, worth nothing
(http://library.blackboard.com, Uploading or Downloading Grade Center Items for Working Offline).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from traitlets import Dict, Unicode

from kerasgrader.errors import CourseError
from kerasgrader.export.base import Assignment, Export
from kerasgrader.export.identities import Identity
from kerasgrader.report.spreadsheet import Value

MOST_IN_MOODLE = 100
COLUMN_NUMBER = re.compile(r"\|\d+\s*$")
LOGINS = ("sis login id", "sis_login_id", "login id", "login", "username", "netid")


class _Platform(Export):
    columns = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="The platform's name for an assignment, by unit id; by default the unit's title.",
    ).tag(config=True)

    def shown(self, units: Sequence[Assignment]) -> Sequence[Assignment]:
        """Those in which somebody is graded: a platform counts a column of nothing as it likes."""
        waiting = [unit.id for unit in units if not unit.graded]
        if waiting and (self.assignment or len(waiting) == len(units)):
            raise CourseError(
                f"nobody is graded in {', '.join(waiting)}, so there is nothing to export: run "
                "`kerasgrader grade` first"
            )
        self.name_those("nobody is graded, so it has no column", waiting)
        return [unit for unit in units if unit.graded]

    def title(self, unit: Assignment) -> str:
        """The name of the unit's column."""
        return self.columns.get(unit.id, unit.title)

    def scores(self, identity: Identity, units: Sequence[Assignment]) -> list[Value]:
        """A student's scores, unit by unit."""
        return [self.score(unit.submissions.get(identity.person.id)) for unit in units]


class CanvasExport(_Platform):
    """Canvas: "Grades", "Import"."""

    default_file = "canvas.csv"

    def rows(
        self, people: Sequence[Identity], units: Sequence[Assignment]
    ) -> Iterable[Sequence[Value]]:
        yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *map(self.title, units)]
        yield ["    Points Possible", "", "", "", "", *(unit.of for unit in units)]
        unknown = []
        for identity in people:
            ids = _canvas_ids(identity)
            if not any(ids):
                unknown.append(identity.person.id)
            section = identity.cell("section")
            yield [identity.sorted_name, *ids, section, *self.scores(identity, units)]
        self.name_those("without any Canvas id, so Canvas matches the name", unknown)


class MoodleExport(_Platform):
    """Moodle: "Grades", "Import", "CSV file"."""

    default_file = "moodle.csv"

    def rows(
        self, people: Sequence[Identity], units: Sequence[Assignment]
    ) -> Iterable[Sequence[Value]]:
        yield ["First name", "Last name", "ID number", "Email address", *map(self.title, units)]
        unknown = []
        for identity in people:
            person = identity.person
            number = identity.cell("id number", "idnumber", "moodle id")
            if not number and not person.email:
                unknown.append(person.id)
            names = [person.first_name or identity.cell("name", "full name"), person.last_name]
            yield [*names, number, person.email, *self.scores(identity, units)]
        self.name_those("without ID number and email address, so Moodle skips the row", unknown)
        large = [unit.id for unit in units if unit.of > MOST_IN_MOODLE]
        self.name_those(f"worth more than Moodle's {MOST_IN_MOODLE} points", large)


class BrightspaceExport(_Platform):
    """Brightspace: "Grades", "Enter Grades", "Import"."""

    default_file = "brightspace.csv"

    def rows(
        self, people: Sequence[Identity], units: Sequence[Assignment]
    ) -> Iterable[Sequence[Value]]:
        items = [f"{self.title(unit)} Points Grade" for unit in units]
        yield ["OrgDefinedId", "Username", *items, "End-of-Line Indicator"]
        unknown = []
        for identity in people:
            number, login = identity.cell("orgdefinedid", "org defined id"), identity.cell(*LOGINS)
            if not (number or login):
                unknown.append(identity.person.id)
            as_exported = f"#{number}" if number else ""  # so that no spreadsheet drops its zeros
            yield [as_exported, login, *self.scores(identity, units), "#"]
        self.name_those("without OrgDefinedId and Username, so Brightspace skips the row", unknown)


class BlackboardExport(_Platform):
    """Blackboard: "Grade Center", "Work Offline", "Upload"."""

    default_file = "blackboard.csv"

    def rows(
        self, people: Sequence[Identity], units: Sequence[Assignment]
    ) -> Iterable[Sequence[Value]]:
        titles = [self.title(unit) for unit in units]
        yield ["Last Name", "First Name", "Username", *titles]
        unknown = []
        for identity in people:
            login, person = identity.cell(*LOGINS), identity.person
            if not login:
                unknown.append(person.id)
            yield [person.last_name, person.first_name, login, *self.scores(identity, units)]
        self.name_those("without Username, so Blackboard skips the row", unknown)
        new = [title for title in titles if not COLUMN_NUMBER.search(title)]
        self.name_those("without a column's number, so Blackboard adds a column of text", new)


def _canvas_ids(identity: Identity) -> tuple[str, str, str]:
    """ID, SIS User ID and SIS Login ID. A roster's "id" is Canvas's only where it is not nbgrader's."""
    canvas = identity.cell("canvas id", "canvas_id", "lms_user_id")
    if not canvas and identity.own != "id":
        canvas = identity.cell("id")
    login = identity.cell(*LOGINS)
    user = identity.cell("sis user id", "sis_user_id")
    return canvas or identity.person.lms_user_id, user, login
