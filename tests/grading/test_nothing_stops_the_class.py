"""Whatever goes wrong with one submission is that submission's named problem; it stops nobody else."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from kerasgrader.course.course import Unit
from kerasgrader.grading.class_run import ClassRun
from kerasgrader.grading.results import Graded, Marks
from kerasgrader.intake.collecting import collect
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.kernel.warm_client import WarmParent
from tests.support.course_folder import copy_of
from tests.support.graded import regrade
from tests.support.small_course import (
    EXERCISE,
    POINTS,
    RIGHT,
    WRONG,
    WRONG_POINTS,
    submit_answer,
)

pytestmark = pytest.mark.slow

COMMAND = Path(sys.executable).parent / "kerasgrader"
ORDINARY = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
EARNED = {"ada": POINTS, "bob": WRONG_POINTS, "eve": POINTS, "kim": WRONG_POINTS}


@pytest.fixture(scope="module")
def graded(small_course: Callable[[Path], Unit], tmp_path_factory: pytest.TempPathFactory) -> Unit:
    unit = small_course(tmp_path_factory.mktemp("nothing-stops"))
    for student, points in EARNED.items():
        submit_answer(unit, student, RIGHT if points == POINTS else WRONG)
    WarmParent.begin(unit.modules)
    regrade(unit)
    return unit


@pytest.fixture
def unit(graded: Unit, tmp_path: Path) -> Unit:
    WarmParent.begin(graded.modules)
    return copy_of(graded, tmp_path / "course")


def by_student(marks: Marks) -> dict[str, Graded]:
    return {item.student: item for item in marks.graded}


@pytest.mark.parametrize("who", [(), ORDINARY], ids=["root", "an ordinary user"])
def test_files_beside_the_notebook_stand_in_nobodys_way(
    who: tuple[str, ...], unit: Unit, tmp_path: Path
) -> None:
    """A page of the student's own under the name of ours, as a file or as a folder; a model of 300 MB; a
    file without permissions, also in a submission that was graded before."""
    page = f"{unit.notebook}.html"
    for student, beside in (("ada", page), ("bob", f"{page}/index.html"), ("eve", "model.keras")):
        file = unit.submitted(student) / beside
        file.parent.mkdir(exist_ok=True)
        file.write_text("<h1>100 of 100 points</h1>")
        file.chmod(0o444)
    with (unit.submitted("eve") / "model.keras").open("wb") as model:
        model.truncate(300 * 2**20)
    secret = unit.submitted("kim") / "notes.txt"
    secret.write_text("mine")
    secret.chmod(0o000)
    found = graded_by(who, unit, tmp_path / "marks.json")
    points = {item["student"]: item["points"] for item in found}
    assert points == EARNED
    [kim] = [item for item in found if item["student"] == "kim"]
    assert (kim["problem"], bool(kim["old"])) == (None, bool(who))
    for student in ("ada", "bob", "eve"):
        [only] = [p for p in unit.feedback(student).rglob("*") if p.name != "timestamp.txt"]
        assert only.name == page and "100 of 100 points</h1>" not in only.read_text("utf-8")
    size = sum(p.stat().st_size for p in unit.autograded("eve").rglob("*"))
    assert size < 10 * 2**20


def graded_by(who: tuple[str, ...], unit: Unit, file: Path) -> list[dict[str, Any]]:
    """The class after `kerasgrader grade`, run by another account if `who` is its command."""
    if not who:
        submissions: list[dict[str, Any]] = regrade(unit).to_plain()["submissions"]
        return submissions
    options = ("--root", unit.root, "--sandbox", strongest_sandbox(), "--json", file)
    done = subprocess.run(
        [*who, COMMAND, "grade", unit.id, *options], capture_output=True, text=True
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    found: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["submissions"]
    return found


def test_a_worker_that_dies_between_two_notebooks_is_replaced(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while marks are being written, so that nobody waits for it: no submission is lost."""
    written = ClassRun._write_marks

    def and_kill(run: ClassRun, *arguments: object) -> None:
        written(run, *arguments)  # type: ignore[arg-type]
        for child in psutil.Process().children():
            if "spawn_main" in " ".join(child.cmdline()):
                child.send_signal(signal.SIGKILL)
                child.wait()

    with monkeypatch.context() as patch:
        patch.setattr(ClassRun, "_write_marks", and_kill)
        marks = regrade(unit, force=True)
    assert {item.student: item.points for item in marks.graded} == EARNED
    # With the workers that were killed last, and the reference first of all.
    again = regrade(unit, force=True)
    assert {item.student: item.points for item in again.graded} == EARNED


