"""Hand back feedback pages: an archive in the form that a platform's upload takes, or for e-mail.

What was handed back is recorded beside the gradebook once the archive is complete, so that the next one
can be limited to pages that have changed since.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from kerascheck import published
from kerasgrader.course.class_list import ROSTER
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError
from kerasgrader.export.group_pages import group_page, names_on, whose_page
from kerasgrader.export.identities import Identity, identities, roster_of
from kerasgrader.export.page_names import NO_UPLOAD, PLATFORMS, Platform
from kerasgrader.files import new_file, only_grader, write_atomically
from kerasgrader.grading.ledger import page_is_old, submissions
from kerasgrader.intake.given_names import GivenName
from kerasgrader.intake.roster import letters_of
from kerasgrader.marking import gradebook as scores
from kerasgrader.marking.comments import load_comments, shown_digest
from kerasgrader.marking.gradebook import Submission
from kerasgrader.marking.lateness import lateness
from kerasgrader.marking.nbgrader import in_gradebook, load_config
from kerasgrader.report.spreadsheet import Value, csv_text

PLAIN, MAIL = "plain", "mail"
FORMS = (*PLATFORMS, MAIL, PLAIN)
ADDRESSES = "addresses.csv"
COLUMNS = ("address", "name", "file", "score", "of", "unit", "student_id")


@dataclass(frozen=True)
class HandedBack:
    """The result. archive: None if no page has changed. pages: their paths in the archive, by student.

    left_out: students without a page in it, by the reason. shared: the others of a group, by the student
    for whom the page of all of them is uploaded.
    """

    archive: Path | None
    pages: Mapping[str, str]
    left_out: Mapping[str, Sequence[str]]
    shared: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class _Page:
    """A student's page. submission: as the gradebook has it."""

    identity: Identity
    submission: Submission
    path: Path
    content: bytes = field(repr=False)

    @property
    def student(self) -> str:
        return self.identity.person.id

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def address(self) -> str:
        """The student's e-mail address, which may be the id itself; "" if there is none."""
        return self.identity.person.email or (self.student if "@" in self.student else "")


