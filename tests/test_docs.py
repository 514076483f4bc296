"""What the documentation tells people to type is typed: README and docs/, block by block, in order.

Shell blocks run in a copy of the repository with a small class, as an instructor has it; those of
docs/authoring.md in another one, with the files that the page shows. A line that stands on several pages is
typed once. A line that cannot run here says why: in the page itself (`# not run by the tests: ...`), or in
`ELSEWHERE` below. Either way pytest reports it as skipped.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
import pytest

from kerasgrader.course.course import Unit, load_course
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from tests import students
from tests.students import Student
from tests.students.submissions import submit
from tests.support.course_folder import ROOT, configure

FIRST = ("README.md", "instructor.md")  # they collect and grade what the other pages look at
FOUND = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
# Its commands make accounts: tests/hub/test_hub.py and tests/hub/test_term.py run what they run.
HUB = ROOT / "hub" / "README.md"
PAGES = sorted(FOUND, key=lambda page: (page.name not in FIRST, page.name != "README.md"))
GRADE = ".venv/bin/kerasgrader grade "
FENCE = re.compile(r"^```(.*)\n((?:.*\n)*?)^```$", re.MULTILINE)
NOT_RUN = re.compile(r"# not run by the tests: (.+)")
COMMAND = re.compile(
    r"^(?:\.venv/bin/|make\b|git\b|python3? |nbgrader |kerasgrader )", re.MULTILINE
)
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
SEALED = re.compile("kerasgrader doctor|--kernel_name")
BIN = Path(sys.executable).parent
SECONDS = 600

# Commands that other tests or continuous integration run, or that never end.
ELSEWHERE = {
    "make demo": "continuous integration runs it, after all tests",
    "make test": "it runs this very test",
    "make test-quick": "its tests are part of every run",
    "make check test": "it runs this very test",
    "make build": "authoring.md builds one unit; tests/build/test_build.py compares the files of all",
    "make build check test": "it runs this very test",
    "make check": "continuous integration runs it",
    ".venv/bin/python -m pytest tests/kernel tests/grading/test_class.py": "they are part of every run",
    "make lab": "it serves JupyterLab until it is stopped",
    "make site": "it trains for minutes; tests/website builds the same pages from what is quick",
    "$EDITOR": "a person edits",
    ".venv/bin/python -m pytest -q tests/judge/test_judge.py": "they are part of every run",
    ".venv/bin/kerasgrader doctor --json": "tests/kernel/test_kernel.py reads it",
}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page. language: "sh" for commands. attributes: what a file block is for."""

    page: str
    language: str
    attributes: dict[str, str]
    text: str


@dataclass(frozen=True)
class Command:
    """One command of a page, and why it is not run, if it is not."""

    page: str
    text: str
    why_not: str | None

    def __str__(self) -> str:
        return f"{self.page}: {self.text}"


def blocks(page: Path) -> list[Block]:
    made = []
    for info, text in FENCE.findall(page.read_text("utf-8")):
        language, _, rest = info.partition(" ")
        made.append(Block(page.name, language, dict(ATTRIBUTE.findall(rest)), text))
    return made


def commands(block: Block) -> list[Command]:
    """The commands of a shell block: a line each. A note on a line of its own is for all after it."""
    found, note = [], None
    for line in block.text.splitlines():
        said = NOT_RUN.search(line)
        text = line.partition(" #")[0].strip()
        if text.startswith("#") or not text:
            note = said[1] if said else note
            continue
        why_not = said[1] if said else note or reason(text)
        found.append(Command(block.page, text, why_not))
    return found


def reason(text: str) -> str | None:
    """Why a command that the page itself does not except is not run here."""
    if SEALED.search(text) and strongest_sandbox() != "full":
        return "this machine cannot seal kernels: see the doctor"
    return next((why for key, why in ELSEWHERE.items() if matches(text, key)), None)


def matches(text: str, key: str) -> bool:
    return text == key or (key.startswith("$") and text.startswith(key))


ALL = [
    command for page in PAGES for b in blocks(page) if b.language == "sh" for command in commands(b)
]


def instructors_commands() -> list[Command]:
    """What an instructor types: each line once, for the first page that has it.

    But grading follows what was changed before it, as often as a page has it.
    """
    first: dict[str, Command] = {}
    for number, command in enumerate(ALL):
        if command.page != "authoring.md" and not command.why_not:
            again = f" {number}" if command.text.startswith(GRADE) else ""
            first.setdefault(command.text + again, command)
    return [*first.values()]


