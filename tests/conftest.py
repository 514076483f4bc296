"""The fixtures that several files of tests share, and how tests are shared out among processes.

new_course     makes folders with one released unit, each a copy of one that is made once a run
small_course   makes folders with the built course of `kerasgrader new`, which is executed in no time
asking_course  the same with a question that a person grades
graded_class   a small class that is graded once a run, to be read only: a test that changes it takes a copy
warm_process   one warm process for all that is graded in this process of the run
long_runs      whether tests of chance go on for longer than usual
hub            a JupyterHub with Linux accounts, for all tests that need one
browser        Debian's chromium
"""

from __future__ import annotations

import gc
import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from xdist.scheduler import LoadScopeScheduling

from kerasgrader.course.course import Unit, load_course
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.kernel.warm_process import run_operations_unwrapped
from tests.support import graded, scheduling
from tests.support.browser import chromium
from tests.support.course_folder import MODULES, UNIT, configure, copy_of, course_folder
from tests.support.hub_world import HubWorld, why_not
from tests.support.once import made_once
from tests.support.shared_workers import end_shared_workers
from tests.support.small_course import write_asking_course, write_small_course

CLASS_SIZE = 50

# Before anything imports TensorFlow: three processes of tests share the cores.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
# Processes that tests start: nbgrader's commands, Jupyter's servers, workers.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [
        str(Path(__file__).parent / "support" / "quick_start"),
        *filter(None, [os.environ.get("PYTHONPATH")]),
    ]
)

NewCourse = Callable[..., Unit]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long-runs",
        action="store_true",
        help="kill a grader twenty times and not five; try every pair of damages and not 600; live through "
        "three hundred sequences and not two; put habits into four hundred notebooks and not six",
    )
    parser.addoption(
        "--shuffle",
        type=int,
        metavar="SEED",
        help="run the files of each group, and the tests of each file, in a random order",
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """What a warm process does once everything is imported: probes take a third less time then."""
    if "tensorflow" in sys.modules:
        run_operations_unwrapped()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def long_runs(request: pytest.FixtureRequest) -> bool:
    """Whether tests of chance go on for longer: `--long-runs`."""
    return bool(request.config.getoption("--long-runs"))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Share out the tests by what they cost."""
    return scheduling.ByCost(config, log)


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The dearest groups begin, each in the order of its file or in one of chance.

    A test with a fixture that grades is slow.
    """
    for item in items:
        if {"graded_class", "small_course", "asking_course"} & set(
            getattr(item, "fixturenames", ())
        ):
            item.add_marker(pytest.mark.slow)
    seed = config.getoption("--shuffle")
    if seed is not None:
        chance = random.Random(seed)
        order = {file: chance.random() for file in sorted({item.path for item in items})}
        chance.shuffle(items)
        items.sort(key=lambda item: order[item.path])  # a file's fixtures are made once
    scheduling.by_cost(items)


@pytest.fixture(scope="session")
def new_course(tmp_path_factory: pytest.TempPathFactory) -> NewCourse:
    """`new_course(folder, cell_seconds=60, unit_id=UNIT)`: like `course_folder`, by copying."""

    def new(folder: Path, cell_seconds: int | None = None, unit_id: str = UNIT) -> Unit:
        released = made_once(
            tmp_path_factory, f"released-{unit_id}", lambda at: course_folder(at, unit_id=unit_id)
        )
        unit = copy_of(load_course(released).unit(unit_id), folder)
        if cell_seconds is not None:
            configure(folder, f"c.Execute.timeout = {cell_seconds}")
        return unit

    return new


@pytest.fixture(scope="session")
def small_course(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Unit]:
    """`small_course(folder)`: the course of one exercise in tests.support.small_course, by copying."""

    def new(folder: Path) -> Unit:
        made = made_once(
            tmp_path_factory, "small-course", lambda at: write_small_course(at / "small")
        )
        [unit] = load_course(made / "small").units
        return copy_of(unit, folder)

    return new


@pytest.fixture(scope="session")
def asking_course(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Unit]:
    """`asking_course(folder)`: the small course with a question, by copying."""

    def new(folder: Path) -> Unit:
        made = made_once(
            tmp_path_factory, "asking-course", lambda at: write_asking_course(at / "small")
        )
        [unit] = load_course(made / "small").units
        return copy_of(unit, folder)

    return new


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory: pytest.TempPathFactory, new_course: NewCourse) -> Unit:
    """The class of `tests.support.graded`, after grading."""
    folder = made_once(
        tmp_path_factory, "graded-class", lambda at: graded.grade_class(new_course(at / "course"))
    )
    return load_course(folder / "course").unit(UNIT)


@pytest.fixture
def warm_process() -> None:
    """All gradings in this process fork their kernels from one warm process: it stays for the next test."""
    WarmParent.begin(MODULES)


@pytest.fixture(scope="session", autouse=True)
def no_warm_process_stays() -> Iterator[None]:
    """The warm process and its workers end with the tests."""
    yield
    end_shared_workers()
    WarmParent.end()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, without a window. While it is open, its thread counts as running an event loop."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def hub() -> Iterator[HubWorld]:
    """A Hub and its class: it takes half a minute to start."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    prefix = f"rc{os.getpid()}"
    names = [f"{prefix}s{i:02}" for i in range(CLASS_SIZE)]
    with HubWorld(names, [f"{prefix}teacher"]) as world:
        yield world
