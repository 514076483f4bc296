"""Generated means generated: lessons give the committed notebooks, to the byte."""

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import nbformat
import pytest

from kerascheck.evidence.evidence import Evidence
from kerascheck.published import PublishedUnit
from kerasgrader.build.build import agree, build
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.lessons import compile_lesson, notebook_text
from kerasgrader.errors import CourseError
from tests.support.course_folder import ROOT, checks_in, hidden_checks

UNITS = load_course(ROOT).units
PUBLISHED = UNITS[0].published_file.parent.relative_to(ROOT)


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Unit]:
    """Builds a unit of this id, the first time that it is asked for, beside what is published now."""
    folder = tmp_path_factory.mktemp("rebuilt")
    for name in ("course.toml", "nbgrader_config.py"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("lessons", PUBLISHED):
        shutil.copytree(ROOT / name, folder / name)

    @cache
    def built(unit_id: str) -> Unit:
        unit = load_course(folder).unit(unit_id)
        build(unit)
        return unit

    return built


@pytest.mark.slow
@pytest.mark.usefixtures("warm_process")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_lessons_give_the_committed_notebooks(unit: Unit, rebuilt: Callable[[str], Unit]) -> None:
    """source/ and release/ are what the lessons give, byte for byte: run `make build` if not."""
    fresh = rebuilt(unit.id)
    assert fresh.source_file.read_bytes() == unit.source_file.read_bytes()
    assert fresh.release_file.read_bytes() == unit.release_file.read_bytes()


@pytest.mark.slow
@pytest.mark.usefixtures("warm_process")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_what_is_published_is_the_solutions(unit: Unit, rebuilt: Callable[[str], Unit]) -> None:
    """Building writes the evidence of the visible checks only where it no longer agrees."""
    assert rebuilt(unit.id).published_file.read_bytes() == unit.published_file.read_bytes()


@pytest.mark.slow
@pytest.mark.usefixtures("warm_process")
def test_a_second_build_changes_no_byte(rebuilt: Callable[[str], Unit]) -> None:
    """Building again leaves every file as it was."""
    unit = rebuilt(UNITS[2].id)
    before = {path: path.read_bytes() for path in everything_in(unit.root)}
    build(unit)
    assert {path: path.read_bytes() for path in everything_in(unit.root)} == before


@pytest.mark.slow
@pytest.mark.usefixtures("warm_process")
def test_what_is_built_can_be_read_by_everybody(rebuilt: Callable[[str], Unit]) -> None:
    """Students of a Hub are other accounts of the machine."""
    unit = rebuilt(UNITS[2].id)
    for path in (unit.source_file, unit.release_file, unit.published_file):
        assert path.stat().st_mode & 0o777 == 0o644


def everything_in(root: Path) -> list[Path]:
    """What a build may write, but for the gradebook."""
    folders = (root / "source", root / "release", root / PUBLISHED)
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]


def published_evidence(unit: Unit) -> tuple[Evidence, ...]:
    return PublishedUnit.of_text(unit.published_file.read_text("utf-8")).evidence


