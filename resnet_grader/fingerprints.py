"""Known wrong answers by the numbers that they give, made from the course's own solution.

Where a graph does not settle what is wrong (a Lambda layer, an operation of one's own), outputs may: with
fixed weights, two answers that are wired alike give the same numbers. The solution is changed
mechanically (`mutation`), the visible checks are run on each change, and what the diagnosis says of it is
kept beside its numbers. No label is written by hand, and nothing of hidden checks is in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests

from resnet_course.evidence import Evidence
from resnet_course.fingerprints import Fingerprint
from resnet_course.judge import judge
from resnet_grader.course import Unit
from resnet_grader.execution import Execute
from resnet_grader.mutation import mutated, mutations
from resnet_grader.reference import evidence_in

# Changes that a graph of plain layers settles (names, seeds) are not worth a fingerprint.
OPERATORS = ("left out", "inserted", "exchanged", "kind", "tensor", "returned")


def fingerprints(
    unit: Unit, source: NotebookNode, execute: Execute, seed: str
) -> list[Fingerprint]:
    """The fingerprints of the typical mistakes in a unit's blocks, under this seed."""
    notebook, made = _with_mistakes(source)
    if not made:
        return []
    executed = execute.run(execute.job(notebook, unit, seed, everything=True))
    evidence = {cell.id: evidence_in(cell) for cell in executed.cells}
    found: dict[tuple[str, ...], Fingerprint] = {}
    for right, wrong in made:
        for reference, item in zip(evidence[right], evidence[wrong], strict=False):
            kept = _fingerprint(reference, item)
            if kept is not None:
                found.setdefault((kept.call, kept.exercise, *map(str, kept.numbers)), kept)
    return list(found.values())


def _fingerprint(reference: Evidence, item: Evidence) -> Fingerprint | None:
    if reference.probe != "block" or item.status != "ok" or reference.call != item.call:
        return None
    verdict = judge(reference.exercise, 1, [(reference, item)])
    if not verdict.findings or "fixed weights" not in item.outputs:
        return None
    if all(aspect.points == aspect.of for aspect in verdict.aspects if aspect.name == "values"):
        return None
    return Fingerprint.of(reference.exercise, item, verdict.findings[0])


def _with_mistakes(source: NotebookNode) -> tuple[NotebookNode, list[tuple[str, str]]]:
    """A notebook that runs each visible check on the solution and on its changes.

    Also gives pairs of cell ids: the check of the solution, and that of a change.
    """
    visible, _ = ClearHiddenTests(enforce_metadata=False).preprocess(nbformat.from_dict(source), {})
    graded = [cell for cell in visible.cells if "nbgrader" in cell.metadata]
    answers = [cell for cell in graded if cell.metadata.nbgrader.solution]
    names = [_defined(cell.source) for cell in answers]
    cells = [cell for cell in graded if not cell.metadata.nbgrader.grade and _is_first(cell)]
    cells += answers
    made: list[tuple[str, str]] = []
    for answer, check in _pairs(graded):
        if "check.block(" not in check.source:
            continue
        cells.append(_cell(f"right-{answer.id}", check.source))
        others = [name for name in names if name != _defined(answer.source)]
        for number, change in enumerate(mutations(answer.source, others)):
            if change.operator in OPERATORS:
                wrong = f"wrong-{answer.id}-{number}"
                cells.append(_cell(f"{wrong}-answer", mutated(answer.source, change)))
                cells.append(_cell(wrong, check.source))
                made.append((f"right-{answer.id}", wrong))
        cells.append(_cell(f"again-{answer.id}", answer.source))
    visible.cells = cells
    return visible, made


def _pairs(graded: Sequence[NotebookNode]) -> list[tuple[NotebookNode, NotebookNode]]:
    """Each answer with the check that follows it."""
    found, answer = [], None
    for cell in graded:
        if cell.metadata.nbgrader.solution:
            answer = cell
        elif cell.metadata.nbgrader.grade and answer is not None:
            found.append((answer, cell))
    return found


def _is_first(cell: NotebookNode) -> bool:
    """Locked cells that are no checks: imports."""
    return not cell.metadata.nbgrader.solution and "check." not in cell.source


def _defined(source: str) -> str:
    return source.partition("def ")[2].partition("(")[0].strip()


def _cell(identity: str, source: str) -> NotebookNode:
    return nbformat.v4.new_code_cell(source, id=identity[:64])
