"""What students are given: notebooks that carry the course, folders with the wheel, what looks for it.

How a standalone notebook runs and what it earns is in test_standalone_in_browser.py.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from nbformat import NotebookNode

import kerascheck
from kerasgrader import cli
from kerasgrader.build.handout import handout, newest_wheel, standalone
from kerasgrader.build.setup_cell import INSTALL_ID, SETUP_ID, carried, carry
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.lessons import CARRIED
from kerasgrader.errors import CourseError
from kerasgrader.repair.restoration import restore
from tests.students.submissions import reference_cells, with_answers
from tests.support.clean_environment import clean_environment, make_alone, wheel
from tests.support.course_folder import ROOT, UNIT
from tests.support.once import made_once

pytestmark = pytest.mark.slow

ONE = load_course(ROOT).unit(UNIT)
PUBLISHED = f"resnet_course/published/{UNIT}.json"
LARGEST = 400_000  # bytes
WHERE = "import kerascheck, sys; print(kerascheck.__file__)"


def first_cell(notebook: NotebookNode) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == INSTALL_ID)


def released() -> NotebookNode:
    return nbformat.read(ONE.release_file, as_version=4)


def older_wheel(
    new: Path, folder: Path, name: str = "resnet_course-0.1.0-py3-none-any.whl"
) -> Path:
    """A wheel whose unit 1 was published before the present edition."""
    folder.mkdir(exist_ok=True)
    old = folder / name
    with zipfile.ZipFile(new) as whole, zipfile.ZipFile(old, "w") as changed:
        for item in whole.infolist():
            data = whole.read(item)
            if item.filename == PUBLISHED:
                data = re.sub(rb'"edition": \d+', b'"edition": 0', data, count=1)
            changed.writestr(item.filename, data)
    return old


def run_first_cell(
    python: Path, source: str, folder: Path, *, then: str = WHERE, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the cell as a kernel would, in `folder`, in a new process."""
    folder.mkdir(exist_ok=True)
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    code = "import json, sys; In = ['', json.load(sys.stdin)]; exec(In[-1]); " + then
    return subprocess.run(
        [str(python), "-c", code],
        cwd=folder,
        input=json.dumps(source),
        env={
            "TMPDIR": str(temporary),
            "PATH": os.environ["PATH"],
            "PIP_NO_INDEX": "1",
            **variables,
        },
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with TensorFlow and Jupyter, and nothing else that the course uses."""
    made = made_once(tmp_path_factory, "environment-alone", make_alone)
    return made / "bin" / "python"


@pytest.mark.parametrize("unit", load_course(ROOT).units, ids=lambda unit: unit.id)
def test_a_standalone_notebook_is_the_released_one_with_the_wheel_in_its_folded_first_cell(
    unit: Unit, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nothing else differs, and the file stays below 400 kB."""
    path = standalone(unit, wheel(tmp_path_factory), tmp_path)
    assert path.stat().st_size < LARGEST
    carrying, plain = (nbformat.read(p, as_version=4) for p in (path, unit.release_file))
    cell = first_cell(carrying)
    assert cell.metadata.jupyter.source_hidden
    cell.source, _, lines = cell.source.partition(f"\n\n{CARRIED}")
    assert len(lines) > 200_000
    assert carrying == plain


def test_the_carried_wheel_is_the_built_one_without_what_other_units_publish(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """And without RECORD, which lists the whole one; every other file is in it, byte for byte."""
    built = wheel(tmp_path_factory)
    notebook = nbformat.read(standalone(ONE, built, tmp_path), as_version=4)
    inside = carried(first_cell(notebook).source)
    assert inside is not None
    with zipfile.ZipFile(built) as whole, zipfile.ZipFile(io.BytesIO(inside)) as part:
        missing = set(whole.namelist()) - set(part.namelist())
        assert all(part.read(name) == whole.read(name) for name in part.namelist())
    others = {f"resnet_course/published/{unit.id}.json" for unit in load_course(ROOT).units}
    assert {name for name in missing if not name.endswith(".dist-info/RECORD")} == others - {
        PUBLISHED
    }
    assert carried(first_cell(released()).source) is None


@pytest.mark.parametrize("damage", ["none", "ids", "metadata", "both"])
def test_the_carried_wheel_never_reaches_the_grading_kernel(
    damage: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The repair recognises the first cell, also where a platform has dropped ids or metadata."""
    carrying = nbformat.read(standalone(ONE, wheel(tmp_path_factory), tmp_path), as_version=4)
    source = nbformat.read(ONE.source_file, as_version=4)
    notebook = with_answers(carrying, reference_cells(source), ())
    for number, cell in enumerate(notebook.cells):
        if damage in ("ids", "both"):
            cell.id = f"other-{number}"
        if damage in ("metadata", "both"):
            cell.metadata = nbformat.from_dict({})
    repaired, _ = restore(notebook, source)
    assert not any(f"\n{CARRIED}" in cell.source for cell in repaired.cells)
    [cell] = [cell for cell in repaired.cells if "look_for_the_course" in cell.source]
    assert cell == first_cell(source)


def test_the_first_cell_writes_nothing_where_the_course_is_installed(
    alone: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The installed package wins over a wheel beside and inside, if it is as new as the notebook."""
    built = wheel(tmp_path_factory)
    notebook = released()
    carry(first_cell(notebook), built.read_bytes())
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(built, folder)
    source = first_cell(notebook).source
    then = f"{WHERE}; import os; print(os.listdir('temporary'))"
    done = run_first_cell(alone, source, folder, then=then, PYTHONPATH=str(built))
    place, written = done.stdout.splitlines()
    assert place.startswith(str(built))
    assert written == "[]"


@pytest.mark.parametrize(
    "name", ["-py3-none-any.whl", "-py3-none-any (1).whl", "-py3-none-any(2).whl"]
)
def test_a_wheel_beside_the_notebook_is_used_whatever_a_browser_called_it(
    name: str, alone: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Without pip and network; folders may have any letters."""
    folder = tmp_path / "Übung 1"
    folder.mkdir()
    shutil.copy(wheel(tmp_path_factory), folder / f"resnet_course-0.1.0{name}")
    done = run_first_cell(alone, first_cell(released()).source, folder)
    assert done.stderr == ""
    assert done.stdout.startswith(str(folder / f"resnet_course-0.1.0{name}"))


@pytest.mark.parametrize("where", ["installed", "beside"])
def test_an_older_package_gives_way_to_the_one_inside(
    where: str, alone: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What was imported of the old one is forgotten; what was written is gone after the process."""
    built = wheel(tmp_path_factory)
    folder = tmp_path / "folder"
    old = older_wheel(built, folder if where == "beside" else tmp_path / "old")
    notebook = released()
    carry(first_cell(notebook), built.read_bytes())
    variables = {"PYTHONPATH": str(old)} if where == "installed" else {}
    done = run_first_cell(alone, first_cell(notebook).source, folder, **variables)
    assert done.stderr == ""
    assert done.stdout.startswith(str(folder / "temporary"))
    assert os.listdir(folder / "temporary") == []


def test_an_older_package_that_cannot_be_upgraded_is_named(
    alone: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Both editions, and what to do: never that arguments be put back."""
    old = older_wheel(wheel(tmp_path_factory), tmp_path / "old")
    source = first_cell(released()).source
    done = run_first_cell(alone, source, tmp_path / "folder", PYTHONPATH=str(old))
    last = done.stderr.splitlines()[-1]
    version = kerascheck.__version__
    assert "Your course package" in last and f"is older than this notebook ({version}-" in last
    assert "put its newest wheel, resnet_course-...whl, beside this notebook" in last
    setup = next(cell.source for cell in released().cells if cell.id == SETUP_ID)
    done = run_first_cell(alone, setup, tmp_path / "folder", PYTHONPATH=str(old))
    last = done.stderr.splitlines()[-1]
    assert "is older than this notebook" in last and "Run the notebook's first cell" in last


def test_nothing_to_install_from_is_said_in_a_sentence(alone: Path, tmp_path: Path) -> None:
    """A notebook alone, without a wheel, a network address or an installed course."""
    done = run_first_cell(alone, first_cell(released()).source, tmp_path / "folder")
    assert "The course is not installed here: put its newest wheel" in done.stderr.splitlines()[-1]


def test_pip_upgrades_an_older_package_from_where_the_course_says(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same version of another edition is replaced, and nothing else is touched."""
    built = wheel(tmp_path_factory)
    clean_environment(tmp_path_factory, tmp_path / "environment")
    python = tmp_path / "environment" / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, str(older_wheel(built, tmp_path / "old"))], check=True)
    source = first_cell(released()).source.replace("source = ''", f"source = {str(built)!r}")
    done = run_first_cell(python, source, tmp_path / "folder", PIP_DISABLE_PIP_VERSION_CHECK="1")
    assert done.returncode == 0, done.stderr
    assert "site-packages" in done.stdout
    again = run_first_cell(python, first_cell(released()).source, tmp_path / "folder")
    assert again.returncode == 0, again.stderr


def test_a_handout_holds_the_folder_and_the_wheel(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One folder, named after the unit, with the released files and the wheel under its own name."""
    built = wheel(tmp_path_factory)
    target = tmp_path / "unit1.zip"
    options = ["--to", str(target), "--wheel", str(built), "--root", str(ROOT)]
    done = CliRunner().invoke(cli.commands, ["handout", UNIT, *options])
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(target) as archive:
        notebook = f"{UNIT}/{ONE.notebook}.ipynb"
        assert sorted(archive.namelist()) == sorted([notebook, f"{UNIT}/{built.name}"])
        assert archive.read(notebook) == ONE.release_file.read_bytes()


def test_a_wheel_that_does_not_fit_the_release_is_refused(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nothing is written with an older wheel, a file that is none, or without any."""
    old = older_wheel(wheel(tmp_path_factory), tmp_path / "old")
    broken = tmp_path / "broken.whl"
    broken.write_bytes(b"<html>")
    for bad, why in ((old, "build it again"), (broken, "cannot be read as a wheel")):
        with pytest.raises(CourseError, match=why):
            standalone(ONE, bad, tmp_path / "out")
        with pytest.raises(CourseError, match=why):
            handout(ONE, bad, tmp_path / "out.zip")
    with pytest.raises(CourseError, match=r"there is no resnet_course-\*\.whl"):
        newest_wheel(load_course(ROOT), tmp_path)
    assert not (tmp_path / "out").exists() and not (tmp_path / "out.zip").exists()


def test_a_course_without_a_package_carries_its_published_checks(
    small_course: Callable[[Path], Unit],
    alone: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The notebook needs no file beside it: what is published travels in the wheel."""
    unit = small_course(tmp_path / "small")
    path = standalone(unit, wheel(tmp_path_factory), tmp_path)
    notebook = nbformat.read(path, as_version=4)
    then = "from kerascheck import published; print([u.unit for u in published.units()])"
    done = run_first_cell(alone, first_cell(notebook).source, tmp_path / "empty", then=then)
    assert done.stderr == ""
    assert unit.id in done.stdout
