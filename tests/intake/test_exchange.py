"""Collecting from an exchange in which students have written what they liked."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from kerasgrader.errors import SubmissionError
from kerasgrader.intake.exchange import Collect, copy_files_of
from kerasgrader.marking.nbgrader import open_gradebook

UNIT = "unit1-residual-networks"
TIME = "2026-11-22 12:00:00.000000 UTC"


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty gradebook, which takes nbgrader seconds to make."""
    config = Config()
    config.CourseDirectory.root = str(tmp_path_factory.mktemp("empty"))
    with open_gradebook(config):
        return Path(config.CourseDirectory.root) / "gradebook.db"


@pytest.fixture
def collecting(tmp_path: Path, gradebook: Path, monkeypatch: pytest.MonkeyPatch) -> Collect:
    """A course in which every file belongs to the student `ada`, as far as Linux knows."""
    monkeypatch.setattr("kerasgrader.intake.exchange._name_of", lambda uid: "ada")
    config = Config()
    config.CourseDirectory.root = str(tmp_path / "course")
    config.CourseDirectory.course_id = "resnet"
    config.CourseDirectory.assignment_id = UNIT
    config.Exchange.root = str(tmp_path / "exchange")
    (tmp_path / "course").mkdir()
    shutil.copy(gradebook, tmp_path / "course")
    (tmp_path / "exchange" / "resnet" / "inbound").mkdir(parents=True)
    (tmp_path / "exchange").chmod(0o777)
    return Collect(coursedir=CourseDirectory(config=config), config=config)


def submitted(collecting: Collect, name: str, notebook: str = "{}") -> Path:
    folder = Path(collecting.root) / "resnet" / "inbound" / name
    folder.mkdir()
    (folder / "residual_networks.ipynb").write_text(notebook)
    (folder / "timestamp.txt").write_text(TIME)
    (folder / "submission_secret.txt").write_text("secret")
    return folder


def collected(collecting: Collect, student: str) -> Path:
    return Path(collecting.coursedir.root) / "submitted" / student / UNIT


def test_a_submission_is_collected(collecting: Collect) -> None:
    """What `nbgrader submit` writes is copied, with its time and its secret."""
    submitted(collecting, f"ada+{UNIT}+{TIME}+abc", "mine")
    collecting.start()
    names = sorted(path.name for path in collected(collecting, "ada").iterdir())
    assert names == ["residual_networks.ipynb", "submission_secret.txt", "timestamp.txt"]
    assert (collected(collecting, "ada") / "residual_networks.ipynb").read_text() == "mine"


def test_nobody_submits_for_another(collecting: Collect) -> None:
    """A later submission in another's name is not collected, and the other's own is."""
    submitted(collecting, f"ada+{UNIT}+{TIME}+abc", "mine")
    submitted(collecting, f"grace+{UNIT}+2027-01-01 12:00:00.000000 UTC+abc")
    collecting.start()
    assert collected(collecting, "ada").is_dir()
    assert not collected(collecting, "grace").exists()


@pytest.mark.parametrize(
    "name",
    [
        f"ada+{UNIT}+yesterday+abc",
        f"{UNIT}+{UNIT}+x",
        f"+{UNIT}+{TIME}+",
        f"x+{UNIT}+".ljust(255, "y"),
    ],
)
def test_a_name_that_nobody_can_read_stops_nobody_else(collecting: Collect, name: str) -> None:
    """nbgrader by itself ends the collecting of the whole class at such a name."""
    submitted(collecting, name)
    submitted(collecting, f"ada+{UNIT}+{TIME}+abc")
    collecting.start()
    assert collected(collecting, "ada").is_dir()


def test_a_submission_without_its_secret_is_not_collected(collecting: Collect) -> None:
    """It would stop nbgrader from releasing anybody's feedback."""
    folder = submitted(collecting, f"ada+{UNIT}+{TIME}+abc")
    (folder / "submission_secret.txt").unlink()
    collecting.start()
    assert not collected(collecting, "ada").exists()


def test_a_link_in_the_place_of_a_submission_is_not_collected(
    collecting: Collect, tmp_path: Path
) -> None:
    """A link to a folder is not collected, whoever owns the folder."""
    secret = tmp_path / "course" / "source"
    secret.mkdir()
    (Path(collecting.root) / "resnet" / "inbound" / f"ada+{UNIT}+{TIME}+abc").symlink_to(secret)
    collecting.start()
    assert not collected(collecting, "ada").exists()


def test_links_and_pipes_are_left_out(tmp_path: Path) -> None:
    """A link would hand in, and show on the feedback page, what only the instructor may read."""
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "below").mkdir(parents=True)
    (source / "below" / "mine.txt").write_text("mine")
    (tmp_path / "solution.ipynb").write_text("the solution")
    (source / "residual_networks.ipynb").symlink_to(tmp_path / "solution.ipynb")
    (source / "folder").symlink_to(tmp_path)
    os.mkfifo(source / "pipe")
    left_out = copy_files_of(os.getuid(), source, target)
    assert sorted(str(p.relative_to(target)) for p in target.rglob("*")) == [
        "below",
        "below/mine.txt",
    ]
    assert len(left_out) == 3, left_out


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_of_others_are_left_out(tmp_path: Path) -> None:
    """A hard link to another's file is that other's file."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "mine.txt").write_text("mine")
    (source / "theirs.txt").write_text("theirs")
    os.chown(source / "mine.txt", 65534, -1)
    assert copy_files_of(65534, source, tmp_path / "target") == [
        "theirs.txt is left out: it is not this student's"
    ]
    assert not (tmp_path / "target" / "theirs.txt").exists()


def test_a_submission_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More files than a submission can have are an error, and not a full disk."""
    monkeypatch.setattr("kerasgrader.intake.exchange.MOST_FILES", 2)
    source = tmp_path / "source"
    source.mkdir()
    for number in range(3):
        (source / f"{number}.txt").write_text("x")
    with pytest.raises(SubmissionError, match="more than 2 files"):
        copy_files_of(None, source, tmp_path / "target")


@pytest.mark.parametrize("depth", [20, 1100])
def test_folders_without_end_cost_their_owner_alone(collecting: Collect, depth: int) -> None:
    """Names that are too long together, and nesting that no walk survives."""
    deep = submitted(collecting, f"ada+{UNIT}+{TIME}+abc")
    handle = os.open(deep, os.O_RDONLY)
    name = "d" * (250 if depth < 100 else 1)
    for _ in range(depth):
        os.mkdir(name, dir_fd=handle)
        below = os.open(name, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(handle)
    collecting.start()
    assert not collected(collecting, "ada").exists()
    subprocess.run(["rm", "-rf", str(deep)], check=True)  # too deep for Python's own


def test_a_name_is_looked_at_again_when_it_is_copied(
    collecting: Collect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was a folder of the student's a moment ago may be a link by now."""
    folder = submitted(collecting, f"ada+{UNIT}+{TIME}+abc")
    (tmp_path / "course" / "source").mkdir()
    found = Collect.init_src

    def exchanged(self: Collect) -> None:
        found(self)
        shutil.rmtree(folder)
        folder.symlink_to(tmp_path / "course" / "source")

    monkeypatch.setattr(Collect, "init_src", exchanged)
    collecting.start()
    assert not collected(collecting, "ada").exists()
