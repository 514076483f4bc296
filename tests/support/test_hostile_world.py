"""The world around hostile answers sees every kind of harm, and none where none was done.

Here the tests do the harm themselves. No kernel runs; what attacks achieve is the subject of others.
"""

from __future__ import annotations

import ast
import ctypes
import json
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from kerasgrader.course.course import Unit
from tests import students
from tests.students.submissions import write_as_it_is
from tests.support.hostile_world import SECRETS, World
from tests.support.observers.folders import remove
from tests.support.observers.kernel_objects import key_of
from tests.support.observers.markers import LONGEST_PROCESS_NAME, marker, may_be_by, student_of
from tests.support.observers.processes import Limits, Peak

ATTACK = "of_these_tests"
ME = marker(ATTACK)
HOSTILE = Path(students.__file__).parent / "hostile"
SLEEPS = "import sys, time; print(flush=True); time.sleep(60)"


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    """A course folder with one released unit of one cell, and one attacker who submitted."""
    made = Unit(tmp_path / "course", "unit1", "unit1.py", "blocks", "Blocks", 10, "none")
    cell = nbformat.v4.new_code_cell("def block(X):\n    return X", id="block")
    cell.metadata["nbgrader"] = {"grade_id": "block", "solution": True, "grade": False}
    notebook = nbformat.v4.new_notebook(cells=[cell])
    submitted = made.root / "submitted" / student_of(ATTACK) / made.id / "blocks.ipynb"
    for path in (made.source_file, made.release_file, submitted):
        path.parent.mkdir(parents=True)
        write_as_it_is(notebook, path)
    with closing(sqlite3.connect(made.root / "gradebook.db")) as connection, connection:
        connection.execute("CREATE TABLE student (id TEXT PRIMARY KEY, last_name TEXT)")
    return made


@pytest.fixture
def world(unit: Unit) -> Iterator[World]:
    with World(unit) as made:
        yield made


def executed(*texts: str, source: str = "") -> NotebookNode:
    """A notebook as the store keeps it: a cell that printed these texts."""
    cell = nbformat.v4.new_code_cell(source, id="own-0")
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in texts]
    return nbformat.v4.new_notebook(cells=[cell])


def keep(unit: Unit, notebook: NotebookNode, name: str = "aa") -> None:
    """Put an executed notebook into the store."""
    path = unit.grader_folder / "executed" / name / f"{name}.json"
    path.parent.mkdir(parents=True)
    write_as_it_is(notebook, path)


def sleeper(*arguments: str, **options: object) -> subprocess.Popen:
    """A process that runs, and can be seen to."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLEEPS, *arguments],
        stdout=subprocess.PIPE,
        **options,  # type: ignore[call-overload]
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def end(process: subprocess.Popen) -> None:
    process.kill()
    process.communicate()


def wait_for(world: World, sentence: str) -> None:
    """Until the world has seen it: a listener has a thread of its own."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        world.look()
        if sentence in world.harm(ATTACK):
            return
        time.sleep(0.02)
    pytest.fail(f"{sentence!r} is not among {world.harm(ATTACK)}")


def test_nothing_is_seen_where_nothing_was_done(world: World) -> None:
    """A world at rest reports no harm."""
    assert world.harm() == []
    assert world.harm(ATTACK) == []
    assert world.peaks(ATTACK) == Peak(0, 0, 0)


def test_grading_may_write_where_grading_writes(world: World, unit: Unit) -> None:
    """Marks, pages and stored results of those who submitted are no harm."""
    for folder in ("autograded", "feedback", "attempts"):
        path = unit.root / folder / student_of(ATTACK) / unit.id / "blocks.ipynb"
        path.parent.mkdir(parents=True)
        write_as_it_is(executed("30"), path)
    keep(unit, executed("30"))
    with closing(sqlite3.connect(unit.root / "gradebook.db")) as connection, connection:
        connection.execute("INSERT INTO student VALUES ('attacker-of-these-tests', NULL)")
    assert world.harm() == []


