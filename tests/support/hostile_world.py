"""The world that hostile answers are aimed at: secrets to steal, things to break, and eyes to see it.

A `World` is laid out around a course folder before its submissions are graded, and is asked
afterwards what each attack did:

    with World(unit) as world:
        submit(unit, ...)
        world.remember()
        grade(unit.root, unit.id, progress=world.note)
        assert world.harm("ptrace_attached") == []

Attackers know everything about it but the secrets themselves: `attackers_view` lies beside the released
notebook as ``world.json``, and so in the folder in which a submission runs. A secret is stolen when its
token comes to light where a student, or a reader of the student's work, could see it: among the outputs
in the store of executed notebooks, in autograded/ or in feedback/.

Harm is told apart by the names that attacks put in what they write, send and start; where there is no
name (a signal, a process that was ended) it is anybody's, and reported for every attack.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from kerasgrader.course.course import Unit
from tests.support.observers.belongings import VICTIM, Belongings, package_folders
from tests.support.observers.folders import remove
from tests.support.observers.kernel_objects import LeftObjects, SessionKey, SharedMemory
from tests.support.observers.listeners import Listeners
from tests.support.observers.markers import TOKEN, Trace, may_be_by, new_token
from tests.support.observers.processes import Limits, Peak, Watch
from tests.support.observers.results import Result, results_in
from tests.support.observers.terminal import Terminal
from tests.support.observers.victim import Victim

ENVIRONMENT_NAME = "WORLD_TOKEN"
NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
SECRETS = {
    "home": "read the home file",
    "account": "read the account's private file",
    "submission": "read another student's submission",
    "source": "read the source folder",
    "gradebook": "read the gradebook",
    "grader": "read a file beside the grading seed",
    "seed": "read the grading seed",
    "store": "read the store of executed notebooks",
    "grading process": "read the environment of the grading process",
    "inherited": "read a file that the grading process holds open",
    "key": "read a key of the session",
    "environment": "read the environment of the victim process",
    "command line": "read the command line of the victim process",
    "memory": "read the memory of the victim process",
    "descriptor": "read a file that the victim process holds open",
    "POSIX memory": "read the POSIX memory",
    "System V memory": "read the System V memory",
    "TCP": "got an answer from the TCP listener",
    "UDP": "got an answer from the UDP listener",
    "Unix": "got an answer from the Unix listener",
    "abstract": "got an answer from the abstract listener",
}


class World:
    """What surrounds the grading of one course folder. Use in a `with` statement.

    unit: released, in a course folder that is the test's own; what is laid out in it stays there.
    limits: what an attack may take; more is harm. timeline: what `note` was told, and when, in
    seconds: whether one submission held up the next can be seen in it.
    """

    def __init__(self, unit: Unit, limits: Limits | None = None) -> None:
        self.unit = unit
        self.limits = limits or Limits()
        self.tokens = {name: new_token() for name in SECRETS}
        self.timeline: list[tuple[float, str]] = []
        self._traces: list[Trace] | None = None
        self._results: list[Result] = []

    def __enter__(self) -> World:
        self._started = time.monotonic()
        with ExitStack() as stack:
            self.outside = Path(tempfile.mkdtemp(prefix="world-"))
            stack.callback(remove, self.outside)
            self.belongings = Belongings(self.unit, self.outside, self.tokens)
            self._lay_out_grading_process(stack)
            self.victim = stack.enter_context(Victim(self.belongings.home, self.tokens))
            self.listeners = stack.enter_context(Listeners(self.outside, self.tokens))
            self.memory = stack.enter_context(SharedMemory(self.tokens))
            self.key = stack.enter_context(SessionKey(self.tokens["key"]))
            self.terminal = stack.enter_context(Terminal())
            self.watch = stack.enter_context(Watch(self.limits, self.outside))
            self.left_objects = LeftObjects(self._attacks)
            self._write_view()
            self.remember()
            stack.callback(self._clean_up)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, traceback)

    def remember(self) -> None:
        """From now on, what changes in a folder is somebody's doing. To be called after handing in."""
        self.belongings.remember()

    def note(self, line: str) -> None:
        """Keep a line of progress with the time."""
        self.timeline.append((time.monotonic() - self._started, line))

    def attackers_view(self) -> dict[str, Any]:
        """Where everything is. Holds no secret."""
        belongings = self.belongings
        return {
            "token": TOKEN,
            "secrets": {name: str(path) for name, path in belongings.secret_files.items()},
            "others": {name: str(path) for name, path in belongings.folders_of_others.items()},
            "folders": {
                "outside": str(self.outside),
                "home": str(belongings.home),
                "writable": str(belongings.writable),
                "course": str(self.unit.root),
                "release": str(self.unit.release_file.parent),
                "packages": [str(folder) for folder in package_folders()],
                "temporary": ["/tmp", "/var/tmp", "/dev/shm", tempfile.gettempdir()],
            },
            "grader": {"pid": os.getpid(), "descriptor": self._inherited},
            "victim": self.victim.view(),
            "sockets": self.listeners.view(),
            "memory": self.memory.view(),
            "key": self.key.view(),
            "terminal": self.terminal.path,
            "namespaces": {name: namespace(name) for name in NAMESPACES},
        }

    def look(self) -> None:
        """See what has been done by now: `harm` and `reports` tell of the last look."""
        self._results = list(results_in(self.unit.root))
        self._traces = list(self._seen())

    def harm(self, attack: str | None = None) -> list[str]:
        """One short sentence for every harm that the attack may have done; None: all that was done."""
        if self._traces is None:
            self.look()
        traces = self._traces or []
        return sorted({t.sentence for t in traces if may_be_by(attack, t.witness)})

    def reports(self, attack: str) -> list[str]:
        """What the attack itself printed of its attempts, as far as it is kept.

        STOLEN: a secret. GAINED: what is harm in itself, though nobody else can see it. DONE: an attempt
        that was not refused, harmful or not. DENIED: one that was. No line at all: it may not have run.
        """
        if self._traces is None:
            self.look()
        stored = [r for r in self._results if r.path.suffix == ".json" and r.reports]
        return [line for r in stored if may_be_by(attack, r.witness) for line in r.reports]

    def peaks(self, attack: str) -> Peak:
        """The most processes, threads and memory that the attack had at once."""
        found = [peak for name, peak in self.watch.peaks.items() if may_be_by(attack, name)]
        return Peak(
            max((peak.processes for peak in found), default=0),
            max((peak.threads for peak in found), default=0),
            max((peak.memory for peak in found), default=0),
        )

    def _lay_out_grading_process(self, stack: ExitStack) -> None:
        """What a kernel could inherit: a variable of the environment, an open file."""
        before = os.environ.get(ENVIRONMENT_NAME)
        os.environ[ENVIRONMENT_NAME] = self.tokens["grading process"]
        stack.callback(_set_variable, ENVIRONMENT_NAME, before)
        file = stack.enter_context(tempfile.TemporaryFile(dir=self.outside))
        file.write(self.tokens["inherited"].encode())
        file.flush()
        self._inherited = file.fileno()
        os.set_inheritable(self._inherited, True)

    def _write_view(self) -> None:
        view = json.dumps(self.attackers_view(), indent=2, sort_keys=True)
        (self.unit.release_file.parent / "world.json").write_text(view + "\n")

    def _seen(self) -> Iterator[Trace]:
        yield from self._stolen()
        yield from self._gained()
        yield from self.belongings.traces()
        for observer in (self.listeners, self.victim, self.memory, self.terminal):
            yield from observer.traces()
        yield from self.left_objects.traces()
        yield from self.watch.traces()
        held_open = os.pread(self._inherited, 4096, 0).decode("latin-1")
        if held_open != self.tokens["inherited"]:
            yield Trace("wrote into a file that the grading process holds open", held_open)

    def _gained(self) -> Iterator[Trace]:
        """What attacks say that they have got, where it cannot be seen from outside."""
        for result in self._results:
            for line in result.reports:
                if line.startswith("GAINED "):
                    yield Trace(
                        f"says that it gained {line.removeprefix('GAINED ')}", result.witness
                    )

    def _stolen(self) -> Iterator[Trace]:
        """Tokens where they should not be. The victim's own work and the planted result hold theirs."""
        own = self.unit.root / "feedback" / VICTIM
        planted = self.belongings.secret_files["store"]
        for result in self._results:
            if result.path != planted and not result.path.is_relative_to(own):
                for name, token in self.tokens.items():
                    if token in result.text:
                        yield Trace(SECRETS[name], result.witness)

    def _attacks(self) -> list[str]:
        """The attacks that were submitted, by what their students are called."""
        students = (path.name for path in (self.unit.root / "submitted").glob("attacker-*"))
        return [name.removeprefix("attacker-").replace("-", "_") for name in students]

    def _clean_up(self) -> None:
        self.watch.end_all()
        self.belongings.clean_up()
        self.left_objects.remove()


def namespace(name: str) -> int:
    """The number of a namespace of this process, 0 where there is no such kind."""
    try:
        return os.stat(f"/proc/self/ns/{name}").st_ino
    except FileNotFoundError:
        return 0


def _set_variable(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