class Shell:
    """Runs commands of the pages in a folder, with a home of its own and the environment of the tests."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.environment = {
            **{name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ},
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
        }

    def run(self, command: Command) -> None:
        """A command that ends with another status than 0 fails the test, with what it said."""
        text = command.text.replace(".venv/bin/", f"{BIN}/")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def copy_of_the_repository(folder: Path) -> Path:
    """The files that are committed, or about to be."""
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    if strongest_sandbox() != "full":
        configure(folder, f'c.SealedKernel.sandbox = "{strongest_sandbox()}"')
    return folder


@pytest.fixture
def course(new_course: Callable[[Path], Unit], tmp_path: Path) -> Shell:
    """The course of an instructor: a roster, and a class of three, zipped as a platform hands it out."""
    root, home = tmp_path / "course", tmp_path / "home"
    unit = new_course(root)
    copy_of_the_repository(root)
    answers = ("equivalent/keywords", "wrong/identity_block:no_final_relu", "special/half_finished")
    named = {f"s{number}": students.answer_at(path) for number, path in enumerate(answers)}
    submit(unit, [Student(name, "", "", (answer,)) for name, answer in named.items()])
    (home / "Downloads").mkdir(parents=True)
    with zipfile.ZipFile(home / "Downloads" / "submissions.zip", "w") as archive:
        for name in named:
            file = root / "submitted" / name / unit.id / f"{unit.notebook}.ipynb"
            archive.write(file, f"{name}/{file.name}")
            shutil.rmtree(root / "submitted" / name)
    roster = "id,first_name,last_name,email\n"
    roster += "".join(f"{name},Student,{name.upper()},{name}@example.edu\n" for name in named)
    for file in (root / "students.csv", root / "roster.csv", home / "Downloads" / "students.csv"):
        file.write_text(roster, "utf-8")
    cells = [nbformat.v4.new_code_cell("print(6 * 7)", id="a")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "probe.ipynb")
    return Shell(root, home)


@pytest.fixture
def clone(tmp_path: Path) -> Shell:
    """Another copy, to write a unit in."""
    (tmp_path / "home").mkdir()
    return Shell(copy_of_the_repository(tmp_path / "clone"), tmp_path / "home")


def steps(page: Path) -> Iterator[Block | Command]:
    for block in blocks(page):
        yield from commands(block) if block.language == "sh" else [block]


def write(block: Block, folder: Path) -> None:
    """Do with a file block what the page says: a new file, more of one, or something put into one."""
    at = block.attributes
    if "file" in at:
        path = folder / at["file"]
        assert not path.exists(), f"{block.page}: {path} is there already"
        path.write_text(block.text, "utf-8")
    elif "append" in at:
        with (folder / at["append"]).open("a", encoding="utf-8") as file:
            file.write(block.text)
    elif "into" in at:
        path = folder / at["into"]
        before, mark, after = path.read_text("utf-8").partition(f"{at['after']}\n")
        assert mark, f"{block.page}: {path} has no line {at['after']!r}"
        path.write_text(before + mark + block.text + after, "utf-8")


@pytest.mark.slow
def test_the_commands_of_the_pages_run(course: Shell, subtests: pytest.Subtests) -> None:
    """In the order of the pages, each on what the one before has left."""
    for command in instructors_commands():
        with subtests.test(str(command)):
            course.run(command)


@pytest.mark.parametrize("command", [command for command in ALL if command.why_not], ids=str)
def test_a_command_that_is_not_run_says_why(command: Command) -> None:
    """Pytest lists it among what is skipped."""
    pytest.skip(str(command.why_not))


@pytest.mark.slow
def test_the_walk_through_of_a_new_unit_works(clone: Shell) -> None:
    """The files that docs/authoring.md shows, and the commands between them, one after the other."""
    ran = 0
    for step in steps(ROOT / "docs" / "authoring.md"):
        if isinstance(step, Block):
            write(step, clone.folder)
        elif step.why_not is None:
            clone.run(step)
            ran += 1
    assert ran >= 3
    assert (clone.folder / "release" / "unit9-attention" / "attention.ipynb").is_file()


def test_commands_stand_in_shell_blocks() -> None:
    """A block that looks like commands says so: otherwise nobody would run it."""
    for page in PAGES:
        for block in blocks(page):
            if block.language != "sh":
                assert not COMMAND.search(block.text), f"{page.name}: {block.text}"
    assert len(ALL) > 25


def test_every_exception_is_needed() -> None:
    """No excuse is kept for a command that no page has any more."""
    texts = [command.text for command in ALL]
    assert {key for key in ELSEWHERE if not any(matches(t, key) for t in texts)} == set()


@pytest.mark.parametrize("page", [*PAGES, HUB], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page is a file of the repository."""
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_the_table_of_attacks_holds_them_all() -> None:
    """Each file of tests/students/hostile once, and their number."""
    page = (ROOT / "docs/attacks.md").read_text("utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert listed == sorted(answer.path.removeprefix("hostile/") for answer in students.hostile())
    assert f"Of {len(listed)} attacks" in page


def test_the_glossary_stands_at_the_end_of_unit_0() -> None:
    """Whole, so that a notebook needs no address to lead to it; every other unit names the place."""
    lessons = sorted((ROOT / "lessons").glob("unit*.py"))
    first, *others = [jupytext.read(path) for path in lessons]
    glossary = (ROOT / "docs/glossary.md").read_text("utf-8").replace("# Words", "## Words", 1)
    assert first.cells[-1].source == glossary.rstrip(), "copy docs/glossary.md into the last cell"
    for notebook in others:
        assert "**Words of this course**, at the end of unit 0" in notebook.cells[0].source


def test_readme_gives_the_minutes_of_each_unit() -> None:
    """Those of course.toml, in its order, and their sum in hours."""
    units = load_course(ROOT).units
    readme = (ROOT / "README.md").read_text("utf-8")
    listed = re.findall(r"^\| \[`(unit[^`]+)`\]\(\S+\) \| (\d+) \|", readme, re.MULTILINE)
    assert listed == [(unit.id, str(unit.minutes)) for unit in units]
    assert "Six units, eight hours" in readme and len(units) == 6
    assert sum(unit.minutes for unit in units) == 8 * 60


def test_every_claim_of_the_comparison_has_its_source() -> None:
    """A mark in its table is one in the list of sources, and the other way round; figures name a script."""
    table, _, sources = (ROOT / "docs/comparison.md").read_text("utf-8").partition("## Sources")
    assert set(re.findall(r"\[(\w+)\](?!\()", table)) == set(
        re.findall(r"^- \[(\w+)\]", sources, re.M)
    )
    for script in re.findall(r"`((?:benchmarks|tests)/[^`]+)`", table):
        assert (ROOT / script).is_file(), script
