"""The parts of the site's program, each by itself: no Sphinx, no browser, no kernel with Keras."""

from __future__ import annotations

import base64
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from kerasgrader.build.setup_cell import carry
from kerasgrader.build.solutions import solved_notebook
from kerasgrader.course.course import Unit, load_course
from tests.support.course_folder import ROOT
from tests.support.short_training import Shorter
from website import CannotPublish, execution
from website.leaks import leaks, secrets
from website.lengths import LENGTHS, shortened
from website.links import broken
from website.mistakes import TRIED, Mistake, candidates, notebook_of_mistakes, panels
from website.texts import pages
from website.unit_page import unit_page

COURSE = load_course(ROOT)
SECRET = "X = layers.Dense(units, use_bias=False)(X)"


def notebook(*sources: str) -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_code_cell(source, id=f"c{i}") for i, source in enumerate(sources)]
    return nbformat.v4.new_notebook(cells=cells)


def carrying(wheel: bytes) -> nbformat.NotebookNode:
    made = notebook("")
    carry(made.cells[0], wheel)
    return made


def wheel_with(text: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("package/module.py", text)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", f"<pre>{SECRET}</pre>"),
        ("page.html", "<pre>X <b>=</b> layers<i>.</i>Dense(units, use_bias<b>=</b>False)(X)</pre>"),
        (
            "page.html",
            f"<img src='data:image/svg+xml;base64,{base64.b64encode(SECRET.encode()).decode()}'>",
        ),
        ("searchindex.js", f'["{SECRET}"]'),
        ("a.ipynb", nbformat.writes(notebook(SECRET))),
        ("b.ipynb", nbformat.writes(carrying(wheel_with(SECRET)))),
        ("c.whl", wheel_with(f"def f(X):\n    {SECRET}\n")),
    ],
    ids=["html", "highlighted", "picture", "index", "cell", "carried", "wheel"],
)
def test_a_line_of_a_solution_is_seen_wherever_it_is(
    name: str, content: str | bytes, tmp_path: Path
) -> None:
    """In a page, also between tags, an image, an index, a notebook, and the wheel in one."""
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert leaks(tmp_path, [SECRET]) == [f"{name}: {SECRET}"]
    assert leaks(tmp_path, [SECRET.replace("units", "10")]) == []


def test_what_students_are_given_is_no_secret() -> None:
    """The first component of the identity block is in the release, the second and third are not."""
    found = secrets(COURSE.units)
    assert 'X = layers.BatchNormalization(axis=3, name=bn_name + "2b")(X)' in found
    assert 'X = layers.BatchNormalization(axis=3, name=bn_name + "2a")(X)' not in found
    assert "identity_block, check.one_of(3, 5)," in found
    assert len(found) > 300


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("b.html#there", None),
        ("sub/", None),
        ("https://example.org/x#y", None),
        ("c.html", "a.html: c.html is not there"),
        ("b.html#gone", "a.html: b.html#gone has no such place"),
        ("#gone", "a.html: #gone has no such place"),
    ],
)
def test_a_link_to_nowhere_is_named(link: str, problem: str | None, tmp_path: Path) -> None:
    """To a file or an anchor that is not there; addresses elsewhere are not looked at."""
    (tmp_path / "a.html").write_text(f'<a href="{link}">x</a>')
    (tmp_path / "b.html").write_text('<h1 id="there">x</h1>')
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "index.html").touch()
    assert broken(tmp_path) == ([problem] if problem else [])


@pytest.mark.parametrize("unit", COURSE.units, ids=lambda unit: unit.id)
def test_the_lengths_fit_the_lessons(unit: Unit) -> None:
    """Each text that is shortened is in its notebook, and the page can say in which cell."""
    lengths = LENGTHS.get(unit.id, ())
    changed = shortened(solved_notebook(unit), lengths)
    assert {one for ones in changed.values() for one in ones} == set(lengths)


def test_a_page_says_what_ran_shorter(tmp_path: Path) -> None:
    """Below the cell, whose code is as it is in the notebook."""
    unit = COURSE.units[0]
    released = notebook("EPOCHS = 20")
    released.cells.insert(0, nbformat.v4.new_markdown_cell("# Title\n\nText", id="title"))
    page = unit_page(
        COURSE, unit, released, None, {}, {"c0": [Shorter("EPOCHS = 20", "EPOCHS = 8")]}
    )
    assert [cell.source for cell in page.cells][1:] == [
        "EPOCHS = 20",
        "```{note}\n"
        "For this page the cell ran with `EPOCHS = 8` in place of `EPOCHS = 20`, to save time.\n```",
    ]


@pytest.mark.parametrize(
    ("repository", "colab"),
    [
        ("", None),
        (
            "someone/course",
            "https://colab.research.google.com/github/someone/course/blob/main/release/"
            "unit1-residual-networks/residual_networks.ipynb",
        ),
    ],
)
def test_a_page_begins_with_its_buttons(repository: str, colab: str | None) -> None:
    """Download always; Colab where course.toml names the repository that it opens notebooks from."""
    unit = COURSE.unit("unit1-residual-networks")
    released = nbformat.read(unit.release_file, as_version=4)
    page = unit_page(replace(COURSE, repository=repository), unit, released, None, {}, {})
    start = page.cells[0].source
    assert 'href="../notebooks/residual_networks.ipynb" download' in start
    assert ("colab" in start) == (colab is not None)
    assert colab is None or f'href="{colab}"' in start


def test_mistakes_of_every_kind_come_first() -> None:
    """One of each kind in their order, then the others; of the other exercises none."""
    kinds = "aabacdaaaa"
    mistakes = [Mistake("one", kind, str(i), "") for i, kind in enumerate(kinds)]
    tried = candidates([*mistakes, Mistake("two", "z", "", "")], "one")
    assert "".join(mistake.story for mistake in tried) == "02451367"
    assert len(tried) == TRIED


