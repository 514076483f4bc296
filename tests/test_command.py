"""`kerascheck move`: a student's answers, in a newer edition of their notebook."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from nbformat import NotebookNode

import kerascheck
from kerascheck.command import LEFT_OVER, CannotMove, main, move, read
from kerasgrader.cli import commands
from kerasgrader.course.course import Unit
from tests.students.submissions import reference_cells, with_answers
from tests.support.course_folder import ROOT, UNIT

RELEASE = ROOT / "release" / UNIT / "residual_networks.ipynb"
SOURCE = ROOT / "source" / UNIT / "residual_networks.ipynb"


def released() -> NotebookNode:
    return nbformat.read(RELEASE, as_version=4)


def solved() -> NotebookNode:
    reference = reference_cells(nbformat.read(SOURCE, as_version=4))
    return with_answers(released(), reference, ())


def sources(notebook: NotebookNode) -> dict[str, str]:
    return {cell.id: cell.source for cell in notebook.cells}


def test_answers_and_own_cells_move_and_the_rest_is_the_new_edition() -> None:
    """Answers arrive, a cell of one's own stands where it stood, changed prose is the new one's."""
    old, new = solved(), released()
    own = nbformat.v4.new_code_cell("print('my own')", id="a1b2c3d4", outputs=[])
    own.outputs = [nbformat.v4.new_output("stream", text="my own")]
    place = next(i for i, cell in enumerate(old.cells) if cell.id == "test_identity_block")
    old.cells.insert(place + 1, own)
    new.cells[0].source = "# Residual Networks, second edition"
    result, moved = move(copy.deepcopy(old), copy.deepcopy(new))
    result = nbformat.from_dict(result)
    nbformat.validate(result)
    assert moved.answers == ("identity_block", "convolutional_block", "resnet50")
    assert (moved.own, moved.left_over) == (1, ())
    ids = [cell.id for cell in result.cells]
    assert ids[ids.index("test_identity_block") + 1] == "a1b2c3d4"
    assert result.cells[ids.index("a1b2c3d4")].outputs == []
    assert sources(result) == {**sources(old), new.cells[0].id: new.cells[0].source}
    assert [id for id in ids if id != "a1b2c3d4"] == [cell.id for cell in new.cells]


def test_an_answer_without_an_exercise_goes_to_the_end() -> None:
    """Nothing is lost where the new edition has dropped an exercise or a cell of the course."""
    old, new = solved(), released()
    new.cells = [cell for cell in new.cells if cell.id not in ("resnet50", "code-5926c7365224")]
    result, moved = move(old, new)
    assert moved.left_over == ("resnet50",) and moved.own == 0
    assert result["cells"][-2]["source"] == LEFT_OVER
    assert result["cells"][-1]["source"] == sources(solved())["resnet50"]
    assert "nbgrader" not in result["cells"][-1]["metadata"]
    nbformat.validate(nbformat.from_dict(result))


def test_an_unanswered_exercise_stays_as_the_new_edition_has_it() -> None:
    """A stub is no answer: where the new one's first line has changed, that one stays."""
    old, new = solved(), released()
    stub = sources(new)["resnet50"]
    next(cell for cell in old.cells if cell.id == "resnet50").source = stub
    next(cell for cell in new.cells if cell.id == "resnet50").source = f"# changed\n{stub}"
    result, moved = move(old, new)
    assert "resnet50" not in moved.answers
    assert sources(nbformat.from_dict(result))["resnet50"].startswith("# changed")