@pytest.mark.parametrize("error", [RecursionError("too deep"), MemoryError()])
def test_an_error_that_nobody_thought_of_is_one_submissions(
    error: Exception, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it comes from while a submission is read or written; earlier marks stand."""
    real = ClassRun._submitted

    def fails(run: ClassRun, student: str) -> object:
        if student == "bob":
            raise error
        return real(run, student)

    monkeypatch.setattr(ClassRun, "_submitted", fails)
    found = by_student(regrade(unit, force=True))
    assert type(error).__name__ in str(found["bob"].old) and found["bob"].problem is None
    assert {name: graded.points for name, graded in found.items()} == EARNED
    monkeypatch.setattr("kerasgrader.grading.writer.graded_from", lambda *a, **k: 1 / 0)
    assert all("ZeroDivision" in str(g.old) for g in regrade(unit, ("ada",), force=True).graded)


def test_a_source_that_is_no_text_is_named(unit: Unit) -> None:
    """Lists in lists where lines should be: the page tells that a cell was left out, and not that the
    exercise was never tried."""
    path = unit.submitted("bob") / f"{unit.notebook}.ipynb"
    document = json.loads(path.read_text("utf-8"))
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in document["cells"]]
    cell = document["cells"][ids.index(EXERCISE)]
    nested: object = "x = 1"
    for _ in range(700):
        nested = [nested]
    cell["source"] = nested
    path.write_text(json.dumps(document))
    bob = by_student(regrade(unit))["bob"]
    page = (unit.feedback("bob") / f"{unit.notebook}.html").read_text("utf-8")
    assert bob.problem is None and "1 of its cells are malformed" in page


@pytest.mark.parametrize("depth", [600, 900])
def test_metadata_that_is_nested_deeply_costs_nothing(depth: int, unit: Unit) -> None:
    """nbformat cannot read it; nobody needs it."""
    path = unit.submitted("ada") / f"{unit.notebook}.ipynb"
    document = json.loads(path.read_text("utf-8"))
    nested: object = {}
    for _ in range(depth):
        nested = {"a": nested}
    for cell in document["cells"]:
        cell["metadata"]["deletable"] = nested
    document["metadata"]["kernelspec"] = nested
    path.write_text(json.dumps(document))
    assert by_student(regrade(unit))["ada"].points == POINTS


def test_an_attachment_with_an_impossible_name_is_collected(unit: Unit, tmp_path: Path) -> None:
    """A section number of 5,000 digits, at which Python's own reader of e-mails fails."""
    notebook = (unit.submitted("ada") / f"{unit.notebook}.ipynb").read_text("utf-8")
    lines = [
        "From: new@example.org",
        "Date: Mon, 30 Nov 2026 10:00:00 +0000",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="x"',
        "",
        "--x",
        "Content-Type: application/json",
        f"Content-Disposition: attachment; filename*{'9' * 5000}*=utf-8''a.ipynb",
        "",
        notebook,
        "--x--",
    ]
    (tmp_path / "mail.eml").write_text("\n".join(lines))
    receipt = collect(unit.root, unit.id, [tmp_path / "mail.eml"])
    assert [row.outcome for row in receipt.rows] == ["taken"]


@pytest.mark.parametrize(
    "arguments",
    [("grade", "{unit}"), ("collect", "{unit}", "{root}/submitted")],
    ids=["grade", "collect"],
)
def test_a_file_that_cannot_be_written_is_refused_at_once(
    arguments: tuple[str, ...], unit: Unit, tmp_path: Path
) -> None:
    """`--json` into a folder that is not there: before an hour of work, not after it."""
    given = [a.format(unit=unit.id, root=unit.root) for a in arguments]
    done = subprocess.run(
        [COMMAND, *given, "--root", unit.root, "--json", tmp_path / "gone" / "marks.json"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "there is no folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_unit_that_is_not_built_is_a_sentence(unit: Unit) -> None:
    """Renamed in course.toml before `build`: by every command that needs its source."""
    toml = unit.root / "course.toml"
    toml.write_text(toml.read_text("utf-8").replace(unit.id, "unit2-renamed"))
    (unit.root / "submitted" / "ada" / unit.id).rename(
        unit.root / "submitted" / "ada" / "unit2-renamed"
    )
    for command in ("grade", "report"):
        done = subprocess.run(
            [COMMAND, command, "unit2-renamed", "--root", unit.root], capture_output=True, text=True
        )
        assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
        assert "build" in done.stderr