def with_function(call: str) -> str:
    """A check as a notebook writes it: evidence leaves out the function."""
    return call.replace("(", "(function, ", 1)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_nothing_is_given_away(unit: Unit) -> None:
    """No release holds a solution or a hidden test, and what is published are visible checks."""
    release = unit.release_file.read_text("utf-8")
    for word in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS"):
        assert word not in release
    cells = nbformat.reads(release, as_version=4).cells
    visible = "\n".join(cell.source for cell in cells)
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    made = set(checks_in(code))
    published = published_evidence(unit)
    for evidence in published:
        assert evidence.exercise in visible
    source = nbformat.read(unit.source_file, as_version=4)
    hidden = hidden_checks(source)
    assert hidden
    assert not made & set(hidden)
    calls = {check for evidence in published for check in checks_in(with_function(evidence.call))}
    assert calls == made


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
@pytest.mark.parametrize("kind", ["source_file", "release_file"])
def test_notebooks_are_committed_clean(unit: Unit, kind: str) -> None:
    """No outputs, no counts, unique ids; graded cells carry their grade id as cell id."""
    notebook = nbformat.read(getattr(unit, kind), as_version=4)
    nbformat.validate(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
        if "nbgrader" in cell.metadata:
            assert cell.id == cell.metadata.nbgrader.grade_id


def lesson(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "lesson.py"
    path.write_text(text, "utf-8")
    return path


def test_a_comment_that_looks_like_a_magic_stays_a_comment(tmp_path: Path) -> None:
    """`# cat pictures come first` does not come back as code."""
    notebook = compile_lesson(lesson(tmp_path, "# %%\n# cat pictures come first\nx = 1\n"))
    assert notebook.cells[0].source == "# cat pictures come first\nx = 1"


def test_ids_do_not_depend_on_what_stands_before(tmp_path: Path) -> None:
    """A cell added on top leaves the ids of the others; equal cells get ids of their own."""
    text = "# %% [markdown]\n# Text\n\n# %%\nx = 1\n\n# %%\nx = 1\n"
    before = compile_lesson(lesson(tmp_path, text))
    after = compile_lesson(lesson(tmp_path, "# %% [markdown]\n# New\n\n" + text))
    assert [cell.id for cell in before.cells] == [cell.id for cell in after.cells][1:]
    assert len({cell.id for cell in before.cells}) == 3


def test_roles_become_nbgrader_metadata(tmp_path: Path) -> None:
    """The header says what a cell is; nbgrader's metadata follow from it."""
    text = '# %% exercise="f"\nx\n\n# %% test="t" points=5\ny\n\n# %% locked="l" tags=["ungraded"]\nz\n'
    cells = compile_lesson(lesson(tmp_path, text)).cells
    assert [c.metadata.nbgrader.solution for c in cells] == [True, False, False]
    assert [c.metadata.nbgrader.grade for c in cells] == [False, True, False]
    assert [c.metadata.nbgrader.locked for c in cells] == [False, True, True]
    assert cells[1].metadata.nbgrader.points == 5
    assert cells[2].metadata.tags == ["ungraded"]
    json.loads(notebook_text(compile_lesson(lesson(tmp_path, text))))


@pytest.mark.parametrize(
    "header",
    [
        'test="t"',
        'exercise="f" points=3',
        'exercise="f" test="t" points=3',
        'colour="red"',
        '[markdown] question="q"',
        '[markdown] test="t" points=3',
        '[markdown] exercise="f"',
    ],
)
def test_a_header_that_makes_no_sense_is_refused(header: str, tmp_path: Path) -> None:
    """Points too many or too few, two roles, an unknown word, prose as a test: CourseError."""
    with pytest.raises(CourseError, match="cannot make sense"):
        compile_lesson(lesson(tmp_path, f"# %% {header}\nx\n"))


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ('question="test_why" points=5', "named like a test"),
        ('question="why not" points=5', "must be a name of letters"),
        ("question=7 points=5", "must be a name of letters"),
        ('question="why" points="five"', "must be a number"),
        ('question="why" points=-1', "must be a number"),
    ],
)
def test_a_question_with_a_wrong_name_or_points_is_refused(
    header: str, why: str, tmp_path: Path
) -> None:
    """With the word that is wrong."""
    with pytest.raises(CourseError, match=why):
        compile_lesson(lesson(tmp_path, f"# %% [markdown] {header}\n# x\n"))


@pytest.mark.parametrize("kind", ["[markdown] ", ""])
def test_a_question_becomes_a_manually_graded_cell(kind: str, tmp_path: Path) -> None:
    """nbgrader's metadata for prose and for code: with points, and written by the student."""
    text = f'# %% {kind}question="why" points=2.5\n# x\n'
    [cell] = compile_lesson(lesson(tmp_path, text)).cells
    nbgrader = cell.metadata.nbgrader
    assert (nbgrader.grade, nbgrader.solution, nbgrader.locked, nbgrader.task) == (
        True,
        True,
        False,
        False,
    )
    assert (nbgrader.points, cell.cell_type) == (2.5, "markdown" if kind else "code")


def test_published_evidence_that_no_longer_agrees_is_noticed() -> None:
    """Another graph or another set of calls is not taken for agreement."""
    unit = UNITS[0]
    old = published_evidence(unit)
    assert agree(old, published_evidence(unit))
    assert not agree(old, old[1:])
    assert not agree(old, [Evidence(e.call, e.probe, e.exercise, "ok") for e in old])


@pytest.mark.slow
def test_the_edition_grows_with_what_is_published(
    small_course: Callable[[Path], Unit], tmp_path: Path
) -> None:
    """A new title is a new edition, and the notebook needs it; an unchanged course stays as it is."""
    unit = small_course(tmp_path / "small")

    def editions() -> tuple[int, bool]:
        edition = PublishedUnit.of_text(unit.published_file.read_text("utf-8")).edition
        return edition, f"-{edition}')" in unit.release_file.read_text("utf-8")

    assert editions() == (1, True)
    build(unit)
    assert editions() == (1, True)
    file = unit.root / "course.toml"
    file.write_text(file.read_text("utf-8").replace(unit.title, "Another title"), "utf-8")
    [unit] = load_course(unit.root).units
    assert unit.title == "Another title"
    build(unit)
    assert editions() == (2, True)