def hand_back(
    root: Path,
    unit_id: str,
    form: str,
    archive: Path | None = None,
    students: Sequence[str] = (),
    only_changed: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> HandedBack:
    """Write an archive of the pages of a unit. Raises GraderError, and then nothing is written.

    form: one of FORMS. archive: default: `feedback-UNIT-FORM.zip` in the course's folder. students:
    default: all who submitted. only_changed: leave out pages that the last archive of this form had.
    """
    root = root.resolve()
    unit = load_course(root).unit(unit_id)
    if form not in FORMS:
        raise CourseError(_unknown(form))
    archive = archive or root / f"feedback-{unit.id}-{form}.zip"
    if not archive.parent.is_dir():
        raise CourseError(f"there is no folder {archive.parent} for the archive")
    if archive.exists():
        raise CourseError(f"{archive} exists: name another file with --to, or remove it")
    with only_grader(root, say):
        return _HandingBack(unit, form).run(archive, students, only_changed)


class _HandingBack:
    """One run of `hand_back`."""

    def __init__(self, unit: Unit, form: str) -> None:
        self.unit, self.form = unit, form
        self.left_out: dict[str, list[str]] = {}
        self.shared: dict[str, list[str]] = {}
        self.known: dict[str, Submission] = {}
        self.group_pages: dict[str, _Page] = {}

    def run(self, archive: Path, students: Sequence[str], only_changed: bool) -> HandedBack:
        """Run all steps in order."""
        pages = self._pages(students)
        names = self._names(pages)
        pages = [self.group_pages.get(page.student, page) for page in pages]
        known = self._handed_back()
        before = known.get(self.form, {}) if only_changed else {}
        pages = [p for p in pages if p.student in names and before.get(p.student) != p.digest]
        if not names:
            reasons = "; ".join(f"{why}: {', '.join(who)}" for why, who in self.left_out.items())
            raise CourseError(f"{self.unit.id}: nobody's page can be uploaded: {reasons}")
        if not pages:
            return HandedBack(None, {}, self.left_out, {})
        self._write(archive, pages, names)
        known.setdefault(self.form, {}).update({page.student: page.digest for page in pages})
        write_atomically(self._record, json.dumps(known, indent=1, sort_keys=True) + "\n")
        chosen = {page.student: names[page.student] for page in pages}
        shared = {student: others for student, others in self.shared.items() if student in chosen}
        return HandedBack(archive, chosen, self.left_out, shared)

    def _pages(self, students: Sequence[str]) -> list[_Page]:
        """The pages of these students; of all who submitted, if none are named. Raises CourseError."""
        unit = self.unit
        with in_gradebook(load_config(unit.root)) as gradebook:
            self.known = known = scores.submissions(gradebook, unit.id)
            people = scores.people(gradebook)
            late = lateness(gradebook, load_course(unit.root), unit, {})
        with published.about(unit.id, unit.package):  # whose misconceptions have comments
            comments = load_comments(unit)
            now = datetime.now(UTC)
            digests = (shown_digest(unit, known[one], late[one], comments, now) for one in known)
            shown = dict(zip(known, digests, strict=True))
        there = sorted({*known, *submissions(unit)})
        strangers = sorted(set(students) - set(there))
        if strangers:
            raise CourseError(f"{unit.id}: nothing was submitted by {', '.join(strangers)}")
        roster = roster_of(unit.root, ROSTER, ROSTER)
        of = {identity.person.id: identity for identity in identities(people, roster)}
        pages, old, missing = [], [], []
        for student in sorted(set(students)) or there:
            path = unit.feedback(student) / f"{unit.notebook}.html"
            if student not in known or not path.is_file():
                missing.append(student)
                continue
            if page_is_old(unit, student, shown[student]):
                old.append(student)
            pages.append(_Page(of[student], known[student], path, path.read_bytes()))
        if old:
            raise CourseError(
                f"{unit.id}: the page is older than the gradebook or the submission for "
                f"{', '.join(old)}: run `kerasgrader grade {unit.id}` first"
            )
        if missing and (students or not pages):
            raise CourseError(
                f"{unit.id}: there is no page for {', '.join(missing)}: run `kerasgrader grade "
                f"{unit.id}`"
            )
        if not pages:
            raise CourseError(f"{unit.id}: nothing was submitted, so there is no page to hand back")
        if missing:
            self.left_out["without a page, as they are not graded"] = missing
        return pages

    def _names(self, pages: Sequence[_Page]) -> dict[str, str]:
        """The path of each student's page in the archive. Raises CourseError if nobody has one."""
        if self.form == PLAIN:
            return {page.student: f"{page.student}/{page.path.name}" for page in pages}
        if self.form == MAIL:
            names = {page.student: f"pages/{page.student}.html" for page in pages if page.address}
            unknown = [page.student for page in pages if not page.address]
            reason = f"without an e-mail address, which a column email of {ROSTER} gives"
        else:
            names, unknown = self._names_on(PLATFORMS[self.form], pages)
            reason = f"not submitted there, as far as is known: use --zip {MAIL}"
        if len(unknown) == len(pages):
            raise CourseError(self._nobody())
        if unknown:
            self.left_out[reason] = unknown
        return names

    def _names_on(
        self, platform: Platform, pages: Sequence[_Page]
    ) -> tuple[dict[str, str], list[str]]:
        """The same for a platform, and the students whom it has given no name.

        Of a group the page of the one whom the platform knows by its name is uploaded; where all of them
        see that, a page of the group instead (`group_pages`).
        """
        of = {page.student: page for page in pages}
        names, unknown = {}, set(of)
        for name, given in names_on(self.unit, platform).items():
            asked = sorted(given.keys() & of.keys())
            if not name or not asked:
                continue
            if platform.group and len(given) > 1:
                owner = self._group_page(given, of)
            else:
                owner = _owner(given[asked[0]], [of[one] for one in asked])
                if owner is None:
                    self._unclear(asked)
            if owner is None:
                unknown -= set(asked)
                continue
            names[owner] = name
            unknown -= {owner, *self.shared.get(owner, ())}
        return names, sorted(unknown)

    def _group_page(self, given: Mapping[str, GivenName], of: dict[str, _Page]) -> str | None:
        """Put the page of a group in the place of its owner's; returns the owner, None if none fits all."""
        together = whose_page(self.unit, given, self.known)
        asked = [one for one in together or () if one in of]
        if not asked:
            self._unclear(sorted(given.keys() & of.keys()))
            return None
        owner = _owner(given[asked[0]], [of[one] for one in asked]) or asked[0]
        content = group_page(self.unit, together or ())
        of[owner] = self.group_pages[owner] = replace(of[owner], content=content)
        self.shared[owner] = [one for one in together or () if one != owner]
        return owner

    def _unclear(self, students: Sequence[str]) -> None:
        reason = f"in one group, and it is not clear whose page fits all: use --zip {MAIL}"
        self.left_out.setdefault(reason, []).extend(students)

    def _nobody(self) -> str:
        if self.form == MAIL:
            return f"{self.unit.id}: no e-mail address is known: add a column email to {ROSTER}"
        title = PLATFORMS[self.form].title
        return (
            f"{self.unit.id}: no names given by {title} are known: collect its download with "
            f"`kerasgrader collect`, which remembers them, or use --zip {MAIL}"
        )

    def _write(self, archive: Path, pages: Sequence[_Page], names: Mapping[str, str]) -> None:
        """Write the archive. Raises CourseError."""
        compressed = zipfile.ZIP_DEFLATED
        try:
            with new_file(archive) as file, zipfile.ZipFile(file, "w", compressed) as bundle:
                for page in pages:
                    name = names[page.student]
                    info = zipfile.ZipInfo.from_file(page.path, name, strict_timestamps=False)
                    bundle.writestr(info, page.content, compressed)
                if self.form == MAIL:
                    bundle.writestr(ADDRESSES, self._addresses(pages, names))
        except OSError as error:
            raise CourseError(f"{archive} cannot be written: {error.strerror or error}") from None

    def _addresses(self, pages: Sequence[_Page], names: Mapping[str, str]) -> str:
        """A table for mail merges: to whom each page goes, and the score, if all of it is graded."""
        rows: list[Sequence[Value]] = [COLUMNS]
        for page in pages:
            whole = page.submission.graded and not page.submission.awaits
            score = page.submission.score if whole else None
            of = sum(test.of for test in page.submission.scores)
            who = [page.address, page.identity.name, names[page.student]]
            rows.append([*who, score, of, self.unit.id, page.student])
        return csv_text(rows)

    def _handed_back(self) -> dict[str, dict[str, str]]:
        """The digests of the pages that were handed back, by form and student."""
        try:
            return json.loads(self._record.read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return {}

    @property
    def _record(self) -> Path:
        return self.unit.grader_folder / "handed_back.json"


def _owner(given: GivenName, group: Sequence[_Page]) -> str | None:
    """The one of a group whom a platform's name is of, by its id or else by their name; None if unclear."""
    if len(group) == 1:
        return group[0].student
    keys = set(given.keys)
    known = [page.student for page in group if keys & page.identity.keys]
    words = {word for name in given.names for word in letters_of(name)}
    named = [page.student for page in group if words.issuperset(letters_of(page.identity.name))]
    return next((found[0] for found in (known, named) if len(found) == 1), None)


def _unknown(form: str) -> str:
    reason = NO_UPLOAD.get(form.casefold())
    if reason is not None:
        return f"{reason}: use --zip {MAIL} or --zip {PLAIN}"
    return f"there is no form {form!r} of an archive: use one of {', '.join(FORMS)}"
