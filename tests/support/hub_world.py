"""A Hub with a class, for tests: Linux accounts made for it, a course, an exchange, and all of it removed.

Linux accounts must be able to run this project's Python, which may lie where only root can look. So
everything runs in a mount namespace in which the folders on the way to it are open; nothing outside
changes. What tests do as a student, they do in there too.
"""

from __future__ import annotations

import json
import os
import pwd
import random
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from hub.classroom import Classroom, load_classroom
from kerasgrader.course.course import Unit, load_course
from tests.support.course_folder import ROOT

BIN = Path(sys.executable).parent
PATH = f"{BIN}:/usr/bin:/bin"
PORTS = 5  # the address's and the four after it
UNCHOSEN = (20_000, 32_000)
START_SECONDS = 300
PASSWORD = "correct horse battery staple"
CHEAP = ("--crypt-method=SHA256", "--sha-rounds=1000")  # nobody attacks these passwords
FOLLOWED = 2  # the first students are those whom tests/hub/test_hub.py follows


def why_not() -> str | None:
    """What this machine lacks for a Hub with accounts of its own; None if nothing."""
    if os.geteuid() != 0:
        return "needs root, to make Linux accounts"
    for program in ("useradd", "userdel", "chpasswd", "unshare", "nsenter"):
        if shutil.which(program) is None:
            return f"there is no {program}"
    mounting = ["unshare", "--mount", "--propagation", "private", "true"]
    if subprocess.run(mounting, capture_output=True).returncode:
        return "root may not mount here"
    return None


