"""Tables as CSV in which a spreadsheet finds no formulas. Imports nothing heavy.

A cell that begins with = + - @ is a formula to Excel, LibreOffice and Google Sheets
(https://owasp.org/www-community/attacks/CSV_Injection). Names and ids come from students, so a text that
begins like one gets an apostrophe in front, which tells spreadsheets that it is text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")

Value = str | float | int | None


def csv_text(rows: Iterable[Sequence[Value]]) -> str:
    """The rows as CSV (RFC 4180): quoted where needed, numbers as numbers, None as an empty cell."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(
        [cell(value) for value in row] for row in rows
    )
    return file.getvalue()


def cell(value: Value) -> str:
    """One cell: a number, or a text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return number(value)
    text = "".join(character for character in value if character.isprintable() or character == "\n")
    return f"'{text}" if is_risky(text) else text


def is_risky(text: str) -> bool:
    """Whether a spreadsheet would take a text for a formula."""
    return text.lstrip().startswith(FORMULA)


def number(value: float) -> str:
    """A number with at most four decimal places, and no trailing zeros."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
