"""A class at a time: what is kept, what is taken up again, and where executions run."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import nbformat
import psutil
import pytest

from kerasgrader.course.course import Unit, load_course
from kerasgrader.course.versions import code_digest, differences, versions
from kerasgrader.errors import CourseError, GraderFault
from kerasgrader.execution.cache import DAY, Cache, cache_of
from kerasgrader.execution.job import Executed, Job, Stop
from kerasgrader.execution.runner import do
from kerasgrader.files import only_grader
from kerasgrader.grading.class_run import ClassRun
from kerasgrader.grading.ledger import Ledger, submission_digest, submissions
from kerasgrader.grading.options import Options
from kerasgrader.grading.results import Graded, Marks
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.marking.nbgrader import load_config, open_gradebook
from kerasgrader.marking.record import Record, forget_record, read_record, write_record
from tests.support.course_folder import MODULES, copy_of
from tests.support.graded import regrade
from tests.support.small_course import ALSO_RIGHT, POINTS, RIGHT, WRONG, submit_answer

SCRIPTS = Path(sys.executable).parent
MARK = "TEST_OF_GRADING"
ANSWERS = {"right": RIGHT, "wrong": WRONG, "also-right": ALSO_RIGHT}


def submit_all(unit: Unit) -> None:
    """The class of three."""
    for student, answer in ANSWERS.items():
        submit_answer(unit, student, answer)


def executed(text: str) -> Executed:
    """The result of an execution: a notebook of one cell, and a note."""
    cells = [nbformat.v4.new_markdown_cell(text, id="a")]
    return Executed(
        nbformat.v4.new_notebook(cells=cells),
        ("a note",),
        True,
        1.5,
        {"a": Stop("too slow", 15)},
        ("a forgery",),
    )


def test_the_cache_gives_back_what_was_put(tmp_path: Path) -> None:
    """By key, from any process."""
    Cache(tmp_path).put("abc", executed("one"))
    assert Cache(tmp_path).get("abc") == executed("one")
    assert Cache(tmp_path).get("abd") is None


@pytest.mark.parametrize("damage", ["cut", "changed", "binary", "another", "empty"])
def test_a_damaged_entry_is_dropped(damage: str, tmp_path: Path) -> None:
    """Whatever happened to the file, it is not believed, and is gone."""
    cache = Cache(tmp_path)
    cache.put("abc", executed("thirty"))
    [entry] = cache.entries()
    text = entry.path.read_text()
    entry.path.write_bytes(
        {
            "cut": text[: len(text) // 2].encode(),
            "changed": text.replace("thirty", "thirst").encode(),
            "binary": b"\xff\xfe",
            "another": b"[1, 2]",
            "empty": b"",
        }[damage]
    )
    assert cache.get("abc") is None
    assert not entry.path.exists()


def test_the_cache_is_pruned_of_what_is_not_used(tmp_path: Path) -> None:
    """Reading counts as use; zero days is everything."""
    cache = Cache(tmp_path)
    for key in ("aa1", "bb2"):
        cache.put(key, executed(key))
    for entry in cache.entries():
        os.utime(entry.path, (0, time.time() - 40 * DAY))
    assert cache.get("aa1") is not None
    assert cache.prune(30) > 0
    assert cache.get("bb2") is None and cache.get("aa1") is not None
    cache.prune(0)
    assert list(cache.entries()) == []


def test_a_cache_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    """The sentence says where, and nothing is half there."""
    tmp_path.joinpath("file").write_text("")
    with pytest.raises(GraderFault, match="could not be stored in"):
        Cache(tmp_path / "file").put("abc", executed(""))


@pytest.mark.parametrize("damage", ["", "[]", "{}", "null", '{"results": 3}', "\x00"])
def test_a_damaged_entry_of_the_ledger_is_no_entry(
    damage: str, new_course: Callable[..., Unit], tmp_path: Path
) -> None:
    """The student counts as not graded."""
    unit = new_course(tmp_path)
    ledger = Ledger(unit, Options(feedback=False))
    ledger.write(Graded("somebody"), submission_digest(unit, "somebody"), "shown", "policy")
    page = unit.root / "autograded" / "somebody" / unit.id / f"{unit.notebook}.ipynb"
    page.parent.mkdir(parents=True)
    page.write_text("{}")
    write_record(unit, "somebody", Record({}, 1.0, ()))
    assert ledger.entry("somebody") is not None
    [path] = (unit.grader_folder / "graded").iterdir()
    path.write_text(damage)
    assert ledger.entry("somebody") is None


def test_a_file_that_moved_is_another_submission(
    new_course: Callable[..., Unit], tmp_path: Path
) -> None:
    """The same content below another folder is not where nbgrader looks for it."""
    unit = new_course(tmp_path)
    folder = unit.root / "submitted" / "somebody" / unit.id
    (folder / "deeper").mkdir(parents=True)
    (folder / "work.ipynb").write_text("{}")
    before = submission_digest(unit, "somebody")
    (folder / "work.ipynb").rename(folder / "deeper" / "work.ipynb")
    assert submission_digest(unit, "somebody") != before


def test_a_job_under_other_versions_is_refused() -> None:
    """Both versions are named."""
    ours = versions(MODULES)
    job = Job("key", "{}", "seed", MODULES, (), {}, {}, {**ours, "keras": "2.9.0"})
    with pytest.raises(GraderFault, match=rf"keras 2\.9\.0 here and {ours['keras']} there"):
        do(job)
    assert "torch none here and 2.0 there" in differences({}, {"torch": "2.0"})


def test_the_second_grader_waits_and_says_so(tmp_path: Path) -> None:
    """It names the first by its process, and goes on when that one ends."""
    said: list[str] = []
    with only_grader(tmp_path, said.append):
        second = threading.Thread(target=take_the_lock, args=(tmp_path, said))
        second.start()
        wait_for(lambda: bool(said))
        assert f"process {os.getpid()}" in said[0]
        assert second.is_alive()
    second.join(timeout=10)
    assert said[1:] == ["mine"]


def take_the_lock(root: Path, said: list[str]) -> None:
    with only_grader(root, said.append):
        said.append("mine")


@pytest.fixture(scope="module")
def graded(small_course: Callable[[Path], Unit], tmp_path_factory: pytest.TempPathFactory) -> Unit:
    unit = small_course(tmp_path_factory.mktemp("graded"))
    submit_all(unit)
    WarmParent.begin(unit.modules)
    regrade(unit)
    return unit


@pytest.fixture
def unit(graded: Unit, tmp_path: Path) -> Unit:
    """A class of three that was graded, for one test."""
    WarmParent.begin(graded.modules)
    return copy_of(graded, tmp_path / "course")


def how(marks: Marks) -> dict[str, str]:
    return {item.student: item.how for item in marks.graded}


@pytest.mark.slow
def test_what_has_not_changed_is_left_alone(unit: Unit) -> None:
    """The second time nothing is executed and nothing is written; with --force everything is."""
    again = regrade(unit)
    assert set(how(again).values()) == {"unchanged"}
    ledger = Ledger(unit, Options(sandbox=strongest_sandbox()))
    light = ledger.all_unchanged(submissions(unit))
    assert light is not None and light.graded == again.graded
    forced = regrade(unit, ("right",), force=True)
    assert how(forced) == {"right": "executed"}


@pytest.mark.slow
@pytest.mark.parametrize("killed", [False, True])
def test_workers_share_a_warm_process(killed: bool, unit: Unit) -> None:
    """There is one for all of them; should it be killed, each has another for the next kernel."""
    ended, seen = threading.Event(), set[int]()

    def watch() -> None:
        while not ended.wait(0.02):
            for process in warm_processes():
                with suppress(psutil.NoSuchProcess):
                    if process.children():  # kernels
                        if killed and not seen:
                            process.kill()
                        seen.add(process.pid)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        marks = regrade(unit, ("right", "also-right"), force=True, workers=2)
    finally:
        ended.set()
        watcher.join()
    assert [item.problem for item in marks.graded] == [None, None]
    assert seen and (len(seen) > 1) == killed, seen


def warm_processes() -> list[psutil.Process]:
    """Those that this process and its workers have started; their forks have the same command."""
    found = []
    for starter in (psutil.Process(), *psutil.Process().children()):
        with suppress(psutil.NoSuchProcess):
            if starter.pid == os.getpid() or "spawn_main" in " ".join(starter.cmdline()):
                found += [p for p in starter.children() if is_warm(p)]
    return found


def is_warm(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return "kerasgrader.kernel.warm_process" in process.cmdline()
    return False


@pytest.mark.slow
def test_only_what_depends_on_a_change_is_done_again(unit: Unit) -> None:
    """A comment in one submission; a page that is gone; a mark that somebody took from the gradebook."""
    path = unit.root / "submitted" / "also-right" / unit.id / f"{unit.notebook}.ipynb"
    changed = nbformat.read(path, as_version=4)
    changed.cells.insert(0, nbformat.v4.new_code_cell("# submitted again"))
    nbformat.write(changed, path)
    assert how(regrade(unit))["also-right"] == "executed"
    page = unit.root / "feedback" / "right" / unit.id
    for file in page.iterdir():
        file.unlink()
    page.rmdir()
    with open_gradebook(load_config(unit.root)) as gradebook:
        gradebook.remove_submission(unit.id, "wrong")
    assert how(regrade(unit)) == {
        "right": "kept",
        "wrong": "kept",
        "also-right": "unchanged",
    }
    assert page.is_dir()


@pytest.mark.slow
def test_grading_one_student_hides_no_loss_of_another(unit: Unit) -> None:
    """Marks that are gone from the gradebook are written again, whoever was graded in between."""
    regrade(unit)
    with open_gradebook(load_config(unit.root)) as gradebook:
        gradebook.remove_submission(unit.id, "also-right")
    regrade(unit, ("right",), force=True)
    ledger = Ledger(unit, Options(sandbox=strongest_sandbox()))
    assert ledger.all_unchanged(submissions(unit)) is None
    assert how(regrade(unit))["also-right"] == "kept"
    assert ledger.all_unchanged(submissions(unit)) is not None


@pytest.mark.slow
def test_a_submission_without_its_verdicts_is_graded_again(unit: Unit) -> None:
    """Whether their record is gone or damaged: the report would not know why points were lost."""
    assert how(regrade(unit, ("right",))) == {"right": "unchanged"}
    forget_record(unit, "right")
    assert how(regrade(unit, ("right",))) == {"right": "kept"}
    assert read_record(unit, "right") is not None


def test_what_a_course_says_is_part_of_what_pages_depend_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another misconception in the course's own package, and pages are written again."""
    (tmp_path / "own_course").mkdir()
    (tmp_path / "own_course" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    code_digest.cache_clear()
    before = code_digest("own_course")
    (tmp_path / "own_course" / "misconceptions.toml").write_text("# one more")
    code_digest.cache_clear()
    assert code_digest("own_course") != before != code_digest()


@pytest.mark.slow
def test_what_a_worker_executed_is_not_executed_again(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """nbgrader's steps are given the result: the process that writes points executes nothing."""
    monkeypatch.setattr("kerasgrader.execution.runner.NotebookRunner.run", None)
    assert how(regrade(unit, ("right",), force=True)) == {"right": "executed"}


@pytest.mark.slow
def test_a_damaged_cache_costs_an_execution_and_nothing_else(unit: Unit) -> None:
    """Entries that were overwritten are dropped, and the marks are the same."""
    before = points(unit)
    for entry in cache_of(unit).entries():
        entry.path.write_text("{}")
    for path in (unit.grader_folder / "graded").glob("*.json"):
        path.unlink()
    again = regrade(unit)
    assert set(how(again).values()) == {"executed"}
    assert points(unit) == before


@pytest.mark.slow
@pytest.mark.parametrize("mounted", ["ro", "size=32k"])
def test_a_cache_on_a_disk_that_takes_nothing_is_named(mounted: str, unit: Unit) -> None:
    """Read-only, or full in the middle: one sentence, the old marks stand, and the next run goes on."""
    if shutil.which("unshare") is None or strongest_sandbox() == "off":
        pytest.skip("no namespaces here, so no disk of our own can be mounted")
    before, marks = rows(unit), points(unit)
    folder = cache_of(unit).folder
    script = (
        'mount -t tmpfs -o "$0" none "$1" && shift && exec "$@"',
        mounted,
        folder,
        *(SCRIPTS / "kerasgrader", "grade", unit.id, "--root", unit.root, "--force"),
        *("--sandbox", strongest_sandbox()),
    )
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", *script],
        capture_output=True,
        text=True,
    )
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 2
    assert "could not be stored in" in said and str(folder) in said.replace(" ", "")
    assert "Traceback" not in said
    assert rows(unit) == before and points(unit) == marks


@pytest.mark.slow
def test_what_a_person_gave_in_the_formgrader_survives(unit: Unit) -> None:
    """Manual points and comments stay when a submission is graded anew."""
    with open_gradebook(load_config(unit.root)) as gradebook:
        submission = gradebook.find_submission_notebook(unit.notebook, unit.id, "right")
        submission.grades[0].extra_credit = 3
        submission.comments[0].manual_comment = "Nicely written."
        gradebook.db.commit()
    regrade(unit, ("right",), force=True)
    with open_gradebook(load_config(unit.root)) as gradebook:
        submission = gradebook.find_submission_notebook(unit.notebook, unit.id, "right")
        assert submission.grades[0].extra_credit == 3
        assert submission.comments[0].comment == "Nicely written."
        assert submission.score == POINTS + 3


def points(unit: Unit) -> dict[str, float]:
    return {item.student: item.points for item in regrade(unit).graded}


def rows(unit: Unit) -> dict[str, list]:
    """The gradebook without what differs between any two runs: identities and times."""
    queries = {
        "grades": "select a.student_id, b.name, g.auto_score, g.manual_score, g.extra_credit, "
        "g.needs_manual_grade from grade g join submitted_notebook n on g.notebook_id = n.id "
        "join submitted_assignment a on n.assignment_id = a.id join base_cell b on g.cell_id = b.id",
        "comments": "select a.student_id, b.name, c.auto_comment, c.manual_comment from comment c "
        "join submitted_notebook n on c.notebook_id = n.id "
        "join submitted_assignment a on n.assignment_id = a.id join base_cell b on c.cell_id = b.id",
        "notebooks": "select a.student_id, count(*) from submitted_notebook n "
        "join submitted_assignment a on n.assignment_id = a.id group by a.student_id",
        "students": "select id from student",
    }
    with sqlite3.connect(unit.root / "gradebook.db") as database:
        found = {
            name: sorted(database.execute(query).fetchall(), key=str)
            for name, query in queries.items()
        }
    database.close()
    return found


@pytest.mark.slow
def test_a_grader_that_is_killed_again_and_again_loses_nothing(
    small_course: Callable[[Path], Unit], tmp_path: Path, long_runs: bool
) -> None:
    """`kill -9` at random moments: in the end the gradebook equals that of an undisturbed run."""
    undisturbed, killed = (small_course(tmp_path / name) for name in ("undisturbed", "killed"))
    for course in (undisturbed, killed):
        submit_all(course)
    started = time.monotonic()
    assert begin_grading(undisturbed).wait() == 0
    takes = time.monotonic() - started
    chance, kills, mark = random.Random(0), 0, f"{tmp_path}-{time.time()}"
    while kills < (20 if long_runs else 5):
        grader = begin_grading(killed, mark)
        try:
            assert grader.wait(timeout=chance.uniform(0.1, takes)) == 0
            forget(killed)  # it was done before: it begins again
        except subprocess.TimeoutExpired:
            grader.kill()
            grader.wait()
            kills += 1
    wait_for(lambda: not processes_of(mark), 20)
    assert begin_grading(killed).wait() == 0
    assert rows(killed) == rows(undisturbed)
    assert len(rows(killed)["notebooks"]) == len(ANSWERS)


def begin_grading(unit: Unit, mark: str = "") -> subprocess.Popen:
    command = [SCRIPTS / "kerasgrader", "grade", unit.id, "--root", unit.root]
    return subprocess.Popen(
        [*command, "--sandbox", strongest_sandbox()],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, MARK: mark},
    )


