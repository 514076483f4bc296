"""Progress that outlives a kernel, the board of all units, and stubs that come back."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kerascheck import check, published
from kerascheck.command import main
from kerascheck.feedback import course_board, progress, stub, welcome
from kerascheck.feedback.progress_file import FOLDER, Earlier, earlier, latest, remember
from kerascheck.judge.verdict import INCORRECT, PASSED, Verdict
from kerascheck.published import Exercise, PublishedUnit, course_units
from kerasgrader.course.course import load_course
from tests.support.course_folder import ROOT, UNIT

COURSE = load_course(ROOT)
LINE = Exercise("block", 30.0, ("call 1", "call 2"), 2)
BOARD = PublishedUnit("unit", "A unit", (LINE,), (), minutes=90)


def verdict(points: float) -> Verdict:
    outcome = PASSED if points == 30 else INCORRECT
    return Verdict("block", outcome, points, 30.0, (), (), {})


def test_progress_is_read_back(tmp_path: Path) -> None:
    """Outcome and share of each call; the newest replaces what was there."""
    for call, points in (("call 1", 30), ("call 2", 15), ("call 2", 30)):
        remember("unit", call, verdict(points), tmp_path)
        assert earlier("unit", tmp_path)["block", call] == Earlier(
            PASSED if points == 30 else INCORRECT, points / 30
        )
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["unit.json"]
    assert earlier("another", tmp_path) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "\udcff",
        "[" * 100_000,
        '{"block": 1}',
        '{"block": {"call 1": 1, "call 2": ["passed"]}}',
        '{"block": {"call 1": ["passed", 2], "call 2": ["passed", NaN]}}',
        '{"block": {"call 1": ["<script>", 1], "call 2": [[], 1]}}',
        '{"block": {"call 1": ["passed", true], "call 2": ["passed", "1"]}}',
    ],
)
def test_nonsense_is_no_progress(text: str, tmp_path: Path) -> None:
    """And the next check writes a good file in its place."""
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "unit.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert earlier("unit", tmp_path) == {}
    remember("unit", "call 1", verdict(30), tmp_path)
    assert earlier("unit", tmp_path) == {("block", "call 1"): Earlier(PASSED, 1.0)}


def test_a_folder_that_cannot_be_written_to_stops_nothing(tmp_path: Path) -> None:
    """Here a file lies where the folder would be, which not even root can write into."""
    (tmp_path / FOLDER).write_text("")
    remember("unit", "call 1", verdict(30), tmp_path)
    assert earlier("unit", tmp_path) == {}


def test_the_board_shows_earlier_results_until_a_check_replaces_them() -> None:
    """An exercise passes when all its calls do, in whichever kernel; earlier outcomes are called so."""
    session = progress.Session({("block", "call 1"): Earlier(PASSED, 1.0)})
    assert progress.outcome_of(LINE, session) == (INCORRECT, 0.0)
    session.earlier = {**session.earlier, ("block", "call 2"): Earlier(PASSED, 1.0)}
    assert progress.outcome_of(LINE, session) == (PASSED, 30.0)
    assert "passed (earlier)" in progress.text(BOARD, session)
    evidence = object()
    checked = progress.Checked(None, verdict(15), evidence, evidence)  # type: ignore[arg-type]
    session.keep("call 2", checked)
    assert progress.outcome_of(LINE, session) == (INCORRECT, 15.0)
    assert "earlier" not in progress.text(BOARD, session)


def test_the_course_board_has_the_units_in_order_with_hours_and_progress(tmp_path: Path) -> None:
    """Of notebooks in this folder and in those right below; of two copies of a unit the newer counts."""
    for number, (place, points) in enumerate((("old", 30), ("new", 15))):
        (tmp_path / place).mkdir()
        for call in LINE.calls:
            remember("unit", call, verdict(points), tmp_path / place)
        os.utime(tmp_path / place / FOLDER / "unit.json", (number, number))
    assert latest("unit", tmp_path)["block", "call 1"].share == 0.5
    [row] = course_board.rows([BOARD], tmp_path)
    assert row.columns == ("A unit", course_board.time(90), "0 of 1", "15 of 30")
    assert "15 of 30" in course_board.text([row]) and "<td>15 of 30</td>" in course_board.html(
        [row]
    )
    shown = [course_board.time(minutes).split() for minutes in (0, 45, 60, 90)]
    assert [" ".join(one) for one in shown] == ["0 min", "45 min", "1 h", "1 h 30 min"]


def test_every_unit_of_the_course_is_published_with_its_place_and_hours(tmp_path: Path) -> None:
    """What course.toml says, in its order."""
    found = [
        (unit.unit, unit.number, unit.minutes, unit.notebook) for unit in course_units(tmp_path)
    ]
    units = enumerate(COURSE.units, start=1)
    assert found == [(unit.id, number, unit.minutes, unit.notebook) for number, unit in units]


def test_of_several_courses_those_in_the_folder_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A course without a package is known from beside its notebooks; another one if it is there, too."""
    monkeypatch.setattr(published, "CURRENT", published.Current())
    assert {unit.course for unit in course_units(tmp_path)} == {COURSE.title}
    (tmp_path / "tiny").mkdir()
    tiny = PublishedUnit("tiny", "A unit", (LINE,), (), course="Tiny", number=1, notebook="work")
    (tmp_path / "tiny" / published.BESIDE).write_text(tiny.to_text(), "utf-8")
    (tmp_path / tiny.places[0]).write_text("{}")
    assert course_units(tmp_path) == (tiny,)
    (tmp_path / f"{COURSE.units[0].notebook}.ipynb").write_text("{}")
    assert {unit.course for unit in course_units(tmp_path)} == {COURSE.title, "Tiny"}


