"""A class graded for real: nbgrader, kernels, a gradebook, and everything that students hand in.

One class is graded once, and most tests look at its marks, pages and files. Answers that never end are
graded under limits of a few seconds, so that nobody waits for them; all others under those of the course.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat import NotebookNode

from kerascheck.judge.places import Place
from kerasgrader.course.course import Unit
from kerasgrader.errors import CourseError
from kerasgrader.grading.results import Graded
from kerasgrader.grading.table import irregular_lines
from kerasgrader.kernel.limits import GIB
from kerasgrader.kernel.sandbox_layers import strongest_sandbox
from kerasgrader.kernel.warm_client import WarmParent
from kerasgrader.marking.nbgrader import Staging, load_config, open_gradebook
from tests import students
from tests.students import Answer, Student
from tests.students.submissions import reference_cells, submit, with_answers, write_as_it_is
from tests.support.course_folder import MODULES, configure, copy_of, hidden_shapes
from tests.support.graded import WRONG_POINTS, regrade
from tests.support.hostile_world import World
from tests.support.observers.processes import MARGIN, Limits
from tests.support.shared_workers import end_shared_workers

pytestmark = pytest.mark.slow
needs_the_seal = pytest.mark.skipif(
    strongest_sandbox() != "full", reason="this machine cannot seal kernels: see the doctor"
)

WORKERS = 3
MEMORY = 3 * GIB
# Seconds that a cell and a test may take, and that a kernel has to answer after it was interrupted.
CONFIGURATION = (
    "import os",
    "c.Execute.timeout = int(os.environ.get('CELL_SECONDS', 20))",
    "c.Execute.test_timeout = int(os.environ.get('TEST_SECONDS', 15))",
    "c.Execute.grace = int(os.environ.get('GRACE', 5))",
    f"c.SealedKernel.memory_limit = {MEMORY}",
)
SHORT_LIMITS = {"CELL_SECONDS": 4, "TEST_SECONDS": 9, "GRACE": 1}
SCRIPT = "<script>alert('a mark')</script>"
PICTURE = 'x" onerror="alert(1)'
WRONG = "wrong/identity_block:no_final_relu"
# Attackers have solved nothing else, so that whatever they earn besides is stolen; those that change the
# metadata of cells have another right answer, from whose test they may take something.
UNFINISHED = Answer("no whole network", "", unsolved=("resnet50",))
ALONE = Answer("nothing else", "", unsolved=("convolutional_block", "resnet50"))
# Odd, but right: what they do besides leaves the evidence as it is.
HARMLESS = ("special/chatty", "special/leaver")
FORTY_MEGABYTES = 40 * 2**20


@dataclass(frozen=True)
class Class:
    """The class after grading."""

    unit: Unit
    graded: dict[str, Graded]
    harm: dict[str, list[str]]  # what each attack did to the world around the class

    def points(self, student: str) -> dict[str, float]:
        assert self.graded[student].problem is None, self.graded[student].problem
        return {r.exercise: r.points for r in self.graded[student].results}

    def outcomes(self, student: str) -> dict[str, str]:
        return {r.exercise: r.outcome for r in self.graded[student].results}

    def page(self, student: str) -> str:
        name = f"{self.unit.notebook}.html"
        return (self.unit.root / "feedback" / student / self.unit.id / name).read_text("utf-8")


def attack_id(answer: students.Answer) -> str:
    return answer.path.replace("hostile/", "attacker-").replace("_", "-")


@pytest.fixture(scope="module")
def attacked(new_course: Callable[..., Unit], tmp_path_factory: pytest.TempPathFactory) -> Class:
    """The class with everything in it: attacks, broken files, answers that never end."""
    unit = new_course(tmp_path_factory.mktemp("class"))
    configure(unit.root, *CONFIGURATION)
    wrong = students.answer_at(WRONG)
    the_class = [
        Student("honest-wrong", "", "", (wrong, UNFINISHED)),
        Student("solved", "", "", ()),
        Student("written-out", "", "", (students.answer_at("equivalent/blocks_written_out"),)),
    ]
    the_class += [
        Student(attack_id(a), "", "", (wrong, UNFINISHED if a.metadata else ALONE, a))
        for a in students.hostile()
    ]
    the_class += [Student(a.path.split("/")[1], "", "", (a,)) for a in students.special()]
    WarmParent.end()
    with World(unit, Limits(memory=MEMORY + MARGIN)) as world:
        WarmParent.begin(MODULES)  # in this world, so that there is something to inherit
        submit(unit, the_class)
        damaged = Damage(unit).submit()
        world.remember()
        stalling = [s.id for s in the_class if any(answer.stalls for answer in s.answers)]
        others = [s.id for s in the_class if s.id not in stalling] + damaged
        graded = regrade(unit, tuple(others), workers=WORKERS).graded
        with pytest.MonkeyPatch.context() as patch:
            for name, seconds in SHORT_LIMITS.items():
                patch.setenv(name, str(seconds))
            graded += regrade(unit, tuple(stalling), workers=len(stalling)).graded
        world.look()
        harm = {a.path: world.harm(a.path.removeprefix("hostile/")) for a in students.hostile()}
    WarmParent.end()
    return Class(unit, {item.student: item for item in graded}, harm)


class Damage:
    """Submissions that are broken in one way each; the answers in them are right."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.students: list[str] = []
        self.release = nbformat.read(unit.release_file, as_version=4)
        self.reference = reference_cells(nbformat.read(unit.source_file, as_version=4))

    def submit(self) -> list[str]:
        """Who has handed something in."""
        self.write("empty", "")
        self.write("web-page", "<!DOCTYPE html><html><body>404 Not Found</body></html>")
        self.write("not-json", "{'cells': [}")
        self.write("a-list", "[1, 2, 3]")
        self.write("binary", b"%PDF-1.7\xff\xfe\x00")
        self.write("renamed", self.notebook(), name="my homework.ipynb")
        self.write("test-deleted", self.notebook(without=["test_identity_block"]))
        self.write("answer-deleted", self.notebook(without=["identity_block"]))
        self.write("outputs", self.with_outputs())
        self.write("duplicated", self.with_duplicates())
        self.write("warnings", self.warning())
        self.write("markup", "[/b] not json \x1b[31m")
        self.write("glob[1]", self.notebook())
        self.write("scripts", self.with_scripts())
        self.write("garbled-time", self.notebook())
        folder = self.unit.root / "submitted" / "garbled-time" / self.unit.id
        (folder / "timestamp.txt").write_text("yesterday, I think\x1b[31m")
        return self.students

    def notebook(self, without: list[str] | None = None) -> NotebookNode:
        notebook = with_answers(self.release, self.reference, ())
        names = without or []
        notebook.cells = [
            c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in names
        ]
        return notebook

    def with_outputs(self) -> NotebookNode:
        notebook = self.notebook()
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for cell in code:
            text = "x" * (FORTY_MEGABYTES // len(code))
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
        return notebook

    def with_duplicates(self) -> NotebookNode:
        notebook = self.notebook()
        notebook.cells += [cell.copy() for cell in notebook.cells if "nbgrader" in cell.metadata]
        return notebook

    def with_scripts(self) -> NotebookNode:
        """Right answers beside cells that bring scripts into whatever page shows them."""
        notebook = self.notebook()
        shows = (
            "from IPython.display import HTML, publish_display_data\n"
            f"publish_display_data({{'image/png': {PICTURE!r}, 'text/plain': 'a picture'}})\n"
            f"HTML({SCRIPT!r})"
        )
        notebook.cells.insert(3, nbformat.v4.new_code_cell(shows))
        notebook.cells.insert(3, nbformat.v4.new_markdown_cell(f"Look: {SCRIPT}"))
        return notebook

    def warning(self) -> NotebookNode:
        """Right answers that write to stderr, which in stock nbgrader is a zero."""
        notebook = self.notebook()
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "identity_block":
                cell.source = cell.source.replace(
                    "    X_shortcut = X\n",
                    "    X_shortcut = X\n    __import__('sys').stderr.write('a warning')\n",
                )
                assert "a warning" in cell.source
        return notebook

    def write(self, student: str, what: str | bytes | NotebookNode, name: str = "") -> None:
        self.students.append(student)
        path = self.unit.root / "submitted" / student / self.unit.id
        path.mkdir(parents=True)
        path /= name or f"{self.unit.notebook}.ipynb"
        if isinstance(what, bytes):
            path.write_bytes(what)
        elif isinstance(what, str):
            path.write_text(what, "utf-8")
        else:
            write_as_it_is(what, path)


def test_a_right_answer_earns_everything(attacked: Class) -> None:
    """The reference's own answers get full marks."""
    assert attacked.points("solved") == {
        "identity_block": 30,
        "convolutional_block": 30,
        "ResNet50": 40,
    }


def test_blocks_that_are_written_out_earn_what_calls_earn(attacked: Class) -> None:
    """A network that calls no block is judged as a whole, under the grader as at home."""
    assert attacked.points("written-out") == attacked.points("solved")


def test_the_untouched_release_scores_nothing(attacked: Class) -> None:
    """Every exercise of the release is `not attempted` and worth nothing."""
    assert set(attacked.points("untouched").values()) == {0}
    assert set(attacked.outcomes("untouched").values()) == {"not attempted"}


def test_a_mistake_in_a_block_costs_that_block_alone(attacked: Class) -> None:
    """A wrong identity block leaves the points of the other one; the network is not attempted."""
    assert attacked.points("honest-wrong") == {
        "identity_block": 12,
        "convolutional_block": 30,
        "ResNet50": 0,
    }


@pytest.mark.parametrize("answer", students.hostile(), ids=str)
def test_no_attack_earns_more_than_its_honest_code(
    answer: students.Answer, attacked: Class
) -> None:
    """Each exploit scores at most what the same wrong code scores without it."""
    graded = attacked.graded[attack_id(answer)]
    assert graded.problem is None and len(graded.results) == 3
    honest = {**attacked.points("honest-wrong")}
    if not answer.metadata:
        honest["convolutional_block"] = 0
    for exercise, points in {r.exercise: r.points for r in graded.results}.items():
        assert points <= honest[exercise]
    assert graded.points <= sum(honest.values())


@pytest.mark.parametrize(
    ("attack", "named"),
    [
        ("forged_evidence", "more than one piece of evidence for one check"),
        ("evidence_twice", "more than one piece of evidence for one check"),
        ("evidence_malformed", "malformed evidence"),
        ("evidence_deeply_nested", "something else than evidence came in its place"),
        ("evidence_of_odd_numbers", "evidence"),
        ("evidence_of_50_megabytes", "flooded the grader with evidence"),
        ("evidence_pipe_flooded", "evidence"),  # on a busy machine it is no flood
        ("evidence_pipe_closed", "evidence of its checks is missing"),
        ("evidence_among_outputs", "published evidence of its own among its outputs"),
        ("thousands_of_guesses", "evidence"),
        ("messages_of_nonsense", "a cell sent"),
    ],
)
def test_what_no_honest_notebook_does_is_named(attack: str, named: str, attacked: Class) -> None:
    """For the instructor: forgeries, repetitions, floods; they earned nothing, and a person should ask."""
    irregular = attacked.graded[f"attacker-{attack.replace('_', '-')}"].irregular
    assert any(named in line for line in irregular), irregular
    lines = irregular_lines([*attacked.graded.values()])
    assert any(attack.replace("_", "-") in line and named in line for line in lines)


def test_nothing_irregular_is_found_in_honest_notebooks(attacked: Class) -> None:
    """Wrong, broken, endless, deadly or flooding as they may be."""
    honest = [name for name in attacked.graded if not name.startswith("attacker-")]
    assert len(honest) > 20
    assert {name: attacked.graded[name].irregular for name in honest} == dict.fromkeys(honest, ())


@needs_the_seal
@pytest.mark.parametrize("answer", students.hostile(), ids=str)
def test_no_attack_does_harm(answer: students.Answer, attacked: Class) -> None:
    """No secret is read, nothing outside is reached or changed, nothing is left behind."""
    assert attacked.harm[answer.path] == []


@pytest.mark.parametrize("answer", students.hostile(), ids=str)
def test_the_gradebook_says_what_the_judge_said(answer: students.Answer, attacked: Class) -> None:
    """The score that nbgrader keeps of an attacker is the judge's."""
    student = attack_id(answer)
    assert score(attacked.unit, student) == attacked.graded[student].points


def score(unit: Unit, student: str) -> float:
    with open_gradebook(load_config(unit.root)) as gradebook:
        return gradebook.find_submission(unit.id, student).score


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        ("empty", "is empty"),
        ("web-page", "a web page"),
        ("not-json", "is not a Jupyter notebook"),
        ("a-list", "is not a Jupyter notebook"),
        ("binary", "a PDF"),
        ("renamed", "it holds my homework.ipynb"),
        ("markup", "is not a Jupyter notebook"),
    ],
)
def test_what_is_no_notebook_is_named_and_stays_ungraded(
    student: str, reason: str, attacked: Class
) -> None:
    """A file that cannot be read gets a clear sentence and no marks; the others are graded."""
    problem = attacked.graded[student].problem
    assert problem is not None and reason in problem
    assert problem.isprintable()
    assert not (attacked.unit.root / "autograded" / student).exists()


