"""Export scores to the gradebooks of Canvas and Moodle.

Canvas reads a file whose first columns are Student, ID, SIS User ID, SIS Login ID and Section, and whose
first row may begin with "Points Possible" (`lib/gradebook_importer.rb` in instructure/canvas-lms). It finds
a student by the first of these ids that it knows, and an assignment by "Title (number)" or by its title.

In Moodle the user maps the columns; it finds a student by one of them, ID number or email address,
skips rows where that is empty, and refuses points above 100 unless its administrator allows them
(`grade/import/csv/classes/load_data.php` in moodle/moodle; https://docs.moodle.org/en/Grade_import).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from traitlets import Dict, Unicode

from kerasgrader.export.base import Assignment, Export
from kerasgrader.export.identities import Identity
from kerasgrader.report.spreadsheet import Value

MOST_IN_MOODLE = 100


class _Platform(Export):
    columns = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="The platform's name for an assignment, by unit id; by default the unit's title.",
    ).tag(config=True)

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


def _canvas_ids(identity: Identity) -> tuple[str, str, str]:
    """ID, SIS User ID and SIS Login ID. A roster's "id" is Canvas's only where it is not nbgrader's."""
    canvas = identity.cell("canvas id", "canvas_id", "lms_user_id")
    if not canvas and identity.own != "id":
        canvas = identity.cell("id")
    login = identity.cell("sis login id", "sis_login_id", "login id", "login", "username", "netid")
    user = identity.cell("sis user id", "sis_user_id")
    return canvas or identity.person.lms_user_id, user, login
