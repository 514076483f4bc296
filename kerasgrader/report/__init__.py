"""The class report: what a class understood, and which submissions need a person.

    gradebook, autograded/, history, submitted/ -> facts, similarity -> page, tables, JSON

It reads the results of grading and runs nothing. The command line uses `write_report`, and
`mistakes` for comments.
"""

from __future__ import annotations

from kerasgrader.report.writing import write_report

__all__ = ["write_report"]