@pytest.mark.parametrize(
    "student",
    ["test-deleted", "outputs", "duplicated", "warnings", "scripts", "glob[1]", "garbled-time"],
)
def test_damage_that_can_be_mended_costs_nothing(student: str, attacked: Class) -> None:
    """A deleted test, forty megabytes of outputs, doubled cells, odd names, a garbled time: full marks."""
    assert attacked.graded[student].points == 100


def test_a_garbled_time_is_named(attacked: Class) -> None:
    """The submission is graded, without a penalty for being late."""
    remark = attacked.graded["garbled-time"].remark
    assert remark is not None and "timestamp.txt holds no time (yesterday, I think" in remark
    assert remark.isprintable()


def test_a_deleted_answer_costs_that_exercise(attacked: Class) -> None:
    """Where an answer is gone its exercise earns nothing, and nothing else is lost."""
    assert attacked.points("answer-deleted") == {
        "identity_block": 0,
        "convolutional_block": 30,
        "ResNet50": 40,
    }


@pytest.mark.parametrize("answer", students.special(), ids=str)
def test_special_answers_are_graded_as_far_as_they_go(
    answer: students.Answer, attacked: Class
) -> None:
    """Endless, deadly, flooding and unfinished code all get marks, and less than all of them."""
    graded = attacked.graded[answer.path.split("/")[1]]
    assert graded.problem is None
    assert len(graded.results) == 3
    if answer.path not in HARMLESS:
        assert graded.points < 100
    touched = {students.FUNCTIONS[name] for name in (*answer.edits, *answer.unsolved)}
    for result in graded.results:
        if result.exercise not in touched:  # whatever its neighbours do
            assert result.points == result.of, result


