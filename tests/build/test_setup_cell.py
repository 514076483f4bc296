"""How a notebook begins: the badge, the set-up cell, and what it says."""

import dataclasses
import os
import sys
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

import kerascheck
from kerascheck import published, start
from kerascheck.devices import Gpu
from kerasgrader.build.setup_cell import BADGE_ID, INSTALL_ID, SETUP_ID, with_opening
from kerasgrader.course.course import Course, Unit, load_course
from kerasgrader.course.lessons import UNGRADED
from tests.support.course_folder import ROOT
from tests.support.data_sets import SIGNS

COURSE = load_course(ROOT)
UNITS = COURSE.units


def opened(course: Course) -> nbformat.NotebookNode:
    title = nbformat.v4.new_markdown_cell("# A title", id="title")
    work = nbformat.v4.new_code_cell("x = 1", id="work")
    notebook = nbformat.v4.new_notebook(cells=[title, work])
    return with_opening(notebook, course, UNITS[0], "0.1.0-7")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_every_release_prepares_its_machine_before_it_imports_anything(unit: Unit) -> None:
    """First a folded cell that looks for the course, then three lines that begin; none is graded."""
    code = [
        cell
        for cell in nbformat.read(unit.release_file, as_version=4).cells
        if cell.cell_type == "code"
    ]
    assert [cell.id for cell in code[:2]] == [INSTALL_ID, SETUP_ID]
    assert code[0].metadata.jupyter.source_hidden
    loader = f"resnet_course:load_{unit.dataset}"
    published_unit = published.PublishedUnit.of_text(unit.published_file.read_text("utf-8"))
    needs = f"{kerascheck.__version__}-{published_unit.edition}"
    call = f"start.begin({unit.id!r}, package='resnet_course', data={loader!r}, needs={needs!r})"
    assert code[1].source == f"from kerascheck import start\n\n{call}"
    assert [cell.metadata.tags for cell in code[:2]] == [[UNGRADED], [UNGRADED]]


def test_the_first_cell_leaves_no_name_behind() -> None:
    """A student's code that runs after it runs without it, too: the grader skips it."""
    source = opened(COURSE).cells[1].source
    names: dict[str, object] = {"In": ["", source.replace("0.1.0-7", "0.1.0-1")]}
    exec(names["In"][-1], names)  # type: ignore[index]
    assert names.keys() == {"In", "__builtins__"}


@pytest.mark.parametrize(
    "install, repository, source",
    [
        ("", "", ""),
        ("git+https://example.org/course", "somebody/resnets", "git+https://example.org/course"),
        ("", "somebody/resnets", "https://github.com/somebody/resnets/archive/refs/heads/main.zip"),
    ],
)
def test_a_notebook_fetches_nothing_that_the_course_does_not_name(
    install: str, repository: str, source: str
) -> None:
    """pip is asked for `install`, else for the repository; without both, for nothing."""
    course = dataclasses.replace(COURSE, install=install, repository=repository)
    [cell] = [cell for cell in opened(course).cells if cell.id == INSTALL_ID]
    assert f"source = {source!r}\n" in cell.source


def test_a_known_repository_gives_every_notebook_a_badge() -> None:
    """The badge opens the release of this very unit in Colab; without a repository there is none."""
    known = dataclasses.replace(COURSE, repository="somebody/resnets")
    first, *others = opened(known).cells
    assert first.id == BADGE_ID
    assert [cell.id for cell in others] == ["title", INSTALL_ID, SETUP_ID, "work"]
    unit = UNITS[0]
    address = f"/github/somebody/resnets/blob/main/release/{unit.id}/{unit.notebook}.ipynb)"
    assert address in first.source
    unknown = dataclasses.replace(COURSE, repository="")
    assert [cell.id for cell in opened(unknown).cells] == ["title", INSTALL_ID, SETUP_ID, "work"]


def test_a_notebook_says_what_it_runs_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Software, device and pictures, one line each; a stand-in is called a stand-in."""
    SIGNS.isolate(tmp_path, monkeypatch)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2})
    monkeypatch.setattr(published, "CURRENT", published.Current())
    start.begin(UNITS[1].id, "resnet_course", COURSE.datasets["signs"])
    assert [unit.unit for unit in published.units()] == [UNITS[1].id]
    said = capsys.readouterr().out
    assert "Keras" in said and "tensorflow" in said
    assert "3 cores. That is enough" in said
    assert "SIGNS stand-in" in said


def test_on_colab_the_way_to_a_gpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a GPU, the menu that gives one; with one, its name."""
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert "Change runtime type" in start.device()
    monkeypatch.setattr("keras.distribution.list_devices", lambda kind: ["gpu:0"])
    assert start.device().startswith("Device: gpu:0.")
    monkeypatch.setattr("kerascheck.devices.first_gpu", lambda: Gpu("NVIDIA T4", (7, 5)))
    assert start.device().startswith("Device: gpu:0 (NVIDIA T4).")


def test_what_is_not_installed_is_named_as_pip_knows_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence with one command; a data set that cannot do without says so, and no traceback."""
    absent = {"cv2", "PIL"}
    real = start.find_spec
    monkeypatch.setattr(start, "find_spec", lambda name: None if name in absent else real(name))
    monkeypatch.setattr(published, "CURRENT", published.Current())
    assert start.missing("resnet_course") == ["opencv-python-headless", "pillow"]
    start.begin(UNITS[1].id, "resnet_course")
    said = capsys.readouterr().out
    assert "run %pip install opencv-python-headless pillow in a cell" in said

    def needs_pillow(name: str) -> ModuleType:
        raise ModuleNotFoundError(name, name="PIL")

    monkeypatch.setattr(start, "software", lambda: "")
    monkeypatch.setattr(start, "device", lambda: "")
    monkeypatch.setattr(start, "import_module", needs_pillow)
    with pytest.raises(start.CannotBegin, match="needs pillow, which is not installed: run %pip"):
        start.begin(UNITS[2].id, "resnet_course", COURSE.datasets["cats_dogs"])
