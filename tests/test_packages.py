"""The border between the two packages, and what importing them costs."""

import json
import os
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

import resnet_course
from kerasgrader.course.course import load_course
from tests.students.submissions import reference_cells, with_answers
from tests.support.clean_environment import wheel
from tests.support.course_folder import ROOT, UNIT, hidden_checks, hidden_shapes


@pytest.mark.slow
def test_the_grader_does_not_import_tensorflow() -> None:
    """The process that judges never loads TensorFlow or Keras."""
    code = (
        "import json, sys; import kerasgrader.grading.run, kerasgrader.marking.marking, "
        "kerasgrader.build.build, kerasgrader.cli; print(json.dumps(sorted(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"tensorflow", "keras"} & set(json.loads(out.stdout))


def test_what_forks_kernels_knows_nothing_of_the_grader() -> None:
    """The process whose memory every kernel inherits loads nothing else of the grader's."""
    code = (
        "import json, sys; import kerasgrader.kernel.warm_process; "
        "print(json.dumps([name for name in sys.modules if name.startswith('kerasgrader.')]))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = json.loads(out.stdout)
    assert loaded
    assert all(f"{name}.".startswith("kerasgrader.kernel.") for name in loaded)


def test_importing_the_student_package_prints_nothing_and_loads_little() -> None:
    """`import resnet_course` alone loads neither Keras nor matplotlib, and is silent."""
    code = "import sys, resnet_course; assert not {'keras', 'matplotlib'} & set(sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (out.stdout, out.stderr) == ("", "")


def test_every_public_name_exists() -> None:
    """`__all__` is the public surface: each name in it can be reached, and dir() lists them."""
    for name in resnet_course.__all__:
        assert getattr(resnet_course, name) is not None
    assert set(dir(resnet_course)) == set(resnet_course.__all__)
    with pytest.raises(AttributeError):
        _ = resnet_course.solutions


@pytest.mark.slow
def test_students_install_nothing_of_the_grader(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Their wheel is the checks and this course: no grader, no kernel that appears in a launcher."""
    with zipfile.ZipFile(wheel(tmp_path_factory)) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {top for top in tops if ".dist-info" not in top} == {"kerascheck", "resnet_course"}


@pytest.mark.slow
def test_the_wheel_holds_no_solution_and_no_hidden_test(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """What students install has nothing of the solutions but single lines that any network has."""
    with zipfile.ZipFile(wheel(tmp_path_factory)) as archive:
        names = archive.namelist()
        texts = {name: archive.read(name).decode("utf-8", "replace") for name in names}
    assert any(name.startswith("resnet_course/published/") for name in names)
    assert not [n for n in names if n.startswith(("source/", "lessons/", "tests/", "release/"))]
    for unit in load_course(ROOT).units:
        source = nbformat.read(unit.source_file, as_version=4)
        answers = reference_cells(source)
        assert answers
        secrets = hidden_checks(source) + hidden_shapes(source)
        for body in answers.values():
            lines = [line.strip() for line in body.splitlines() if len(line.strip()) > 25]
            secrets += [f"{one}|{two}" for one, two in pairwise(lines)]
        for name, text in texts.items():
            lines = [line.strip() for line in text.splitlines() if len(line.strip()) > 25]
            held = {f"{one}|{two}" for one, two in pairwise(lines)}
            given = [
                s for s in secrets if s in held or (s.startswith(("check.", "(")) and s in text)
            ]
            assert not given, (name, given)


def test_the_lock_names_no_index() -> None:
    """requirements.lock holds names, versions and hashes, and no address."""
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in text
    assert "--hash=sha256:" in text


ELSEWHERE = """
import builtins, os, signal, sys
import cv2, keras, matplotlib.figure, pooch, tensorflow
from PIL import Image
from IPython.core.interactiveshell import InteractiveShell

POSIX = ("fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty")
for name in POSIX:
    sys.modules[name] = None
for name in "chown fork forkpty getegid geteuid getgid getpgid getuid kill killpg mkfifo nice".split():
    delattr(os, name)
for name in "sched_getaffinity sched_setaffinity setsid sysconf uname wait".split():
    delattr(os, name)
for name in "SIGALRM SIGKILL SIGUSR1 alarm setitimer pthread_kill".split():
    delattr(signal, name)

import importlib, pkgutil
import kerascheck, resnet_course
for package in (kerascheck, resnet_course):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)

from kerascheck import start
start.begin("unit1-residual-networks", "resnet_course", "resnet_course:load_signs")
exec(sys.stdin.read())
"""


@pytest.mark.slow
def test_students_need_nothing_that_windows_lacks(tmp_path: Path) -> None:
    """Without the POSIX part of Python's library every module is imported, and every check runs."""
    unit = load_course(ROOT).unit(UNIT)
    source, release = (
        nbformat.read(path, as_version=4) for path in (unit.source_file, unit.release_file)
    )
    notebook = with_answers(release, reference_cells(source), ())
    cells = [cell.source for cell in notebook.cells if "nbgrader" in cell.metadata]
    folder = tmp_path / "Übung"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        input="\n".join(cells),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "RESNET_COURSE_DATA": str(folder)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("everything checked here is right") == 4