def test_feedback_shows_verdicts_and_no_hidden_test(attacked: Class) -> None:
    """No page holds an argument of a hidden check, or anything that a student's code printed."""
    source = nbformat.read(attacked.unit.source_file, as_version=4)
    hidden = hidden_shapes(source)
    assert hidden
    for student, graded in attacked.graded.items():
        if graded.problem is None:
            page = attacked.page(student).replace("&#x27;", '"').replace("&#39;", '"')
            assert "HIDDEN TESTS" not in page
            for shape in hidden:
                assert shape not in page
            assert "<script" not in page


def test_autograded_notebooks_hold_one_result_per_test(attacked: Class) -> None:
    """Whatever the kernel left in a test cell is gone: there is the judge's result and nothing else."""
    for student, graded in attacked.graded.items():
        if graded.problem is not None:
            continue
        folder = attacked.unit.root / "autograded" / student / attacked.unit.id
        notebook = nbformat.read(folder / f"{attacked.unit.notebook}.ipynb", as_version=4)
        tests = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
        assert len(tests) == 3
        for cell in tests:
            assert [output.output_type for output in cell.outputs] == ["execute_result"]


def test_no_script_reaches_a_grader(attacked: Class) -> None:
    """The formgrader's page of a submission holds no script of the student's."""
    unit = attacked.unit
    path = unit.root / "autograded" / "scripts" / unit.id / f"{unit.notebook}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert any("alert(" in text for text in prose)
    assert not any("<script" in text for text in prose)
    tests = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
    for cell in notebook.cells:
        for output in cell.get("outputs", []) if cell not in tests else []:
            assert set(output.get("data", {})) <= {"text/plain", "image/png"}
            assert PICTURE not in str(output)


@pytest.fixture
def unit(graded_class: Unit, warm_process: None, tmp_path: Path) -> Unit:
    """The small class that is graded already, for one test."""
    return copy_of(graded_class, tmp_path / "course")


def test_a_worker_that_is_killed_costs_nobody_anything(unit: Unit) -> None:
    """When a worker ends in the middle, those who are left are run again, one at a time."""
    with workers_killed(times=1) as killed:
        marks = regrade(unit, ("right", "wrong"), force=True, workers=2)
    assert len(killed) == 1
    assert [item.points for item in marks.graded] == [100, WRONG_POINTS]


def test_a_submission_whose_worker_always_ends_is_named(unit: Unit) -> None:
    """It has no mark, and the reason is said."""
    submit(unit, [Student("other-wrong", "", "", (students.answer_at("special/half_finished"),))])
    with workers_killed(times=2) as killed:
        [graded] = regrade(unit, ("other-wrong",)).graded
    assert len(killed) == 2
    assert "worker process" in str(graded.problem)


@contextmanager
def workers_killed(times: int) -> Iterator[list[int]]:
    """Kill that many worker processes of this one, each as soon as a kernel runs.

    Who was killed is in the list. Those that wait for another grading end before, as they are not meant.
    """
    end_shared_workers()
    done = threading.Event()
    killed: list[int] = []

    def kill() -> None:
        while len(killed) < times and not done.wait(0.05):
            with suppress(psutil.NoSuchProcess):
                workers = children_with("spawn_main")
                if workers and any(warm.children() for warm in children_with("kernel.warm")):
                    workers[0].kill()
                    killed.append(workers[0].pid)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        done.set()
        thread.join()


def children_with(word: str) -> list[psutil.Process]:
    """The processes that this one has started whose command has this word in it."""
    found = psutil.Process().children()
    return [child for child in found if any(word in part for part in child.cmdline())]


def test_marks_do_not_outlive_a_submission_that_cannot_be_graded(unit: Unit) -> None:
    """Handing in a broken file after a good one takes marks and pages back, visibly."""
    (unit.root / "submitted" / "right" / unit.id / f"{unit.notebook}.ipynb").write_text("")
    assert score(unit, "right") == 100 and (unit.root / "feedback" / "right" / unit.id).exists()
    [graded] = regrade(unit, ("right",)).graded
    assert graded.problem is not None
    assert not (unit.root / "feedback" / "right" / unit.id).exists()
    with open_gradebook(load_config(unit.root)) as gradebook:
        submission = gradebook.find_submission(unit.id, "right")
        assert submission.needs_manual_grade and submission.score == 0


def test_plain_nbgrader_gives_the_same_marks(unit: Unit) -> None:
    """`nbgrader autograde` on its own uses the same steps and reaches the same score."""
    forget_marks(unit, "wrong")
    run_nbgrader(unit.root, "autograde", unit.id, "--student=wrong", "--force")
    assert score(unit, "wrong") == WRONG_POINTS
    page = unit.root / "feedback" / "wrong" / unit.id / f"{unit.notebook}.html"
    page.unlink()
    run_nbgrader(unit.root, "generate_feedback", unit.id, "--student=wrong", "--force")
    assert "12 of 30 points" in page.read_text("utf-8")


def test_the_formgraders_button_gives_the_same_marks(unit: Unit) -> None:
    """What the formgrader calls, inside the event loop of its server, reaches the same score."""
    script = (
        "import asyncio\n"
        "from nbgrader.apps import NbGraderAPI\n"
        "from nbgrader.coursedir import CourseDirectory\n"
        "from kerasgrader.marking.nbgrader import load_config\n"
        "from pathlib import Path\n"
        "async def press():\n"
        "    config = load_config(Path.cwd())\n"
        "    config.SealedKernel.cpu_limit = 1799\n"  # so that it is not found in the store
        "    api = NbGraderAPI(CourseDirectory(config=config), config=config)\n"
        f"    return api.autograde({unit.id!r}, 'wrong', force=True)\n"
        "done = asyncio.run(press())\n"
        "assert done['success'], done['log']\n"
    )
    forget_marks(unit, "wrong")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    subprocess.run([sys.executable, "-c", script], cwd=unit.root, env=environment, check=True)
    assert score(unit, "wrong") == WRONG_POINTS


def test_without_execution_nothing_is_judged(unit: Unit) -> None:
    """`--no-execute` fails, and leaves the marks of an earlier grading."""
    done = run_nbgrader(
        unit.root,
        "autograde",
        unit.id,
        "--student=right",
        "--force",
        "--no-execute",
        check=False,
    )
    assert done.returncode != 0
    assert "was not executed" in done.stderr
    assert score(unit, "right") == 100


def test_nothing_is_executed_twice(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker has executed, nbgrader's own steps find in the cache, without the grader's help."""
    monkeypatch.setattr("kerasgrader.execution.runner.NotebookRunner.run", None)
    forget_marks(unit, "right")
    Staging(load_config(unit.root), unit).autograde("right", {})
    assert score(unit, "right") == 100


def test_a_stale_gradebook_is_a_fault_and_not_a_zero(unit: Unit) -> None:
    """A test that was changed in source/ and not released again stops all, before the first write."""
    text = unit.source_file.read_text("utf-8")
    unit.source_file.write_text(
        text.replace("filters=[check.size(8, 9), 3", "filters=[check.size(8, 8), 3")
    )
    with pytest.raises(CourseError, match="generate_assignment"):
        regrade(unit, ("right",))
    assert score(unit, "right") == 100 and (unit.feedback("right")).exists()


def forget_marks(unit: Unit, student: str) -> None:
    with open_gradebook(load_config(unit.root)) as gradebook:
        gradebook.remove_submission(unit.id, student)


def run_nbgrader(root: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
    scripts = Path(sys.executable).parent
    path = f"{scripts}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [scripts / "nbgrader", *arguments],
        cwd=root,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=check,
    )


def test_verdicts_are_data(graded_class: Unit) -> None:
    """An autograded notebook carries each verdict as JSON, with findings that name a layer."""
    folder = graded_class.root / "autograded" / "wrong" / graded_class.id
    notebook = json.loads((folder / f"{graded_class.notebook}.ipynb").read_text("utf-8"))
    kind = "application/vnd.kerascheck.verdict+json"
    verdicts = [
        output["data"][kind]
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if kind in output.get("data", {})
    ]
    assert [v["exercise"] for v in verdicts] == [
        "identity_block",
        "convolutional_block",
        "ResNet50",
    ]
    [finding] = [f for f in verdicts[0]["findings"]]
    place = Place.from_plain(finding["place"])
    assert (finding["rule"], place.kind) == ("missing-step", "ReLU")
    [addition] = place.after
    sources = [source.name or source.kind for source in addition.after]
    assert (addition.kind, sources) == ("Add", ["bn1a_branch2c", "InputLayer"])
