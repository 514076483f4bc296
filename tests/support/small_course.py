"""The course of `kerasgrader new`: one small exercise of 10 points, which is executed in no time.

For tests of what happens to submissions, whatever is in them.
"""

from __future__ import annotations

from pathlib import Path

import nbformat

from kerasgrader.build.build import build
from kerasgrader.build.new_course import new_course
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.lessons import grade_id_of

EXERCISE, TEST = "scaled_dense", "test_scaled_dense"
QUESTION, MODEL_ANSWER = "why_no_bias", "Batch normalisation takes a bias away again."
ASKED = f"""
# %% [markdown]
# ## Question (5 points)
#
# Why has the dense layer no bias?

# %% [markdown] question="{QUESTION}" points=5
# {MODEL_ANSWER}
"""
RIGHT = """def scaled_dense(X, units):
    start = glorot_uniform(seed=0)
    X = layers.Dense(units, use_bias=False, kernel_initializer=start, name="project")(X)
    X = layers.BatchNormalization(name="norm")(X)
    return layers.Activation("tanh")(X)
"""
ALSO_RIGHT = RIGHT.replace("    start = glorot_uniform(seed=0)\n", "").replace(
    "=start", "=glorot_uniform(seed=0)"
)
WRONG = RIGHT.replace("use_bias=False, ", "")
ENDLESS = "def scaled_dense(X, units):\n    while True:\n        pass\n"
POINTS, WRONG_POINTS = 10, 4


def write_small_course(folder: Path) -> Unit:
    """Write the course into an empty folder and build it."""
    new_course(folder)
    [unit] = load_course(folder).units
    build(unit)
    return unit


def write_asking_course(folder: Path) -> Unit:
    """Write the course with a question beside the exercise, and build it."""
    new_course(folder)
    [unit] = load_course(folder).units
    unit.lesson_file.write_text(unit.lesson_file.read_text("utf-8") + ASKED, "utf-8")
    build(unit)
    return unit


def submit_answer(unit: Unit, student: str, answer: str, prose: str = "") -> None:
    """Submit the released notebook with these answers; as it was released where they are empty."""
    notebook = nbformat.read(unit.release_file, as_version=4)
    answers = {EXERCISE: answer, QUESTION: prose}
    for cell in notebook.cells:
        given = answers.get(grade_id_of(cell) or "")
        if given:
            cell.source = given
    folder = unit.submitted(student)
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{unit.notebook}.ipynb")
