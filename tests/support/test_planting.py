"""Planted faults: each fits its file, and whatever happens while one is planted, the file is put back."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.planting import (
    ROOT,
    Fault,
    PlantingError,
    Table,
    chosen,
    faults,
    main,
    planted,
    read_as_its_kind,
)

pytestmark = pytest.mark.slow  # each of several starts pytest

FAULTS = faults(ROOT)
SOURCE = "VALUE = 1\n"
TESTS = """\
import thing

def test_value():
    assert thing.VALUE == 1

def test_nothing():
    pass

def test_it_fails_anyway():
    assert not thing.VALUE

def test_it_waits():
    if thing.VALUE == 2:
        import pathlib, time
        pathlib.Path("waits").touch()
        time.sleep(600)
"""
WAITING = (
    "[[fault]]\nname = 'w'\nfile = 'thing.py'\nold = '1'\nnew = '2'\ntests = ['-k it_waits']\n"
)
COMMAND = """\
import sys, pathlib
from tests.support.planting import main
sys.exit(main([], pathlib.Path(sys.argv[1])))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A committed project: a module with a number, and tests of it."""
    (tmp_path / "tests").mkdir()
    for name, text in {
        "thing.py": SOURCE,
        "test_thing.py": TESTS,
        "pytest.ini": "[pytest]\npythonpath = .\n",
        "tests/planted_faults.toml": WAITING,
        ".gitignore": "ignored.py\n__pycache__\n",
    }.items():
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(
        tmp_path,
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.org",
        "commit",
        "--quiet",
        "-m",
        "x",
    )
    return tmp_path


def git(root: Path, *command: str) -> None:
    subprocess.run(["git", "-C", str(root), *command], check=True)


def fault(*tests: str, file: str = "thing.py") -> Fault:
    return Fault("The value is two", file, "VALUE = 1", "VALUE = 2", tests)


def assert_put_back(root: Path) -> None:
    assert (root / "thing.py").read_text() == SOURCE
    command = [sys.executable, "-c", "import thing; print(thing.VALUE)"]
    assert subprocess.run(command, cwd=root, capture_output=True, text=True).stdout == "1\n"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_fits_its_file(fault: Fault) -> None:
    """What it replaces is there once, and the file is still what its name says."""
    text = (ROOT / fault.file).read_text("utf-8")
    edited = fault.edited(text)
    assert edited != text
    read_as_its_kind(fault.file, edited)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_names_tests_that_there_are(fault: Fault) -> None:
    """Each selection begins with a file of tests; a word of it is in there, or is a unit's."""
    assert fault.tests
    units = (ROOT / "course.toml").read_text("utf-8")
    for selection in fault.tests:
        file, *options = shlex.split(selection)
        text = (ROOT / file).read_text("utf-8")
        words = [word for option in options for word in re.findall(r"\w{3,}", option)]
        assert Path(file).name.startswith("test_")
        assert not words or any(word in text + units for word in words if word != "and")


def test_there_are_faults_all_over_the_project() -> None:
    """At least 25, each under a name of its own, in every package."""
    assert len(FAULTS) >= 25
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert {fault.file.partition("/")[0] for fault in FAULTS} >= {
        "kerascheck",
        "resnet_course",
        "kerasgrader",
        "hub",
        "lessons",
        "release",
    }


def test_faults_are_chosen_by_words_of_their_names() -> None:
    """Any of the words will do, in small letters or large ones; without words it is all faults."""
    assert chosen(FAULTS, ["LANDLOCK", "nan"]) == [
        fault for fault in FAULTS if "landlock" in fault.name.lower() or "nan" in fault.name.lower()
    ]
    assert chosen(FAULTS, []) == list(FAULTS)
    with pytest.raises(SystemExit, match="2"):
        main(["no such word"])


def test_a_fault_is_caught_by_the_first_test_that_fails(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The row names it, and afterwards the tree is as it was."""
    table = Table(root)
    before = (root / "thing.py").stat().st_mtime_ns
    table.add(fault("test_thing.py -k 'value or nothing'"))
    assert "| The value is two | `test_thing.py::test_value` |" in capsys.readouterr().out
    assert table.missed == []
    assert (root / "thing.py").stat().st_mtime_ns == before
    assert_put_back(root)


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        ("test_thing.py -k nothing", "`test_thing.py -k nothing` passes"),
        ("-k anyway", "without the fault `test_thing.py::test_it_fails_anyway` fails, too"),
        ("-k 'not_there'", "ends with status 5"),
    ],
)
def test_what_tells_nothing_is_not_caught(
    selection: str, said: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tests that pass, that fail in any case, or that are not there; one such selection is enough."""
    table = Table(root)
    table.add(fault("-k value", selection))
    row = capsys.readouterr().out.splitlines()[-1]
    assert "`test_thing.py::test_value`<br>NOT CAUGHT" in row and said in row
    assert table.missed == ["The value is two"]
    assert_put_back(root)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_a_file_is_put_back_whatever_is_raised(error: type[BaseException], root: Path) -> None:
    """And Python does not take the fault that it has compiled for the file: one second, one size."""
    with pytest.raises(error), planted(root, fault()):
        assert (root / "thing.py").read_text() == "VALUE = 2\n"
        subprocess.run([sys.executable, "-c", "import thing"], cwd=root, check=True)
        raise error
    assert_put_back(root)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_run_can_be_stopped(number: signal.Signals, root: Path) -> None:
    """The command ends, its pytest too, and the file is put back."""
    command = subprocess.Popen(
        [sys.executable, "-c", COMMAND, root], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not (root / "waits").exists():
        assert command.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    assert (root / "thing.py").read_text() == "VALUE = 2\n"
    command.send_signal(number)
    assert command.wait(300) != 0
    assert_put_back(root)


def test_a_file_that_is_not_as_committed_is_refused(root: Path) -> None:
    """Somebody's changes, and files that Git does not know, are left alone."""
    (root / "thing.py").write_text("VALUE = 1  # mine\n")
    for name in ("new.py", "ignored.py"):
        (root / name).write_text(SOURCE)
    for name in ("thing.py", "new.py", "ignored.py"):
        before = (root / name).read_text()
        with (
            pytest.raises(PlantingError, match="not as it is committed"),
            planted(root, fault(file=name)),
        ):
            pass
        assert (root / name).read_text() == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("nothing of it", "x", "0 times and not once"),
        ("\n", "x", "2 times and not once"),
        ("VALUE", "VALUE", "stays what it is"),
    ],
)
def test_a_fault_that_fits_nowhere_is_refused(old: str, new: str, said: str, root: Path) -> None:
    """Its text must be there, once, and become another."""
    (root / "thing.py").write_text(SOURCE + "\n")
    git(root, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qam", "x")
    fault = Fault("f", "thing.py", old, new, ())
    with pytest.raises(PlantingError, match=said), planted(root, fault):
        pass
    assert (root / "thing.py").read_text() == SOURCE + "\n"
