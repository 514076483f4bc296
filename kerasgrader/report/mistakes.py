"""The mistakes of a class that a comment can answer: what `kerasgrader comments` lists.

It adds to `comments.toml` those that are not there yet, each without a text, at the end: nothing that a
person wrote is touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json import dumps
from pathlib import Path

from rich.table import Table
from rich.text import Text

from kerascheck import published
from kerascheck.feedback.misconceptions import misconceptions
from kerasgrader.course.course import Unit, load_course
from kerasgrader.errors import CourseError
from kerasgrader.files import write_atomically
from kerasgrader.marking.comments import (
    SharedComment,
    comments_file,
    load_comments,
    mistakes_of,
)
from kerasgrader.marking.consistency import must_be_released
from kerasgrader.marking.gradebook import submissions
from kerasgrader.marking.nbgrader import in_gradebook, load_config
from kerasgrader.marking.record import read_record

HEAD = """\
# Sentences for everybody who made the same mistake. Write one as a text, run `kerasgrader grade`, and it
# is on their pages. A comment without a text is shown to nobody.
"""


@dataclass(frozen=True)
class CommonMistake:
    """A mistake that a class made. wanted: a comment on it, still without a text. title: what it is."""

    wanted: SharedComment
    title: str
    students: tuple[str, ...]
    texts: tuple[str, ...] = ()
    listed: bool = False

    @property
    def name(self) -> str:
        """What identifies it in the file."""
        return self.wanted.misconception or self.wanted.exercise


def common_mistakes(root: Path, unit_id: str) -> list[CommonMistake]:
    """The mistakes of the graded class: misconceptions, then exercises; the most frequent first.

    listed, texts: whether the file has comments on it, and their texts. Raises CourseError if nobody
    is graded, or the file is not in order.
    """
    unit, config = load_course(root).unit(unit_id), load_config(root.resolve())
    with in_gradebook(config) as gradebook:
        must_be_released(gradebook, unit)
        graded = [there for there in submissions(gradebook, unit.id).values() if there.graded]
    if not graded:
        raise CourseError(f"nobody is graded in {unit.id}: run `kerasgrader grade {unit.id}`")
    with published.about(unit.id, unit.package):  # whose misconceptions are named
        comments = load_comments(unit)
        titles = {entry.id: entry.title for entry in misconceptions()}
        who: dict[SharedComment, set[str]] = {}
        for there in graded:
            for mistake in mistakes_of(there, read_record(unit, there.person.id)):
                wanted = [SharedComment("", name) for name in mistake.shown]
                if mistake.lost:
                    wanted.append(SharedComment("", "", unit.id, mistake.exercise))
                for one in wanted:
                    who.setdefault(one, set()).add(there.person.id)
    found = []
    for one, students in who.items():
        title = titles.get(one.misconception, "points were lost")
        known = [comment for comment in comments if _is_on(comment, one, unit)]
        texts = tuple(comment.text for comment in known if comment.text)
        found.append(CommonMistake(one, title, tuple(sorted(students)), texts, bool(known)))
    return sorted(found, key=lambda m: (not m.wanted.misconception, -len(m.students), m.name))


def _is_on(comment: SharedComment, wanted: SharedComment, unit: Unit) -> bool:
    """Whether a comment of the file is on this mistake, at least in a part of the unit."""
    same_place = bool(wanted.misconception) or comment.exercise == wanted.exercise
    return (
        comment.misconception == wanted.misconception
        and comment.unit in ("", unit.id)
        and same_place
    )


def add_to_file(unit: Unit, found: Sequence[CommonMistake]) -> int:
    """Add the mistakes that the file does not list, without a text. Returns how many. Raises OSError."""
    path, new = comments_file(unit), [mistake for mistake in found if not mistake.listed]
    if new:
        before = path.read_text("utf-8-sig").rstrip("\n") + "\n" if path.exists() else HEAD
        write_atomically(path, before + "".join(map(_entry, new)))
    return len(new)


def mistakes_table(found: Sequence[CommonMistake]) -> Table:
    """One row for each mistake: its id, how many students made it, and whether they get a comment."""
    table = Table(header_style="bold", row_styles=["", "dim"])
    table.add_column("misconception or exercise", no_wrap=True)
    table.add_column("students", justify="right")
    table.add_column("what it is")
    table.add_column("comment")
    for mistake in found:
        text = Text("; ".join(mistake.texts) or "none")
        table.add_row(Text(mistake.name), str(len(mistake.students)), Text(mistake.title), text)
    return table


def _entry(mistake: CommonMistake) -> str:
    return "\n".join(["", *_lines(mistake), ""])


def _lines(mistake: CommonMistake) -> Iterator[str]:
    count = len(mistake.students)
    yield f"# {count} {'student' if count == 1 else 'students'}: {mistake.title}"
    yield "[[comment]]"
    for key in ("misconception", "unit", "exercise"):
        value = getattr(mistake.wanted, key)
        if value:
            yield f"{key} = {dumps(value)}"
    yield 'text = ""'