def test_the_welcome_page_links_the_notebooks_that_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every unit is listed; what to type is there; a page that cannot be written is one sentence."""
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setattr(published, "CURRENT", published.Current())
    first, second = COURSE.units[:2]
    (tmp_path / first.id).mkdir()
    (tmp_path / first.id / f"{first.notebook}.ipynb").write_text("{}")
    (tmp_path / f"{second.notebook}.ipynb").write_text("{}")
    assert main(["welcome", str(tmp_path)]) == 0
    page = nbformat.read(tmp_path / welcome.NAME, as_version=4)
    nbformat.validate(page)
    units, code, how = (cell.source for cell in page.cells)
    assert all(unit.title in units for unit in COURSE.units)
    assert f"[{first.title}]({first.id}/{first.notebook}.ipynb)" in units
    assert f"[{second.title}]({second.notebook}.ipynb)" in units and units.count("](") == 2
    assert f"All together: {course_board.time(480)}." in units
    assert "check.course()" in code
    assert {"check.hint", "check.progress", "check.reset"} <= set(how.replace("(", "`").split("`"))
    assert main(["welcome", str(tmp_path / "nowhere")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_unit_finds_the_course_above_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the welcome page and in the folders below it; elsewhere this folder is all there is."""
    (tmp_path / "unit").mkdir()
    monkeypatch.chdir(tmp_path / "unit")
    assert welcome.folder_of_the_course() == Path()
    (tmp_path / welcome.NAME).write_text("{}")
    assert welcome.folder_of_the_course().resolve() == tmp_path


@pytest.mark.parametrize("unit", COURSE.units, ids=lambda unit: unit.id)
def test_stubs_are_the_released_cells(unit: object) -> None:
    """Every exercise has the text of its cell in the release, which holds no solution."""
    nbformat = pytest.importorskip("nbformat")
    released = nbformat.read(unit.release_file, as_version=4)  # type: ignore[attr-defined]
    cells = {cell.id: cell.source for cell in released.cells}
    board = PublishedUnit.of_text(unit.published_file.read_text("utf-8"))  # type: ignore[attr-defined]
    assert board.exercises
    for exercise in board.exercises:
        assert exercise.stub == cells[exercise.cell]
        assert "raise NotImplementedError" in exercise.stub


def test_reset_shows_the_stub_outside_its_cell(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the function or its name; another name is answered by those that there are."""
    monkeypatch.delenv(check.SEED_VARIABLE, raising=False)
    monkeypatch.setattr(published, "CURRENT", published.Current(UNIT, "resnet_course"))

    def identity_block() -> None: ...

    for exercise in (identity_block, "identity_block"):
        check.reset(exercise)
        out = capsys.readouterr().out
        assert "Yours: the second component" in out and "raise NotImplementedError" in out
    check.reset("identity")
    out = capsys.readouterr().out
    assert "There is no exercise identity here" in out and "ResNet50" in out
    assert "<pre>" not in stub.page(None, ["x"], replaced=False)[0]


def test_under_the_grader_nothing_is_shown_or_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook with these calls in its cells is graded like any other."""
    monkeypatch.setenv(check.SEED_VARIABLE, "seed")
    monkeypatch.chdir(tmp_path)
    check.course()
    check.reset("identity_block")
    check.progress()
    assert capsys.readouterr().out == "" and not list(tmp_path.iterdir())


@pytest.mark.slow
def test_progress_and_stubs_in_a_real_kernel(tmp_path: Path) -> None:
    """A second kernel shows what the first has checked; in its own cell a stub takes the answer's place."""
    from tests.support.plain_kernel import PlainKernel

    nbformat = pytest.importorskip("nbformat")
    source = nbformat.read(COURSE.unit(UNIT).source_file, as_version=4)
    cells = {cell.id: cell.source for cell in source.cells}
    test = cells["test_identity_block"].partition("### BEGIN HIDDEN")[0]
    begin = f"from kerascheck import published; published.begin({UNIT!r}, 'resnet_course')"
    with PlainKernel(tmp_path) as kernel:
        kernel.run(f"{begin}\n{cells['imports']}")
        shown = kernel.run(f"{cells['identity_block']}\n{test}")
    assert "Checked on the CPU." in shown.text
    file = tmp_path / FOLDER / f"{UNIT}.json"
    assert [*json.loads(file.read_text())] == ["identity_block"]
    with PlainKernel(tmp_path) as kernel:
        shown = kernel.run(f"{begin}\nfrom kerascheck import check\ncheck.progress()")
        assert "passed (earlier)" in shown.text
        assert "30 of 100" in kernel.run("check.course()").text
        elsewhere = kernel.run("check.reset('identity_block')", cell="another")
        assert elsewhere.next_input is None and "NotImplementedError" in elsewhere.text
        inside = kernel.run("check.reset('identity_block')", cell="identity_block")
    assert inside.next_input == (stub.exercise_of(["identity_block"]).stub, True)
    assert "as it was given" in inside.text