def checked(*results: tuple[str, bool]) -> nbformat.NotebookNode:
    """A notebook of mistakes after its run: what each check showed, and whether it failed."""
    done = notebook("def one(): ...")
    done.cells[0].update(id="one")
    done.cells[0].metadata["nbgrader"] = {"grade": False, "solution": True, "grade_id": "one"}
    for number, (html, failed) in enumerate(results):
        cell = nbformat.v4.new_code_cell("check.values(one)", id=f"one-{number}-check")
        cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": html})]
        if failed:
            cell.outputs.append(nbformat.v4.new_output("error", ename="CheckFailed", evalue=""))
        done.cells.append(cell)
    return done


def test_a_mistake_is_checked_where_the_test_stands() -> None:
    """What a lesson gives between an exercise and its test is there; then the answer is right again."""
    unit = COURSE.unit("unit1-residual-networks")
    mistakes = [Mistake("resnet50", "kind", "story", "the mistake")]
    cells = notebook_of_mistakes(unit, solved_notebook(unit), mistakes).cells
    ids = [cell.id for cell in cells]
    place = ids.index("resnet50-0")
    assert ids[place:] == ["resnet50-0", "resnet50-0-check", "resnet50-again"]
    assert any("RECORDED =" in cell.source for cell in cells[:place])
    assert cells[place].source == "the mistake"
    assert cells[-1].source == cells[ids.index("resnet50")].source


def test_a_panel_shows_a_mistake_and_no_line_of_the_answer() -> None:
    """What passes the visible check is left out, and so is a panel that quotes code."""
    results = [
        ("passed", False),
        ("A", True),
        ("<pre>line 3: X = X</pre>", True),
        ("B", True),
        ("C", True),
    ]
    mistakes = [Mistake("one", str(i), f"story {i}", "") for i in range(len(results))]
    found = panels(COURSE.units[0], checked(*results), mistakes)
    assert [(panel.story, panel.html) for panel in found["one"]] == [
        ("story 1", "A"),
        ("story 3", "B"),
        ("story 4", "C"),
    ]
    with pytest.raises(CannotPublish, match="names 2 of the mistakes"):
        panels(COURSE.units[0], checked(*results[:4]), mistakes[:4])


def test_outputs_are_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time they come from the store, without a kernel; after a change they do not."""
    beside = tmp_path / "number.txt"
    beside.write_text("42")
    given = (notebook("print(open('number.txt').read())"), {"number.txt": beside}, ("website",))
    first = execution.executed(*given, tmp_path / "store")
    assert first.cells[0].outputs[0].text == "42\n"

    def refuse(*_: object) -> None:
        raise CannotPublish("a kernel")

    monkeypatch.setattr(execution, "_run", refuse)
    assert execution.executed(*given, tmp_path / "store") == first
    beside.write_text("43")
    with pytest.raises(CannotPublish, match="a kernel"):
        execution.executed(*given, tmp_path / "store")


def test_the_digest_is_of_everything_that_outputs_depend_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code, the files beside it, the packages and the versions; the prose is not among them."""
    (tmp_path / "package").mkdir()
    module = tmp_path / "package" / "__init__.py"
    module.touch()
    monkeypatch.syspath_prepend(tmp_path)
    one = notebook("1")
    given = ({}, ("package",), False)
    before = execution.digest(one, *given)
    one.cells.append(nbformat.v4.new_markdown_cell("prose"))
    assert execution.digest(one, *given) == before
    assert execution.digest(notebook("2"), *given) != before
    assert execution.digest(one, {"file": module}, ("package",), False) != before
    assert execution.digest(one, {}, ("package",), True) != before
    with monkeypatch.context() as patch:
        patch.setattr(execution, "version", lambda name: "0")
        assert execution.digest(one, *given) != before
    module.write_text("VALUE = 1")
    assert execution.digest(one, *given) != before


def test_a_cell_that_fails_stops_the_site(tmp_path: Path) -> None:
    """The message has the error, and nothing is stored."""
    with pytest.raises(CannotPublish, match="ZeroDivisionError"):
        execution.executed(notebook("1 / 0"), {}, (), tmp_path)
    assert list(tmp_path.glob("*.ipynb")) == []


def test_outputs_do_not_tell_where_data_lie_on_this_machine(tmp_path: Path) -> None:
    """A cell that names the folder of its data names no folder of the machine that built the site."""
    code = "import os\nprint('put it into', os.environ['RESNET_COURSE_DATA'] + '.')"
    for _ in ("executed", "from the store"):
        [cell] = execution.executed(notebook(code), {}, (), tmp_path).cells
        assert cell.outputs[0].text == f"put it into {execution.DATA}.\n"


def test_a_page_that_nobody_finds_is_refused(tmp_path: Path) -> None:
    """A page of docs/ that is in no section has no place in the navigation."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "forgotten.md").touch()
    with pytest.raises(CannotPublish, match="docs/forgotten.md"):
        pages(tmp_path, replace(COURSE, units=()))


def test_a_picture_becomes_an_image_for_each_theme_and_width() -> None:
    """The theme of the site chooses, and not the system of the reader; a phone's fills its column."""
    index = pages(ROOT, COURSE)["index.md"]
    assert "<picture>" not in index
    for ground in ("light", "dark"):
        begin = "```{image} docs/pictures/check"
        kind = f":class: only-{ground} site"
        assert f"{begin}-{ground}.png\n{kind}-wide\n:width: 560px\n:alt: " in index
        assert f"{begin}-narrow-{ground}.png\n{kind}-narrow\n:alt: " in index
