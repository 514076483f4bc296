"""The receipt of a collection: what was done with every file, as a table and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

OUTCOMES = ("taken", "repaired", "unchanged", "older", "refused", "left alone")
FEW = 3  # students whose details are told one by one
STYLES = {"taken": "green", "repaired": "yellow", "refused": "bold red"}


@dataclass(frozen=True)
class Row:
    """One file. outcome: taken as it is; repaired, so taken; unchanged since the last time; older
    than the one taken; refused; or left alone, as it is not a submission. sent: the submission
    time, as ISO 8601. details: how it is repaired, or why it is refused. group: all for whom it was
    submitted, if that is not one student.
    """

    file: str
    student: str
    outcome: str
    layout: str
    sent: str | None = None
    details: tuple[str, ...] = ()
    group: tuple[str, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """A whole collection. missing: students on the roster who have no notebook. unread: what was in
    submitted/ before and cannot be graded, in sentences. zoneless: whether times were read as UTC because
    nobody has stated a zone."""

    unit: str
    rows: tuple[Row, ...]
    missing: tuple[str, ...]
    dry_run: bool
    unread: tuple[str, ...] = ()
    zoneless: bool = False

    @property
    def refused(self) -> tuple[Row, ...]:
        """The files that need a person's attention."""
        return tuple(row for row in self.rows if row.outcome == "refused")

    @property
    def common(self) -> dict[str, int]:
        """The details that most of the class have, and how many have each: the course caused them."""
        rows = [row for row in self.rows if row.outcome in ("taken", "repaired", "unchanged")]
        found = Counter(detail for row in rows for detail in dict.fromkeys(row.details))
        enough = max(FEW, len(rows) / 2)
        return {detail: count for detail, count in found.items() if count > enough}

    @property
    def counts(self) -> dict[str, int]:
        """How many files had which outcome."""
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in OUTCOMES if found[outcome]}

    def to_plain(self) -> dict[str, Any]:
        """The report as JSON: what `kerasgrader collect --json` writes."""
        return {**asdict(self), "counts": self.counts, "common": self.common}


def table(report: Receipt) -> list[Table | Text]:
    """The report for a terminal. Files that were left alone are counted and not listed."""
    rows = [row for row in report.rows if row.outcome != "left alone"]
    common = report.common
    shown = Table(box=None, pad_edge=False, show_edge=False)
    for heading in ("student", "outcome", "file", "details"):
        shown.add_column(heading, overflow="fold")
    for row in rows:
        details = "; ".join(detail for detail in row.details if detail not in common)
        shown.add_row(
            Text(row.student or "?"),
            Text(row.outcome, style=STYLES.get(row.outcome, "")),
            Text(row.file),
            Text(details),
        )
    said = ", ".join(f"{count} {outcome}" for outcome, count in report.counts.items())
    lines: list[Table | Text] = [shown, Text(f"{report.unit}: {said or 'nothing was found'}")]
    taken = sum(report.counts.get(name, 0) for name in ("taken", "repaired", "unchanged"))
    for detail, count in common.items():
        of = "everybody" if count == taken else f"{count} of {taken}"
        lines.append(Text(f"{of}: {detail}"))
    lines += _missing(report.missing)
    lines += [Text(line, style="yellow") for line in report.unread]
    if report.dry_run:
        lines.append(Text("Nothing was written: this was a dry run."))
    return lines


def _missing(missing: Sequence[str]) -> list[Text]:
    if not missing:
        return []
    return [Text(f"nothing yet from {len(missing)} on the roster: {', '.join(missing)}")]
