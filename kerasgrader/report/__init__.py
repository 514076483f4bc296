"""The class report: what a class understood, and what needs a person.

    gradebook, autograded/, history, submitted/ -> facts, similarity -> page, tables, JSON

It reads what grading left behind and runs nothing. `write_report` is all that the command line uses.
"""

from __future__ import annotations

from kerasgrader.report.writing import write_report

__all__ = ["write_report"]