def test_the_command_writes_the_new_file_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The old file keeps its bytes, the new one is a valid notebook, and the report names the answers."""
    old, new = tmp_path / "mine.ipynb", tmp_path / "new.ipynb"
    nbformat.write(solved(), old)
    new.write_bytes(RELEASE.read_bytes())
    before = old.read_bytes()
    assert main(["move", str(old), str(new)]) == 0
    assert (
        "3 answers moved (identity_block, convolutional_block, resnet50)" in capsys.readouterr().out
    )
    assert old.read_bytes() == before
    assert sources(nbformat.read(new, as_version=4)) == sources(solved())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.ipynb", "new.ipynb"]


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        ("solved", "solved copy", "already holds answers"),
        ("release", "release copy", "the first notebook holds no answers"),
        ("solved", "solved", "is the notebook that you worked in"),
        ("solved", "nothing", "cannot be read"),
        ("text", "release", "is not a Jupyter notebook"),
        ("list", "release", "is not a Jupyter notebook of format 4"),
        ("solved", "empty", "has no exercises"),
    ],
)
def test_a_refused_move_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], first: str, second: str, sentence: str
) -> None:
    """Each mistake has a sentence, and both files stay as they are."""
    for name in ("solved", "solved copy"):
        nbformat.write(solved(), tmp_path / name)
    for name in ("release", "release copy"):
        nbformat.write(released(), tmp_path / name)
    (tmp_path / "text").write_text("not json")
    (tmp_path / "list").write_text("[1]")
    (tmp_path / "empty").write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4}))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert main(["move", str(tmp_path / first), str(tmp_path / second)]) == 1
    assert sentence in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_texts_held_line_by_line_are_read(tmp_path: Path) -> None:
    """As Jupyter stores them on disk."""
    path = tmp_path / "solved.ipynb"
    nbformat.write(solved(), path)
    result, moved = move(read(path), read(RELEASE))
    assert len(moved.answers) == 3
    with pytest.raises(CannotMove):
        move(result, read(RELEASE) | {"cells": []})


@pytest.mark.slow
def test_fetching_again_on_a_hub_and_moving(
    new_course: Callable[[Path], Unit], tmp_path: Path
) -> None:
    """nbgrader's fetch replaces no file. With the old notebook renamed it brings the new edition beside it,
    and the answers move into that: what docs/student.md tells."""
    unit = new_course(tmp_path / "course")
    home, exchange = tmp_path / "home", tmp_path / "exchange"
    home.mkdir()
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    settings = [f"--Exchange.root={exchange}", "--course=resnet"]

    def nbgrader(folder: Path, *arguments: str) -> None:
        command = [str(Path(sys.executable).parent / "nbgrader"), *arguments, unit.id, *settings]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    nbgrader(unit.root, "release_assignment")
    nbgrader(home, "fetch_assignment")
    file = home / unit.id / f"{unit.notebook}.ipynb"
    assert nbformat.read(file, as_version=4).cells == released().cells
    answered = solved()
    answered.cells = [cell for cell in answered.cells if cell.id != "test_identity_block"]
    old = file.with_name("old.ipynb")
    nbformat.write(answered, old)
    file.unlink()
    text = unit.release_file.read_text("utf-8")
    unit.release_file.write_text(
        text.replace("# Residual Networks", "# The second edition"), "utf-8"
    )
    nbgrader(unit.root, "release_assignment", "--force")
    nbgrader(home, "fetch_assignment", "--replace")
    assert old.exists(), "the old notebook stays"
    assert main(["move", str(old), str(file)]) == 0
    new = nbformat.read(file, as_version=4)
    assert new.cells[0].source.startswith("# The second edition")
    test = next(cell for cell in new.cells if cell.id == "test_identity_block")
    assert test.source, "the test cell that was deleted is back"
    assert sources(new)["identity_block"] == sources(solved())["identity_block"]


def test_the_commands_print_the_version_that_is_installed(capsys: pytest.CaptureFixture) -> None:
    """It is that of pyproject.toml, and of the package; kerasgrader prints its own."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"kerascheck {declared['version']} ({declared['name']})\n"
    assert kerascheck.__version__ == declared["version"]
    grader = ROOT / "packaging" / "kerasgrader" / "pyproject.toml"
    declared = tomllib.loads(grader.read_text("utf-8"))["project"]
    shown = CliRunner().invoke(commands, ["--version"])
    assert shown.output == f"kerasgrader {declared['version']}\n"


def test_the_pages_at_the_root_know_the_version() -> None:
    """The newest number in CHANGELOG.md and that of CITATION.cff are the distribution's version."""
    version = kerascheck.__version__
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.findall(r"^## (\d\S*)", changes, re.MULTILINE)[0] == version
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