def test_the_view_names_everything_and_gives_nothing_away(world: World, unit: Unit) -> None:
    """Attackers are told where each secret lies, and none of the secrets."""
    text = (unit.release_file.parent / "world.json").read_text()
    view = json.loads(text)
    assert view == world.attackers_view()
    assert not [name for name, token in world.tokens.items() if token in text]
    for name, path in view["secrets"].items():
        assert world.tokens[name].encode() in Path(path).read_bytes()


@pytest.mark.parametrize("secret", SECRETS)
def test_a_token_among_the_outputs_is_a_secret_stolen(
    secret: str, world: World, unit: Unit
) -> None:
    """Each secret has a token of its own, which is found in what the store keeps."""
    keep(unit, executed(f"STOLEN {secret}: {world.tokens[secret]}\n", source=f"ME = {ME!r}"))
    assert world.harm(ATTACK) == [SECRETS[secret]]
    assert world.harm("another") == []


@pytest.mark.parametrize("folder", ["autograded", "feedback"])
def test_a_token_in_what_students_or_graders_read_is_stolen(
    folder: str, world: World, unit: Unit
) -> None:
    """The folder tells whose page it is."""
    path = unit.root / folder / student_of(ATTACK) / unit.id / "blocks.html"
    path.parent.mkdir(parents=True)
    path.write_text(f"<p>{world.tokens['home']}</p>")
    assert world.harm(ATTACK) == [SECRETS["home"]]
    assert world.harm("another") == []


def test_the_victims_own_work_is_not_stolen(world: World, unit: Unit) -> None:
    """A notebook of the victim's holds the victim's words, in its source code and on its page."""
    token = world.tokens["submission"]
    keep(unit, executed("30", source=f"# {token}"))
    page = unit.root / "feedback" / "victim" / unit.id / "blocks.html"
    page.parent.mkdir(parents=True)
    page.write_text(token)
    assert world.harm() == []


def test_reports_are_what_the_attack_printed(world: World, unit: Unit) -> None:
    """What an attack says of its attempts can be read, for this attack alone."""
    keep(unit, executed("DONE one thing\nDEN", "IED another: no\nelse\n", source=f"ME = {ME!r}"))
    keep(unit, executed("DONE a third\n", source="ME = 'hostile-another'"), "bb")
    assert world.reports(ATTACK) == ["DONE one thing", "DENIED another: no"]


def test_what_an_attack_says_that_it_gained_is_harm(world: World, unit: Unit) -> None:
    """Some harm is seen by nobody but who did it, and attacks of ours do not lie."""
    keep(unit, executed("GAINED a capability\nDONE a thing\n", source=f"ME = {ME!r}"))
    assert world.harm(ATTACK) == ["says that it gained a capability"]
    assert world.harm("another") == []


@pytest.mark.parametrize("name", ["writable", "outside", "course", "submission", "autograded"])
def test_a_file_that_is_written_is_seen(name: str, world: World) -> None:
    """Whatever comes into a folder of others, or into the course, is seen."""
    view = world.attackers_view()
    folder = Path({**view["folders"], **view["others"]}[name])
    (folder / f"{ME}.txt").write_text("a student was here")
    [sentence] = world.harm(ATTACK)
    assert f"{ME}.txt" in sentence
    assert world.harm("another") == []


def test_a_file_that_is_changed_or_removed_is_seen(world: World) -> None:
    """A canary's content counts, and so does its absence; where no name is given, it was anybody."""
    folder = world.belongings.writable
    (folder / "kept.txt").write_text(f"changed by {ME}")
    assert world.harm(ATTACK) == ["changed writable/kept.txt"]
    assert world.harm("another") == []
    (folder / "kept.txt").unlink()
    world.look()
    assert world.harm("another") == ["removed writable/kept.txt"]


def test_a_stored_result_that_is_forged_is_seen(world: World) -> None:
    """The stored result of someone else, the grading seed and the files beside it must hold."""
    for name in ("store", "seed", "grader"):
        world.belongings.secret_files[name].write_text(ME)
    assert len(world.harm(ATTACK)) == 3


def test_a_marked_name_is_seen_even_where_grading_writes(world: World, unit: Unit) -> None:
    """A folder of results for a student who does not exist is an attack's."""
    (unit.root / "autograded" / ME).mkdir()
    (unit.grader_folder / ME).touch()
    assert len(world.harm(ATTACK)) == 2