def forget(unit: Unit) -> None:
    """What was executed, and who was graded. The marks stay."""
    for name in ("executed", "graded"):
        shutil.rmtree(unit.grader_folder / name)


def processes_of(mark: str) -> list[psutil.Process]:
    """The processes that have inherited this mark: no worker outlives its grader."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == mark:
                found.append(process)
    return found


# Run in a worker as it starts: it then says of itself that it has this version of Keras, or has no grader.
OTHER_KERAS = """\
import importlib.metadata as metadata

metadata.version = lambda name: "1.2.3" if name == "keras" else metadata.distribution(name).version
"""
NO_GRADER = "import sys\nsys.modules['kerasgrader'] = None\n"


@contextmanager
def cluster(
    folder: Path, workers: int, *options_of_workers: str
) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """A Dask scheduler on loopback, and workers, as processes: `dask scheduler`, `dask worker`."""
    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file]
    processes = [subprocess.Popen([SCRIPTS / "dask", "scheduler", *options], **quiet)]
    try:
        wait_for(lambda: address_in(file), 60)
        address = address_in(file)
        worker = [SCRIPTS / "dask", "worker", address, "--nthreads", "1", "--no-dashboard"]
        worker += ["--local-directory", folder, "--no-nanny", *options_of_workers]
        processes += [subprocess.Popen(worker, **quiet) for _ in range(workers)]
        yield address, processes[1:]
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


def address_in(file: Path) -> str | None:
    """The address in a scheduler's file; None until the scheduler has written it to the end."""
    try:
        return json.loads(file.read_text())["address"]
    except (FileNotFoundError, json.JSONDecodeError):
        return None


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_marks_even_if_a_worker_is_lost(
    unit: Unit, tmp_path: Path
) -> None:
    """Two workers on loopback; one of them is killed in the middle."""
    before, killed, ended = points(unit), list[int](), threading.Event()
    with cluster(tmp_path, workers=2) as (address, workers):
        wait_for_workers(address, 2)
        watcher = threading.Thread(target=kill_one_at_work, args=(address, killed, ended))
        watcher.start()
        try:
            marks = regrade(unit, scheduler=address, force=True)
        finally:
            ended.set()
            watcher.join()
        assert [worker.pid for worker in workers if worker.poll() is not None] == killed != []
    assert set(how(marks).values()) == {"executed"}
    assert {item.student: item.points for item in marks.graded} == before


