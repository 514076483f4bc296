"""Compare submissions, and show shared passages side by side: for a person to judge, not a verdict.

Code is compared as text and never run: `copydetect` (winnowing, as in Moss) reduces it to kinds of
tokens, so names, spaces and comments make no difference. Uninformative passages are removed first:
the release, the course's own solution, and, as Moss does (Schleimer, Wilkerson and Aiken 2003),
passages that many submissions share. Two people share the rest, and hardly anybody else does.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import nbformat
import numpy as np
from copydetect import CodeFingerprint, compare_files
from copydetect.utils import get_token_coverage
from nbformat import NotebookNode

from kerasgrader.course.course import Unit
from kerasgrader.errors import GraderError, SubmissionError, one_line
from kerasgrader.repair.reading import read_submission, submitted_file
from kerasgrader.repair.restoration import restore

PASSAGE = 25  # the shortest passage that counts, in characters of reduced code
LEAST_SHARED = 80  # less in common is chance: one unusual token already makes passages of 49
MANY = (
    3,
    0.1,
)  # a passage is common if more students have it than the larger of this count and share
MOST_PAIRS = 25
LONGEST_CODE = 40_000  # characters of one submission


@dataclass(frozen=True)
class Side:
    """One student's code in a pair, in pieces: text, and whether the other student has it too."""

    student: str
    share: float
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Pair:
    """Two submissions. shared: characters of reduced code in common, without common passages."""

    shared: int
    first: Side
    second: Side

    def to_plain(self) -> dict[str, Any]:
        """The pair as JSON, without the code."""
        return {
            "shared": self.shared,
            "first": {"student": self.first.student, "share": round(self.first.share, 3)},
            "second": {"student": self.second.student, "share": round(self.second.share, 3)},
        }


@dataclass(frozen=True)
class ClassComparison:
    """The comparison of a class. common: passages in more submissions than this are ignored. more:
    the number of pairs beyond the limit. apart: students who could not be compared, and why."""

    compared: int
    common: int
    pairs: tuple[Pair, ...] = ()
    more: int = 0
    apart: Mapping[str, str] | None = None

    def to_plain(self) -> dict[str, Any]:
        """The comparison as JSON, without anybody's code."""
        return {**asdict(self), "pairs": [pair.to_plain() for pair in self.pairs]}


def compare_submissions(unit: Unit, students: Iterable[str]) -> ClassComparison:
    """Compare these students' submissions for a unit. One that is unreadable stops no other."""
    source = nbformat.read(unit.source_file, as_version=4)
    release = nbformat.read(unit.release_file, as_version=4)
    codes, apart = {}, {}
    for student in students:
        try:
            codes[student] = own_code(read_submission(submitted_file(unit, student))[0], source)
        except (GraderError, OSError, ValueError, RecursionError) as error:
            apart[student] = one_line(error)
    given = [_joined(source.cells), _joined(release.cells)]
    return compare_codes(codes, given, apart)


def compare_codes(
    codes: Mapping[str, str], given: Sequence[str], apart: Mapping[str, str] | None = None
) -> ClassComparison:
    """Compare the code of each student. given: code that everybody has."""
    known = {h for code in given for h in _fingerprint(code).hashes}
    counts: Counter[int] = Counter()
    for code in codes.values():
        counts.update(_fingerprint(code).hashes)
    common = max(MANY[0], math.ceil(len(codes) * MANY[1]))
    known |= {h for h, count in counts.items() if count > common}
    own = {student: _fingerprint(code, known) for student, code in codes.items()}
    pairs = [pair for a, b in _candidates(own) if (pair := _pair(a, b, own)) is not None]
    pairs.sort(key=lambda pair: (-pair.shared, pair.first.student, pair.second.student))
    return ClassComparison(
        len(codes), common, tuple(pairs[:MOST_PAIRS]), max(0, len(pairs) - MOST_PAIRS), apart or {}
    )


def own_code(submitted: NotebookNode, source: NotebookNode) -> str:
    """The student's own code in a submission: answers, and cells that the student added.

    Raises SubmissionError for more code than anybody would write.
    """
    restored, _ = restore(submitted, source)
    known = {cell.source.strip() for cell in source.cells}
    parts = []
    for cell in restored.cells:
        nbgrader = cell.metadata.get("nbgrader")
        if cell.cell_type == "code" and cell.source.strip() not in known:
            if nbgrader is None or nbgrader.solution:
                title = nbgrader.grade_id if nbgrader is not None else "a cell of their own"
                parts.append(f"# {title}\n{cell.source.strip()}")
    code = _lines("\n\n".join(parts))
    if len(code) > LONGEST_CODE:
        raise SubmissionError(
            f"it holds {len(code):,} characters of code; more than {LONGEST_CODE:,} are not compared"
        )
    return code


def _joined(cells: Sequence[NotebookNode]) -> str:
    return _lines("\n\n".join(cell.source for cell in cells if cell.cell_type == "code"))


def _lines(code: str) -> str:
    """Code as the lexer reads it, so that positions in one are positions in the other."""
    return code.replace("\r\n", "\n").replace("\r", "\n").strip() + "\n"


def _fingerprint(code: str, known: set[int] | None = None) -> CodeFingerprint:
    """All passages of some code except the known ones.

    All of them rather than a sample, which would depend on Python's hashes and differ between runs.
    Known ones are removed here because copydetect's own way also drops passages that occur twice.
    """
    made = CodeFingerprint("code", PASSAGE, 1, fp=io.StringIO(code), language="python")
    if known:
        made.hash_idx = {h: places for h, places in made.hash_idx.items() if h not in known}
        made.hashes = set(made.hash_idx)
        made.token_coverage = get_token_coverage(made.hash_idx, PASSAGE, len(made.filtered_code))
    return made


def _candidates(own: Mapping[str, CodeFingerprint]) -> list[tuple[str, str]]:
    """The pairs with any passage in common: few, since common passages have been removed."""
    holders: dict[int, list[str]] = {}
    for student, fingerprint in own.items():
        for passage in fingerprint.hashes:
            holders.setdefault(passage, []).append(student)
    return sorted({pair for names in holders.values() for pair in combinations(sorted(names), 2)})


def _pair(a: str, b: str, own: Mapping[str, CodeFingerprint]) -> Pair | None:
    shared, shares, slices = compare_files(own[a], own[b])
    if shared < LEAST_SHARED:
        return None
    sides = [
        Side(student, min(1.0, float(share)), _pieces(own[student].raw_code, marked))
        for student, share, marked in zip((a, b), shares, slices, strict=True)
    ]
    return Pair(int(shared), *sides)


def _pieces(code: str, marked: np.ndarray) -> tuple[tuple[str, bool], ...]:
    """Code, cut where a shared passage begins or ends."""
    pieces, here = [], 0
    for start, end in sorted((int(start), int(end)) for start, end in marked.T):
        start, end = max(here, start), min(len(code), end)
        if start < end:
            pieces += [(code[here:start], False), (code[start:end], True)]
            here = end
    pieces.append((code[here:], False))
    return tuple((text, flag) for text, flag in pieces if text)
