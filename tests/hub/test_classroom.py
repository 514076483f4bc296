"""class.toml, and what the Hub says where it is not as it should be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hub.classroom import ROOT, load_classroom
from kerasgrader.errors import CourseError

GOOD = {
    "instructors": '["teacher"]',
    "students": '["ada", "grace"]',
    "account": '"course"',
    "folder": '"/srv/somewhere"',
    "address": '"http://127.0.0.1:8000"',
}


def written(place: Path, **changed: str | None) -> Path:
    said = {**GOOD, **changed}
    file = place / "class.toml"
    file.write_text("".join(f"{key} = {value}\n" for key, value in said.items() if value))
    return file


def test_a_class_is_read(tmp_path: Path) -> None:
    """The people, and the ports after that of the address."""
    classroom = load_classroom(written(tmp_path))
    assert classroom.people == ("teacher", "ada", "grace")
    assert [classroom.port(offset) for offset in range(4)] == [8000, 8001, 8002, 8003]
    assert classroom.apart == (os.geteuid() == 0)


def test_the_class_in_the_repository_is_one() -> None:
    """What `make hub` starts with can be read."""
    assert load_classroom(ROOT / "hub" / "class.toml").students


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"students": None}, "needs students"),
        ({"students": '["Ada Lovelace"]'}, "cannot be the name of a Linux account"),
        ({"students": '["ada", "ada"]'}, "ada occurs twice"),
        ({"students": '["teacher"]'}, "teacher occurs twice"),
        ({"students": '["../etc"]'}, "cannot be the name"),
        ({"address": '"http://127.0.0.1"'}, "must end with a port"),
        ({"sutdents": "[]"}, "unknown key: sutdents"),
        ({"account": "["}, "class.toml"),
        ({"students": '"grace"'}, "must be a list of names"),
        ({"students": "[1]"}, "must be a list of names"),
        ({"folder": "7"}, "must be a string"),
        ({"address": '"http://127.0.0.1:80x"'}, "must end with a port"),
        ({"watch": '"yes"'}, "watch must be true or false"),
    ],
)
def test_a_mistake_gets_a_sentence(tmp_path: Path, changed: dict, said: str) -> None:
    """It says what is wrong and where."""
    with pytest.raises(CourseError, match=said):
        load_classroom(written(tmp_path, **changed))


@pytest.mark.skipif(os.geteuid() != 0, reason="without root there are no accounts")
def test_accounts_of_the_system_are_nobodys(tmp_path: Path) -> None:
    """Their homes are folders of the system, and root is no student."""
    for name in ("root", "daemon"):
        with pytest.raises(CourseError, match="an account of the system"):
            load_classroom(written(tmp_path, students=f'["{name}"]'))
    with pytest.raises(CourseError, match="must not be root's"):
        load_classroom(written(tmp_path, account='"root"'))


@pytest.mark.hub
@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody who is not")
def test_without_root_it_is_a_trial_and_says_so(tmp_path: Path) -> None:
    """Not root, the Hub prepares a folder beside itself and says that students are not kept apart."""
    for folder in ("hub", "release", "source"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for file in ("course.toml", "nbgrader_config.py"):
        shutil.copy(ROOT / file, tmp_path)
    somebody = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    command = [*somebody, sys.executable, "-m", "hub", "--class", str(written(tmp_path))]
    done = subprocess.run(
        [*command, "--prepare-only"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "A trial, for one person" in done.stdout and "ada" in done.stdout
    assert (tmp_path / ".hub" / "course" / "gradebook.db").is_file()
