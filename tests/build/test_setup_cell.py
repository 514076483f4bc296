"""How a notebook begins: the badge, the set-up cell, and what it says."""

import dataclasses
import os
import sys
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

from kerascheck import published, start
from kerascheck.devices import Gpu
from kerasgrader.build.setup_cell import BADGE_ID, SETUP_ID, with_opening
from kerasgrader.course.course import Course, Unit, load_course
from kerasgrader.course.lessons import UNGRADED
from tests.support.course_folder import ROOT
from tests.support.data_sets import SIGNS

COURSE = load_course(ROOT)
UNITS = COURSE.units


def opened(course: Course) -> nbformat.NotebookNode:
    title = nbformat.v4.new_markdown_cell("# A title", id="title")
    work = nbformat.v4.new_code_cell("x = 1", id="work")
    return with_opening(nbformat.v4.new_notebook(cells=[title, work]), course, UNITS[0])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_every_release_prepares_its_machine_before_it_imports_anything(unit: Unit) -> None:
    """The first code cell installs the course, names the unit's pictures, and is not graded."""
    code = [
        cell
        for cell in nbformat.read(unit.release_file, as_version=4).cells
        if cell.cell_type == "code"
    ]
    assert code[0].id == SETUP_ID
    loader = f"resnet_course:load_{unit.dataset}"
    call = f"start.begin({unit.id!r}, package='resnet_course', data={loader!r})"
    assert code[0].source.endswith(call)
    assert code[0].metadata.tags == [UNGRADED]


def test_a_notebook_fetches_nothing_that_the_course_does_not_name() -> None:
    """Where no address is given, a wheel beside the notebook is all that pip is asked for."""
    unnamed, named = (
        opened(dataclasses.replace(COURSE, install=install)).cells[1].source
        for install in ("", "git+https://example.org/course")
    )
    assert "beside[-1:] or []" in unnamed
    assert "beside[-1:] or ['git+https://example.org/course']" in named


def test_a_known_repository_gives_every_notebook_a_badge() -> None:
    """The badge opens the release of this very unit in Colab; without a repository there is none."""
    known = dataclasses.replace(COURSE, repository="somebody/resnets")
    first, *others = opened(known).cells
    assert [first.id, *(cell.id for cell in others)] == [BADGE_ID, "title", SETUP_ID, "work"]
    unit = UNITS[0]
    address = f"/github/somebody/resnets/blob/main/release/{unit.id}/{unit.notebook}.ipynb)"
    assert address in first.source
    unknown = dataclasses.replace(COURSE, repository="")
    assert [cell.id for cell in opened(unknown).cells] == ["title", SETUP_ID, "work"]


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