def kill_one_at_work(address: str, killed: list[int], ended: threading.Event) -> None:
    """Kill -9 the first worker that has two jobs: one that it does, or has done, and the next."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        process_at = client.run(os.getpid)
        had: dict[str, set[str]] = {worker: set() for worker in process_at}
        while not killed and not ended.wait(0.02):
            for worker, jobs in client.processing().items():
                had[worker].update(jobs)
                if len(had[worker]) > 1 and not killed:
                    os.kill(process_at[worker], signal.SIGKILL)
                    killed.append(process_at[worker])


@pytest.mark.slow
def test_a_cluster_that_cannot_be_used_is_named(unit: Unit, tmp_path: Path) -> None:
    """No scheduler; no workers; a worker with another version, both named; one without this project."""
    with pytest.raises(CourseError, match="no Dask scheduler at tcp://127.0.0.1:1"):
        regrade(unit, scheduler="tcp://127.0.0.1:1", force=True)
    with cluster(tmp_path, workers=0) as (address, _):
        with pytest.raises(CourseError, match="has no workers"):
            regrade(unit, scheduler=address, force=True)
    ours = re.escape(versions()["keras"])
    for different, said in (
        (OTHER_KERAS, rf"keras.*{ours}.*1\.2\.3|keras.*1\.2\.3.*{ours}"),
        (NO_GRADER, "requirements.lock"),
    ):
        (tmp_path / "different.py").write_text(different)
        with cluster(tmp_path, 1, "--preload", str(tmp_path / "different.py")) as (address, _):
            wait_for_workers(address, 1)
            with pytest.raises(CourseError, match=said):
                regrade(unit, scheduler=address, force=True)


def wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["grade", "unit9"], "has no unit 'unit9'"),
        (["grade", "unit1-residual-networks"], "nothing was submitted"),
        (["cache", "prune", "unit9"], "has no unit 'unit9'"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: list[str], said: str, new_course: Callable[..., Unit], tmp_path: Path
) -> None:
    """And a status that is not zero."""
    new_course(tmp_path)
    done = subprocess.run(
        [SCRIPTS / "kerasgrader", *arguments, "--root", tmp_path], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("times", "problem"), [(1, None), (2, "too busy")])
def test_what_a_busy_machine_had_no_time_for_is_run_again_alone(
    times: int, problem: str | None, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And if that is of no use, it stays ungraded: never a mark."""
    real, stored = ClassRun._store, list[Job]()

    def store(run: ClassRun, job: Job, result: str) -> Executed:
        stored.append(job)
        return replace(real(run, job, result), hurried=len(stored) <= times)

    submit_answer(unit, "new", f"{RIGHT}# mine")
    monkeypatch.setattr(ClassRun, "_store", store)
    [new] = regrade(unit, ("new",)).graded
    assert [job.alone for job in stored] == [False, True]
    assert (new.problem is None) == (problem is None) and (problem or "") in str(new.problem)


@pytest.mark.slow
def test_the_cache_is_said_and_pruned(unit: Unit) -> None:
    """Marks and pages stay when what was executed goes."""
    command = [SCRIPTS / "kerasgrader", "cache"]
    info = subprocess.run(
        [*command, "info", "--root", unit.root], capture_output=True, text=True, check=True
    )
    assert f"{unit.id}: " in info.stdout and "MiB" in info.stdout
    subprocess.run([*command, "prune", "--days", "0", "--root", unit.root], check=True)
    assert list(cache_of(unit).entries()) == []
    assert load_course(unit.root).unit(unit.id) == unit
    assert set(how(regrade(unit)).values()) == {"unchanged"}


def wait_for(true, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
