"""A gradebook in PostgreSQL, through nbgrader's own `db_url`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kerasgrader.course.course import Unit
from kerasgrader.grading.ledger import Ledger, submissions
from kerasgrader.grading.options import Options
from kerasgrader.grading.run import grade
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.marking.nbgrader import load_config, open_gradebook, release
from tests.students import Student, answer_at
from tests.students.submissions import submit

NOT_ROOT = "nobody"  # PostgreSQL refuses to run as root


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; Debian keeps them off the path."""
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)


@contextmanager
def server() -> Iterator[str]:
    """A server of our own on a socket of its own. Yields the URL of its database."""
    where = programs()
    assert where is not None
    account = {"user": NOT_ROOT} if os.geteuid() == 0 else {}
    with TemporaryDirectory(prefix="pg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        if account:
            shutil.chown(folder, **account)
        data = ["-D", f"{folder}/data"]
        quiet = {"check": True, "capture_output": True, "cwd": folder, **account}
        subprocess.run([where / "initdb", *data, "-U", "course", "-A", "trust"], **quiet)
        options = f"-c listen_addresses= -k {folder}"
        start = [where / "pg_ctl", *data, "-w", "-o", options, "-l", f"{folder}/log"]
        subprocess.run([*start, "start"], **quiet)
        try:
            yield f"postgresql+psycopg://course@/postgres?host={folder}"
        finally:
            subprocess.run([where / "pg_ctl", *data, "-m", "immediate", "stop"], **quiet)


@pytest.fixture
def unit(new_course: Callable[..., Unit], tmp_path: Path) -> Iterator[Unit]:
    """A course whose gradebook is in PostgreSQL, with two submissions."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    made = new_course(tmp_path)
    (made.root / "gradebook.db").unlink()
    with server() as url:
        with (made.root / "nbgrader_config.py").open("a") as file:
            file.write(f"c.CourseDirectory.db_url = {url!r}\n")
        release(load_config(made.root), made)
        answers = "equivalent/keywords", "wrong/identity_block:no_final_relu"
        submit(made, [Student(f"s{i}", "", "", (answer_at(a),)) for i, a in enumerate(answers)])
        yield made


@pytest.mark.slow
@pytest.mark.usefixtures("warm_process")
def test_marks_are_kept_in_postgresql(unit: Unit) -> None:
    """They are in the database and in no file, stand the second time, and are missed when they are gone."""
    options = Options(sandbox=strongest_sandbox(), workers=1)
    marks = grade(unit.root, unit.id, (), options)
    assert not (unit.root / "gradebook.db").exists()
    with open_gradebook(load_config(unit.root)) as gradebook:
        scores = {
            student: gradebook.find_submission(unit.id, student).score for student in ("s0", "s1")
        }
        assert scores == {item.student: item.points for item in marks.graded}
        assert scores["s0"] == 100 > scores["s1"] > 0
    (unit.root / "gradebook.db").touch()  # left from another time, it says nothing
    again = grade(unit.root, unit.id, (), options)
    assert {item.how for item in again.graded} == {"unchanged"}
    with open_gradebook(load_config(unit.root)) as gradebook:
        gradebook.remove_submission(unit.id, "s1")
    assert Ledger(unit, options).all_unchanged(submissions(unit)) is None
    third = grade(unit.root, unit.id, (), options)
    assert [item.how for item in third.graded] == ["unchanged", "kept"]