@dataclass
class HubWorld:
    """A running Hub. Use it in a `with` statement.

    Tests share it, in any order. None of them changes what another one looks at: each has its own
    students (`followed` or `crowd`), or its own unit.
    """

    students: Sequence[str]
    instructors: Sequence[str]
    log: Path = field(init=False)
    released: set[str] = field(init=False, default_factory=set)

    @property
    def followed(self) -> Sequence[str]:
        """The two students whom tests/hub/test_hub.py follows."""
        return self.students[:FOLLOWED]

    @property
    def crowd(self) -> Sequence[str]:
        """All the other students."""
        return self.students[FOLLOWED:]

    def __enter__(self) -> HubWorld:
        self.folder = Path(tempfile.mkdtemp(prefix="hub-"))
        self.folder.chmod(0o755)
        self.log = self.folder / "hub.log"
        self.class_file = self.folder / "class.toml"
        self.account = f"{self.students[0]}_course"
        self.port = _free_ports()
        self.class_file.write_text(
            f"instructors = {json.dumps(list(self.instructors))}\n"
            f"students = {json.dumps(list(self.students))}\n"
            f'account = "{self.account}"\n'
            f'folder = "{self.folder}/class"\n'
            f'address = "http://127.0.0.1:{self.port}"\n'
        )
        self.classroom: Classroom = load_classroom(self.class_file)
        self.hub: subprocess.Popen | None = None
        self.forks: subprocess.Popen | None = None
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.forks is not None:
            self.forks.communicate()  # with the end of its input it ends
        if self.hub is not None:
            _end(self.hub)
        known = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
        names = (*self.classroom.people, self.classroom.account)
        ours = {known[name] for name in names if name in known}
        for process in psutil.process_iter(["uids"]):
            if process.info["uids"] and process.info["uids"].real in ours:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        removing = 'for name; do userdel --remove "$name"; done'
        subprocess.run(["sh", "-c", removing, "sh", *names], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        """Prepare the machine, give passwords, start the Hub, and wait until it answers."""
        preparing = [*self._apart(), *self._hub_command(), "--prepare-only"]
        done = subprocess.run(preparing, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        passwords = "".join(f"{name}:{PASSWORD}\n" for name in self.classroom.people)
        subprocess.run(["chpasswd", *CHEAP], input=passwords, text=True, check=True)
        with self.log.open("w") as log:
            self.hub = subprocess.Popen(
                [*self._apart(), *self._hub_command()],
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + START_SECONDS
        while not (self._answers("/hub/login") and self._answers(self.formgrader_path)):
            assert self.hub.poll() is None and time.monotonic() < until, self.log.read_text()
            time.sleep(0.3)

    def _answers(self, path: str) -> bool:
        try:
            with urlopen(self.address + path, timeout=10):
                return True
        except (URLError, OSError):
            return False

    def _hub_command(self) -> list[str]:
        return [sys.executable, "-m", "hub", "--class", str(self.class_file)]

    def _apart(self) -> list[str]:
        """A mount namespace in which everybody can reach this project and the Python it uses."""
        hold = self.folder / "hold"
        hold.mkdir(exist_ok=True)
        lines, back = ["set -eu"], []
        for number, path in enumerate({ROOT, Path(sys.base_prefix).resolve()}):
            cover = next((p for p in [*path.parents][::-1] if not p.stat().st_mode & 1), None)
            if cover is None:
                continue
            held = hold / str(number)
            held.mkdir(exist_ok=True)
            lines.append(f"mount --bind {shlex.quote(str(path))} {held}")
            cover_, path_ = shlex.quote(str(cover)), shlex.quote(str(path))
            back.append(f"mountpoint -q {cover_} || mount -t tmpfs -o mode=755 none {cover_}")
            back.append(f"mkdir -p {path_} && mount --bind {held} {path_}")
        script = "\n".join([*lines, *back, 'exec "$@"'])
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def formgrader_path(self) -> str:
        return f"/services/{self.classroom.course}/formgrader"

    def unit(self, unit_id: str) -> Unit:
        """A unit of the Hub's own course folder."""
        return load_course(self.classroom.course_folder).unit(unit_id)

    def home(self, name: str) -> Path:
        return Path(pwd.getpwnam(name).pw_dir)

    def inside(self) -> list[str]:
        """What a command must begin with to run where the Hub runs."""
        assert self.hub is not None
        return ["nsenter", f"--target={self.hub.pid}", "--mount"]

    def run_as(
        self, name: str, command: Sequence[str], cwd: Path | None = None, **more: object
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as an account of the class, where the Hub runs."""
        account = pwd.getpwnam(name)
        drop = [
            "setpriv",
            f"--reuid={account.pw_uid}",
            f"--regid={account.pw_gid}",
            "--clear-groups",
        ]
        return subprocess.run(
            [
                *self.inside(),
                *drop,
                "sh",
                "-c",
                'cd "$0" && exec "$@"',
                str(cwd or account.pw_dir),
                *command,
            ],
            env={**self._environment(name), **self._settings()},
            capture_output=True,
            text=True,
            **more,
        )

    def course(self, *command: str) -> str:
        """Run one of the course's programs in its folder, as the account that owns it."""
        folder = self.classroom.course_folder
        done = self.run_as(self.account, [str(BIN / command[0]), *command[1:]], cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def nbgrader(self, *words: str) -> str:
        """`course("nbgrader", ...)` without the seconds that nbgrader takes to start."""
        (output,) = self._do_all(
            {
                "account": self.account,
                "words": words,
                "cwd": str(self.classroom.course_folder),
                "environment": {**self._environment(self.account), **self._settings()},
            }
        )
        return output

    def release(self, unit_id: str) -> None:
        """Put a unit into the exchange, if it is not there yet."""
        if unit_id not in self.released:
            self.nbgrader("release_assignment", unit_id)
            self.released.add(unit_id)

    def fetch(self, names: Iterable[str], *unit_ids: str) -> None:
        """All of these students fetch these units at the same time."""
        self._exchange("fetch_assignment", names, unit_ids)

    def submit(self, names: Iterable[str], *unit_ids: str) -> None:
        """All of these students submit these units at the same time."""
        self._exchange("submit", names, unit_ids)

    def _exchange(self, command: str, names: Iterable[str], unit_ids: Sequence[str]) -> None:
        where = (f"--course={self.classroom.course}", f"--Exchange.root={self.classroom.exchange}")
        self._do_all(
            *(
                {
                    "account": name,
                    "words": [command, unit_id, *where],
                    "cwd": str(self.home(name)),
                    "environment": self._environment(name),
                }
                for name in names
                for unit_id in unit_ids
            )
        )

    def _do_all(self, *commands: Mapping) -> list[str]:
        """Have nbgrader's commands done at the same time; what each printed."""
        if self.forks is None:
            self.forks = subprocess.Popen(
                [*self.inside(), sys.executable, "-m", "tests.support.nbgrader_forks"],
                cwd=ROOT,
                env={"PATH": PATH},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        self.forks.stdin.write(json.dumps(commands) + "\n")
        self.forks.stdin.flush()
        results = json.loads(self.forks.stdout.readline())
        failed = [result["output"] for result in results if result["status"] != 0]
        assert not failed, failed[0]
        return [result["output"] for result in results]

    def _environment(self, name: str) -> dict[str, str]:
        return {"HOME": str(self.home(name)), "PATH": PATH}

    def _settings(self) -> dict[str, str]:
        """The variables of a student's server, from which nbgrader takes its settings."""
        return {
            "JUPYTER_CONFIG_PATH": str(ROOT / "hub" / "student"),
            "RESNET_COURSE_ID": self.classroom.course,
            "RESNET_COURSE_EXCHANGE": str(self.classroom.exchange),
        }


def _free_ports() -> int:
    """The first of five ports that nobody uses.

    Below those from which Linux chooses for programs that ask for any: another test would get one of them
    before the Hub has started its services.
    """
    while True:
        port = random.randrange(*UNCHOSEN)
        if all(_free(port + i) for i in range(PORTS)):
            return port


def _free(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) != 0


def _end(hub: subprocess.Popen) -> None:
    """End the Hub and what it started at once: nothing of it is kept, so it need not tidy up."""
    with suppress(psutil.NoSuchProcess):
        for process in psutil.Process(hub.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                process.kill()
    hub.kill()
    hub.wait()
