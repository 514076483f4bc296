"""The built sites: whole, free of solutions, with their outputs, and refused where something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from kerasgrader.build.setup_cell import INSTALL_ID
from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.lessons import CARRIED
from tests.support import small_course as small
from tests.support.clean_environment import wheel
from tests.support.course_folder import ROOT, hidden_checks, hidden_shapes
from website import CannotPublish, building
from website.leaks import texts
from website.texts import SECTIONS

UNITS = load_course(ROOT).units
UNIT_PAGE = "units/unit1-scaled-dense.html"

pytestmark = pytest.mark.slow


def read(site: Path, page: str) -> str:
    return "\n".join(texts(page, (site / page).read_bytes()))


def test_the_site_has_every_unit_every_page_of_docs_and_a_search(site: Path) -> None:
    """A page for each, with its own title, and an index of words."""
    for unit in UNITS:
        assert unit.title in read(site, f"units/{unit.id}.html")
    for path in (ROOT / "docs").glob("*.md"):
        assert path.read_text("utf-8").partition("\n")[0].strip("# `") in read(
            site, f"docs/{path.stem}.html"
        )
    assert "convolut" in (site / "searchindex.js").read_text("utf-8")
    assert (site / "search.html").is_file()


def test_no_check_and_no_shape_of_a_hidden_test_is_on_the_site(site: Path) -> None:
    """Neither in a page, nor in the search index, nor in a notebook and the wheel that it carries."""
    secrets = {
        text
        for unit in UNITS
        for source in [nbformat.read(unit.source_file, as_version=4)]
        for text in (*hidden_checks(source), *hidden_shapes(source))
    }
    assert len(secrets) > 100
    found = [
        (path.name, secret)
        for path in site.rglob("*")
        if path.suffix in (".html", ".js", ".json", ".ipynb") and "_static" not in path.parts
        for text in ["\n".join(texts(path.name, path.read_bytes()))]
        for secret in secrets
        if secret in text
    ]
    assert found == []


def test_the_notebooks_to_download_carry_the_course(site: Path) -> None:
    """One for each unit, with the wheel in its first cell."""
    for unit in UNITS:
        notebook = nbformat.read(site / "notebooks" / f"{unit.notebook}.ipynb", as_version=4)
        [first] = [cell for cell in notebook.cells if cell.id == INSTALL_ID]
        assert CARRIED in first.source


def test_the_site_is_small(site: Path) -> None:
    """Without outputs it weighs less than a quarter of 40 MB."""
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 10e6


def test_an_exercise_is_a_stub_with_what_the_check_says_to_three_mistakes(small_site: Path) -> None:
    """Each with its story and the real panel; the answers themselves are nowhere."""
    page = read(small_site, UNIT_PAGE)
    assert "YOUR CODE HERE" in page and "YOUR ANSWER HERE" in page
    for number, story in enumerate(
        ("Left the bias in.", "Called the layer projection.", "Used a ReLU instead of the tanh."), 1
    ):
        assert f"{number}. {story}" in page
    raw = (small_site / UNIT_PAGE).read_text("utf-8")
    assert raw.count(f"{small.EXERCISE}: not right yet") == 3
    assert raw.count(f"{small.EXERCISE}: everything checked here is right") == 1
    assert "projection" in page  # the name that the check has seen
    for secret in ('name="projection"', "use_bias=False", small.MODEL_ANSWER):
        assert secret not in page


def test_the_page_of_a_unit_has_the_outputs_of_its_cells(small_site: Path) -> None:
    """The second cell says which software it ran with."""
    assert "Software: kerascheck" in read(small_site, UNIT_PAGE)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            f"```python\n{small.RIGHT}```",
            'index.html: X = layers.BatchNormalization(name="norm")(X)',
        ),
        ("[nowhere](README.md#nothing)", "WARNING: local id not found in doc 'index': 'nothing'"),
        ('<a href="nothing.html">nowhere</a>', "index.html: nothing.html is not there"),
    ],
    ids=["solution", "reference", "link"],
)
def test_a_site_that_must_not_be_published_is_not_written(
    text: str,
    problem: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    asking_course: Callable[[Path], Unit],
) -> None:
    """It is refused with the file and what is wrong, and what was there before stays."""
    unit = asking_course(tmp_path / "course")
    target = tmp_path / "site"
    target.mkdir()
    (target / "before.html").touch()
    with (unit.root / "README.md").open("a") as file:
        file.write(f"\n{text}\n")
    with pytest.raises(CannotPublish) as caught:
        building.build_site(
            unit.root, target, wheel(tmp_path_factory), building.page_without_outputs
        )
    assert problem in str(caught.value)
    assert [path.name for path in target.iterdir()] == ["before.html"]


def test_every_page_of_docs_is_in_one_section() -> None:
    """The navigation leads to each page once."""
    named = [page for section in SECTIONS for page in section.pages]
    assert len(named) == len(set(named))
    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} <= set(named)
