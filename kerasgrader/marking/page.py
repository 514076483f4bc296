"""The step of nbgrader's feedback that is ours: what a page shows beside the graded notebook.

That is: outcomes of questions, a person's comments, and those that an instructor wrote for everybody with
the same mistake.
"""

from __future__ import annotations

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from kerascheck import published
from kerasgrader.course.lessons import grade_id_of
from kerasgrader.marking.comments import comments_on, load_comments
from kerasgrader.marking.gradebook import submissions
from kerasgrader.marking.record import read_record
from kerasgrader.marking.steps import unit_of

SHOWN = "kerasgrader"  # in the metadata of a cell: what its page shows
AWAITS = "kerasgrader_awaits"  # in the metadata of the notebook


class PageFacts(NbGraderPreprocessor):
    """After nbgrader's GetGrades: puts the facts into the notebook's metadata, for the template."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        names, unit = resources["nbgrader"], unit_of(self, resources)
        with Gradebook(names["db_url"]) as gradebook:
            [there] = submissions(gradebook, unit.id, names["student"]).values()
        with published.about(unit.id, unit.package):  # whose misconceptions are named
            record = read_record(unit, names["student"])
            shared = comments_on(unit, there, record, load_comments(unit))
        scores = {score.test: score for score in there.scores}
        for cell in nb.cells:
            name = grade_id_of(cell)
            if name is not None:
                cell.metadata["nbgrader"]["comment"] = (there.comments or {}).get(name)
                score = scores.get(name)
                asked = score is not None and score.question
                outcome = score.outcome if score is not None and asked else ""
                cell.metadata[SHOWN] = {"outcome": outcome, "comments": shared.get(name, [])}
        nb.metadata[AWAITS] = {score.exercise: score.of for score in there.scores if score.awaits}
        return nb, resources