def test_a_device_or_a_pipe_is_not_opened(world: World) -> None:
    """A named pipe in a canary folder is seen without waiting for it."""
    os.mkfifo(world.belongings.writable / ME)
    assert world.harm(ATTACK) == [f"created writable/{ME}"]


def test_odd_names_are_told_in_one_line(world: World) -> None:
    """Line breaks and bytes that are no text do not get into a sentence."""
    name = os.fsencode(world.belongings.writable) + f"/{ME}\n".encode() + b"\xff"
    os.close(os.open(name, os.O_CREAT))
    [sentence] = world.harm(ATTACK)
    assert sentence.isprintable()


def test_a_folder_left_among_temporary_files_is_seen_and_removed(unit: Unit) -> None:
    """A kernel's folder that could not be destroyed counts by the names in it."""
    folder = Path("/tmp") / f"kernel-{os.getpid()}-{time.monotonic_ns()}"
    with World(unit) as world:
        deep = folder / ME
        for _ in range(300):
            deep /= "d"
        deep.mkdir(parents=True)
        assert world.harm(ATTACK) == [f"left {folder.name} in /tmp"]
        assert world.harm("another") == []
    assert not folder.exists()
    remove(folder)


def test_a_link_left_where_a_folder_was_is_seen_and_removed(unit: Unit) -> None:
    """A link that leads into the world tells of an attack, though it does not say of whose."""
    link = Path("/tmp") / f"kernel-{os.getpid()}-{time.monotonic_ns()}"
    with World(unit) as world:
        link.symlink_to(world.belongings.writable)
        assert world.harm(ATTACK) == [f"left {link.name} in /tmp"]
    assert not link.is_symlink()


def test_a_name_in_the_gradebook_is_seen(world: World, unit: Unit) -> None:
    """An attack that writes into the gradebook leaves its name there."""
    with closing(sqlite3.connect(unit.root / "gradebook.db")) as connection, connection:
        connection.execute("INSERT INTO student VALUES (?, '100')", (ME,))
    assert world.harm(ATTACK) == ["wrote into the gradebook"]


@pytest.mark.parametrize("name", ["TCP", "Unix", "abstract"])
def test_whoever_connects_is_noted_and_answered(name: str, world: World) -> None:
    """A connection from the host's side is recorded with the name that was sent."""
    where = world.attackers_view()["sockets"]
    family, address = {
        "TCP": (socket.AF_INET, ("127.0.0.1", where["tcp_port"])),
        "Unix": (socket.AF_UNIX, where["path"]),
        "abstract": (socket.AF_UNIX, "\0" + where["abstract"]),
    }[name]
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.connect(address)
        connection.sendall(ME.encode())
        assert connection.recv(200).decode() == world.tokens[name]
    wait_for(world, f"reached the {name} listener")
    assert world.harm("another") == []


