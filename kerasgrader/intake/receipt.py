"""The receipt of a collection: what was done with every file, as a table and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

OUTCOMES = ("taken", "repaired", "unchanged", "older", "refused", "left alone")
STYLES = {"taken": "green", "repaired": "yellow", "refused": "bold red"}


@dataclass(frozen=True)
class Row:
    """One file. outcome: taken as it is; repaired, so taken; unchanged since the last time; older
    than the one taken; refused; or left alone, as it is not a submission. sent: the submission
    time, as ISO 8601. details: how it is repaired, or why it is refused.
    """

    file: str
    student: str
    outcome: str
    layout: str
    sent: str | None = None
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """A whole collection. missing: students on the roster who have no notebook. zoneless: whether times
    were read as UTC because nobody has stated a zone."""

    unit: str
    rows: tuple[Row, ...]
    missing: tuple[str, ...]
    dry_run: bool
    zoneless: bool = False

    @property
    def refused(self) -> tuple[Row, ...]:
        """The files that need a person's attention."""
        return tuple(row for row in self.rows if row.outcome == "refused")

    @property
    def counts(self) -> dict[str, int]:
        """How many files had which outcome."""
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in OUTCOMES if found[outcome]}

    def to_plain(self) -> dict[str, Any]:
        """The report as JSON: what `kerasgrader collect --json` writes."""
        return {**asdict(self), "counts": self.counts}


def table(report: Receipt) -> list[Table | Text]:
    """The report for a terminal. Files that were left alone are counted and not listed."""
    rows = [row for row in report.rows if row.outcome != "left alone"]
    shown = Table(box=None, pad_edge=False, show_edge=False)
    for heading in ("student", "outcome", "file", "details"):
        shown.add_column(heading, overflow="fold")
    for row in rows:
        details = "; ".join(row.details)
        shown.add_row(
            Text(row.student or "?"),
            Text(row.outcome, style=STYLES.get(row.outcome, "")),
            Text(row.file),
            Text(details),
        )
    said = ", ".join(f"{count} {outcome}" for outcome, count in report.counts.items())
    lines: list[Table | Text] = [shown, Text(f"{report.unit}: {said or 'nothing was found'}")]
    lines += _missing(report.missing)
    if report.dry_run:
        lines.append(Text("Nothing was written: this was a dry run."))
    return lines


def _missing(missing: Sequence[str]) -> list[Text]:
    if not missing:
        return []
    return [Text(f"nothing yet from {len(missing)} on the roster: {', '.join(missing)}")]