def test_whoever_sends_a_datagram_is_noted_and_answered(world: World) -> None:
    """So is a datagram."""
    port = world.attackers_view()["sockets"]["udp_port"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(10)
        sender.sendto(ME.encode(), ("127.0.0.1", port))
        assert sender.recv(200).decode() == world.tokens["UDP"]
    wait_for(world, "reached the UDP listener")


def test_the_victims_secrets_are_where_the_view_says(world: World) -> None:
    """Environment, command line, memory and open file of the victim hold their tokens."""
    victim = world.attackers_view()["victim"]
    folder = Path(f"/proc/{victim['pid']}")
    assert world.tokens["environment"].encode() in (folder / "environ").read_bytes()
    assert world.tokens["command line"].encode() in (folder / "cmdline").read_bytes()
    descriptor = folder / "fd" / str(victim["descriptor"])
    assert descriptor.read_bytes() == world.tokens["descriptor"].encode()
    with (folder / "mem").open("rb") as memory:
        memory.seek(victim["secret"])
        assert memory.read(victim["secret_length"] - 1) == world.tokens["memory"].encode()


def test_a_signal_is_noticed(world: World) -> None:
    """Every signal that can be caught is counted; whoever sent it, it is reported."""
    os.kill(world.attackers_view()["victim"]["pid"], signal.SIGUSR1)
    assert world.harm("another") == ["sent the victim process SIGUSR1"]


def test_a_stopped_victim_is_noticed(world: World) -> None:
    """A process that was stopped does not answer, and that is seen from outside."""
    os.kill(world.attackers_view()["victim"]["pid"], signal.SIGSTOP)
    while "stopped the victim process" not in world.harm(ATTACK):
        world.look()


def test_a_dead_victim_is_noticed(world: World) -> None:
    """A process that was ended is reported with the signal that ended it."""
    os.kill(world.attackers_view()["victim"]["pid"], signal.SIGKILL)
    world.victim.process.wait()
    assert world.harm(ATTACK) == ["ended the victim process (status -9)"]


def test_memory_that_was_written_is_noticed(world: World) -> None:
    """The victim's canary lies where the view says, and must stay as it is."""
    victim = world.attackers_view()["victim"]
    with open(f"/proc/{victim['pid']}/mem", "r+b", buffering=0) as memory:
        memory.seek(victim["canary"])
        memory.write(ME.encode())
    assert world.harm(ATTACK) == ["wrote into the memory of the victim process"]


def test_changed_limits_are_noticed(world: World) -> None:
    """Limits and priority of the victim are nobody else's business."""
    pid = world.attackers_view()["victim"]["pid"]
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft - 1, hard))
    os.setpriority(os.PRIO_PROCESS, pid, 5)
    assert world.harm(ATTACK) == [
        "changed the limits of the victim process",
        "changed the priority of the victim process",
    ]


def test_shared_memory_that_was_written_is_noticed(world: World) -> None:
    """Both kinds of shared memory hold their token before, and something else after."""
    where = world.attackers_view()["memory"]
    libc = ctypes.CDLL(None)
    libc.shmat.restype = ctypes.c_void_p
    address = libc.shmat(libc.shmget(where["key"], 0, 0), None, 0)
    assert ctypes.string_at(address).decode() == world.tokens["System V memory"]
    assert Path(where["path"]).read_text() == world.tokens["POSIX memory"]
    ctypes.memmove(address, f"{ME} ".encode(), len(ME) + 1)
    libc.shmdt(ctypes.c_void_p(address))
    Path(where["path"]).write_text(ME)
    assert world.harm(ATTACK) == ["changed the POSIX memory", "changed the System V memory"]
    assert world.harm("another") == []


def test_objects_that_are_left_are_seen_and_removed(unit: Unit) -> None:
    """A segment, a semaphore, a queue: each lies under a key made of the attack's name."""
    libc = ctypes.CDLL(None)
    key, make = key_of(ME), 0o1600
    with World(unit) as world:
        assert libc.shmget(key, 64, make) >= 0
        assert libc.semget(key, 1, make) >= 0
        assert libc.msgget(key, make) >= 0
        assert world.harm(ATTACK) == [
            "left a System V queue",
            "left a System V segment",
            "left a System V semaphore",
        ]
        assert world.harm("another") == []
    assert (libc.shmget(key, 0, 0), libc.semget(key, 0, 0), libc.msgget(key, 0)) == (-1, -1, -1)


def test_what_is_written_on_a_terminal_is_seen(world: World) -> None:
    """A line on the account's terminal is on its screen."""
    terminal = os.open(world.attackers_view()["terminal"], os.O_WRONLY | os.O_NOCTTY)
    os.write(terminal, ME.encode())
    os.close(terminal)
    assert world.harm(ATTACK) == ["wrote on the terminal"]


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_a_process_that_is_left_is_seen_and_ended(how: str, unit: Unit) -> None:
    """A process is known by its arguments and by its environment, and does not outlive the world."""
    with World(unit) as world:
        environment = {"NAME": ME} if how == "environment" else {}
        process = sleeper(*([ME] if how == "argument" else []), env=environment)
        assert world.harm(ATTACK) == ["left a process running"]
        assert world.harm("another") == []
    assert process.wait(10) == -signal.SIGKILL
    end(process)


def test_processes_of_before_are_left_alone(unit: Unit) -> None:
    """A process that carries such a name and is older than the world is none of its business."""
    process = sleeper(ME)
    with World(unit) as world:
        assert world.harm(ATTACK) == []
    assert process.poll() is None
    end(process)


def test_what_was_taken_for_a_while_is_seen(unit: Unit) -> None:
    """Processes, memory, disk and files count by the most that was there at once."""
    with World(unit, Limits(processes=0, threads=0, memory=1, disk=2**20, files=100)) as world:
        process = sleeper(ME)
        folder = world.outside / "full"
        folder.mkdir()
        for number in range(1000):
            (folder / str(number)).touch()
        (folder / "large").write_bytes(bytes(32 * 2**20))
        os.sync()
        world.watch.look()
        end(process)
        remove(folder)
        assert world.peaks(ATTACK).processes == 1
        assert {
            "had more than 0 processes at once",
            "had more than 0 threads at once",
            "took more than 1 bytes of memory",
            "took more than 1048576 bytes of disk",
            "made more than 100 files",
        } <= set(world.harm(ATTACK))


def test_a_file_that_was_inherited_and_written_is_seen(world: World) -> None:
    """The grading process holds a file open, which whoever inherits it must not change."""
    descriptor = world.attackers_view()["grader"]["descriptor"]
    assert os.get_inheritable(descriptor)
    os.pwrite(descriptor, f"{ME} ".encode(), 0)
    assert world.harm(ATTACK) == ["wrote into a file that the grading process holds open"]
    assert world.harm("another") == []


def test_the_environment_is_put_back(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token of the grading process is gone with the world."""
    monkeypatch.delenv("WORLD_TOKEN", raising=False)
    with World(unit) as world:
        assert os.environ["WORLD_TOKEN"] == world.tokens["grading process"]
    assert "WORLD_TOKEN" not in os.environ


def test_the_times_of_progress_are_kept(world: World) -> None:
    """What is noted can be read with its time."""
    world.note("ran 1 of 2: attacker-one")
    world.note("ran 2 of 2: attacker-two")
    (first, _), (second, line) = world.timeline
    assert first <= second and line == "ran 2 of 2: attacker-two"


@pytest.mark.parametrize(
    ("witness", "expected"),
    [
        ("hostile-fork_bomb", True),
        ("hostile-fork_bo", True),
        ("/x/attacker-fork-bomb/y", True),
        ("hostile-fork_bomb-2.txt", True),
        ("hostile-fork", False),
        ("hostile-fork_bombs", False),
        ("attacker-fork", False),
        ("no name at all", True),
    ],
)
def test_names_tell_attacks_apart(witness: str, expected: bool) -> None:
    """A name is an attack's when it is the whole name, or as much as a process's name can hold."""
    assert may_be_by("fork_bomb", witness) is expected


def attacks_on_the_world() -> list[Path]:
    return [path for path in sorted(HOSTILE.glob("*.py")) if "world.json" in path.read_text()]


@pytest.mark.parametrize("path", attacks_on_the_world(), ids=lambda path: path.stem)
def test_an_attack_on_the_world_calls_itself_by_its_name(path: Path) -> None:
    """The name that an attack leaves behind is that of its file."""
    names = [
        ast.literal_eval(statement.value)
        for statement in ast.parse(path.read_text()).body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "ME"
    ]
    assert names == [marker(path.stem)]


@pytest.mark.parametrize("path", attacks_on_the_world(), ids=lambda path: path.stem)
def test_an_attack_on_the_world_reports(path: Path) -> None:
    """An attack says what came of its attempts, so that one which never ran can be told."""
    assert re.search(r"\b(STOLEN|GAINED|DONE|DENIED)\b", path.read_text())


def test_attacks_that_name_their_processes_are_told_apart() -> None:
    """As much as a process's name can hold of such an attack's name is no other attack's."""
    short = {path: marker(path.stem)[:LONGEST_PROCESS_NAME] for path in HOSTILE.glob("*.py")}
    for path, name in short.items():
        if re.search(r"\bprctl\(15", path.read_text()):
            assert list(short.values()).count(name) == 1


@pytest.mark.parametrize("path", sorted(HOSTILE.glob("*.py")), ids=lambda path: path.stem)
def test_every_attack_says_what_must_be_true_afterwards(path: Path) -> None:
    """The docstring of an attack says what it tries, and what must hold once it has been tried."""
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert "\n\nAfterwards: " in text
