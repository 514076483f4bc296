"""The grading kernel: what it can reach, how it ends, and that nothing of it stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from nbclient.exceptions import DeadKernelError
from nbclient.util import run_sync

from kerasgrader.errors import GraderFault
from kerasgrader.kernel import cgroup, provisioner, sandbox_layers
from kerasgrader.kernel.limits import GIB, MIB
from kerasgrader.kernel.processor_time import Clock
from kerasgrader.kernel.warm_client import Process, WarmParent
from tests.support.course_folder import MODULES
from tests.support.kernels import START_ONE, Kernel

pytestmark = pytest.mark.slow

MISSING = [layer for layer in sandbox_layers.SEALING if layer not in sandbox_layers.offered()]
needs_the_seal = pytest.mark.skipif(
    bool(MISSING), reason=f"this machine does not offer {', '.join(MISSING)}: see the doctor"
)


Start = Callable[..., Kernel]


@pytest.fixture
def start() -> Iterator[Start]:
    kernels: list[Kernel] = []

    def start_one(*arguments: object, **settings: object) -> Kernel:
        kernels.append(Kernel(*arguments, **settings))
        return kernels[-1]

    yield start_one
    for kernel in kernels:
        kernel.end()


@pytest.fixture(scope="module", autouse=True)
def one_warm_process() -> Iterator[None]:
    """And a folder for temporary files that no test of another process uses."""
    WarmParent.end()
    with tempfile.TemporaryDirectory(prefix="k-") as folder, pytest.MonkeyPatch.context() as patch:
        os.chmod(folder, 0o711)
        patch.setattr(tempfile, "tempdir", folder)
        patch.setenv("TMPDIR", folder)
        yield
        WarmParent.end()


def private_folders() -> set[str]:
    """The folders of warm processes, and those of kernels in them."""
    temporary = Path(tempfile.gettempdir())
    return {str(path) for pattern in ("rg-*", "rg-*/*") for path in temporary.glob(pattern)}


def test_a_kernel_runs_cells(start: Start) -> None:
    """TensorFlow works in a fork of a process that has only imported it."""
    kernel = start()
    assert kernel.run("print(6 * 7)") == "42\n"
    assert kernel.run("import tensorflow as tf; int(tf.reduce_sum(tf.ones((2, 3))))") == "6"
    assert kernel.run("1 / 0") == "division by zero"


def test_a_kernel_can_be_restarted(start: Start) -> None:
    """As a frontend does it: the new one knows nothing of the old one, and leaves nothing of it."""
    WarmParent.get(MODULES)
    before = private_folders()
    kernel = start()
    kernel.run("x = 1")
    run_sync(kernel.manager.restart_kernel)(now=True)
    kernel.client.kc.stop_channels()
    kernel.client.start_new_kernel_client()
    assert "not defined" in kernel.run("x")
    assert kernel.provisioner.over is None
    kernel.end()
    assert private_folders() == before


def test_kernels_are_forks_of_one_warm_process(start: Start) -> None:
    """The second kernel needs no new warm process, and nothing of the first is in it."""
    first = start()
    first.run("x = 1")
    warm = WarmParent.get(MODULES).process.pid
    second = start()
    assert WarmParent.get(MODULES).process.pid == warm
    assert "not defined" in second.run("x")
    assert len(psutil.Process(warm).threads()) == 1


def test_random_numbers_differ_between_kernels(start: Start) -> None:
    """A fork does not begin with its parent's random state."""
    draw = "import random, numpy; print(random.random(), numpy.random.rand())"
    assert start().run(draw) != start().run(draw)


def test_temporary_files_go_into_the_folder_of_the_kernel(start: Start) -> None:
    """Where the warm process would put its own is no place for a kernel."""
    kernel = start()
    kernel.run("import os, tempfile; made = tempfile.mkdtemp()")
    assert (
        kernel.run("os.path.dirname(made) == os.environ['TMPDIR'] == os.environ['HOME']") == "True"
    )


@pytest.mark.parametrize("warm", [True, False])
def test_operations_are_not_wrapped_in_functions(warm: bool, start: Start) -> None:
    """TensorFlow names such a function in the operation's error."""
    said = start(warm=warm).run("import tensorflow as tf\ntf.add([1, 2], [1, 2, 3])")
    assert "Incompatible shapes: [2] vs. [3]" in said
    assert "function_node" not in said


def test_a_kernel_outlives_the_warm_process(start: Start) -> None:
    """When the warm process is killed, kernels go on and the next one gets another."""
    kernel = start()
    warm = WarmParent.get(MODULES).process
    warm.kill()
    warm.wait()
    assert kernel.run("1 + 1") == "2"
    assert start().run("2 + 2") == "4"
    assert WarmParent.get(MODULES).process.pid != warm.pid


@pytest.mark.parametrize("warm", [True, False])
def test_a_kernel_keeps_its_folder_however_late_the_warm_process_ends(
    warm: bool, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left without a grader, that one would remove the folder, with the sockets that nobody knows yet."""
    end = Process.end
    monkeypatch.setattr(Process, "end", lambda process: (time.sleep(1), end(process))[1])
    kernel = start(warm=warm)
    if warm:
        WarmParent.begin(MODULES).close()
    assert kernel.run("from pathlib import Path; print(Path.cwd().exists())") == "True\n"
    assert kernel.provisioner._private.exists()


def test_a_kernel_has_copies_of_the_files_and_no_notebooks(start: Start, tmp_path: Path) -> None:
    """What it writes does not reach the folder that it was given."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "numbers.txt").write_text("1 2 3")
    (tmp_path / "solution.ipynb").write_text("{}")
    kernel = start(tmp_path)
    assert kernel.run("print(open('data/numbers.txt').read())") == "1 2 3\n"
    assert "No such file" in kernel.run("open('solution.ipynb')")
    kernel.run("open('data/numbers.txt', 'w').write('changed'); open('new', 'w')")
    assert (tmp_path / "data" / "numbers.txt").read_text() == "1 2 3"
    assert not (tmp_path / "new").exists()


def test_a_kernel_has_the_files_that_are_sent_with_it(start: Start) -> None:
    """By their paths, whatever folder the grader works in."""
    kernel = start(files={"data/numbers.txt": b"4 5 6"})
    assert kernel.run("print(open('data/numbers.txt').read())") == "4 5 6\n"


def test_a_folder_that_is_too_large_is_refused(start: Start, tmp_path: Path) -> None:
    """Nothing is copied half."""
    (tmp_path / "large").write_bytes(bytes(3 * MIB))
    with pytest.raises(GraderFault, match="too large to be copied"):
        start(tmp_path, disk_limit=2 * MIB)


def test_an_endless_cell_is_interrupted_and_the_kernel_goes_on(start: Start) -> None:
    """The interrupt reaches the kernel through process 1."""
    kernel = start()
    assert kernel.run("while True: pass", seconds=1) == "KeyboardInterrupt"
    assert kernel.run("3 + 4") == "7"


def test_a_kernel_that_dies_says_how(start: Start) -> None:
    """Its status is known outside."""
    kernel = start()
    with pytest.raises(DeadKernelError):
        kernel.run("import os; os._exit(7)")
    assert kernel.provisioner.over == {"ended": 7}


@pytest.mark.parametrize("group", [True, False], ids=["control group", "process 1 watches"])
def test_memory_of_all_processes_is_limited(
    group: bool, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many processes that are small each are ended together."""
    if group:
        if not can_make_control_groups():
            pytest.skip("this account may not make control groups here")
    elif MISSING:
        pytest.skip(f"this machine does not offer {', '.join(MISSING)}")
    else:
        monkeypatch.setattr(provisioner, "ControlGroup", refuse)
    kernel = start(memory_limit=GIB)
    hog = (
        "import os, time\n"
        "for _ in range(8):\n"
        "    if os.fork() == 0:\n"
        "        kept = bytearray(os.urandom(2**20)) * 300\n"
        "        time.sleep(30)\n"
        "        os._exit(0)\n"
        "time.sleep(30)"
    )
    with pytest.raises(DeadKernelError):
        kernel.run(hog)
        kernel.run("1")
    assert kernel.provisioner.over == {"limit": "memory"}


def can_make_control_groups() -> bool:
    try:
        cgroup.ControlGroup(GIB).remove()
    except OSError:
        return False
    return True


def refuse(*_: object) -> None:
    raise OSError("not here")


def test_time_is_limited_from_outside(start: Start) -> None:
    """A kernel whose signals are blocked is ended by process 1 all the same."""
    kernel = start(wall_limit=3)
    spin = (
        "import signal, ctypes\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
        "while True: pass"
    )
    with pytest.raises(DeadKernelError):
        kernel.run(spin)
    assert kernel.provisioner.over == {"limit": "wall"}


@needs_the_seal
def test_a_sealed_kernel_sees_its_own_world_only(start: Start) -> None:
    """Another user, another process table, no capabilities, nothing above its own folder."""
    kernel = start()
    assert kernel.run("import os; print(os.getuid(), os.getppid())") == "1000 1\n"
    assert "[1, 2]" in kernel.run("sorted(int(p) for p in os.listdir('/proc') if p.isdigit())")
    status = kernel.run("print(open('/proc/self/status').read())")
    for line in ("CapEff:\t0000000000000000", "CapPrm:\t0000000000000000", "NoNewPrivs:\t1"):
        assert line in status
    assert "Permission denied" in kernel.run("open('/proc/1/environ').read()")
    for path in (Path(__file__), Path.home() / ".bashrc", Path("/etc/shadow"), Path("/var/log")):
        assert kernel.run(f"os.path.exists({str(path)!r})") == "False"


@needs_the_seal
def test_a_sealed_kernel_inherits_nothing(start: Start) -> None:
    """No open file but the null device and sockets, and no variable of the grader's."""
    kernel = start()
    opened = kernel.run(
        "import os\n"
        "for name in sorted(os.listdir('/proc/self/fd'), key=int):\n"
        "    try: print(os.readlink(f'/proc/self/fd/{name}'))\n"
        "    except OSError: pass"
    )
    kinds = {line.split(":")[0] for line in opened.splitlines()}
    assert kinds <= {"/dev/null", "socket", "pipe", "anon_inode"}
    names = set(json.loads(kernel.run("import json; print(json.dumps(list(os.environ)))")))
    assert not names & {"PYTEST_CURRENT_TEST", "USER", "SSH_AUTH_SOCK", "VIRTUAL_ENV"}


@needs_the_seal
def test_a_sealed_kernel_finds_nothing_that_is_published(start: Start) -> None:
    """The reference's graphs are in the folder of a course's package; and no part of the grader."""
    kernel = start(launch={"hidden": ("published",)})
    looks = (
        "import resnet_course; from pathlib import Path; at = Path(resnet_course.__file__).parent"
    )
    kernel.run(looks)
    assert kernel.run("sorted(at.glob('published/*'))") == "[]"
    assert kernel.run("from kerascheck import published; published.units()") == "()"
    assert kernel.run("(at / '__init__.py').exists()") == "True"
    assert "Error" in kernel.run(
        "raise OSError('Error') if not list(at.parent.glob('tests')) else 1"
    )


def test_a_kernels_time_is_told_from_outside(start: Start) -> None:
    """Processor time of all its processes, but for those that an earlier cell has left running; waiting
    and sleeping are neither."""
    kernel = start()
    kernel.run("import subprocess, time")
    before = clock_of(kernel)
    own = float(kernel.run("sum(range(5 * 10**7)); print(time.process_time())"))
    worked = clock_of(kernel)
    assert own / 4 < worked.worked - before.worked < own + 1
    kernel.run("time.sleep(1)")
    slept = clock_of(kernel)
    assert slept.passed - worked.passed > 1 > slept.worked - worked.worked
    kernel.run("busy = subprocess.Popen(['yes'], stdout=subprocess.DEVNULL)")
    before = clock_of(kernel, new=True)
    kernel.run("time.sleep(1)")
    assert clock_of(kernel).worked - before.worked < 0.5
    kernel.run("busy.kill(); busy.wait()")


def clock_of(kernel: Kernel, new: bool = False) -> Clock:
    kernel.provisioner.ask_clock(new)
    while kernel.provisioner.clock is None:
        assert run_sync(kernel.provisioner.poll)() is None
        time.sleep(0.01)
    return kernel.provisioner.clock


@needs_the_seal
@pytest.mark.parametrize(
    ("attempt", "why"),
    [
        ("open('/tmp/file', 'w')", "Read-only|Permission|No such"),
        ("open('/usr/file', 'w')", "Read-only|Permission"),
        ("import os; os.link('/usr/bin/env', 'env')", "cross-device|Permission|not permitted"),
        ("import socket; socket.socket().connect(('127.0.0.1', 80))", "Permission|unreachable"),
        (
            "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'.', ('8.8.8.8', 53))",
            "unreachable|Permission",
        ),
        ("import socket; socket.getaddrinfo('example.org', 80)", "resolution|not known|No address"),
        ("import os; os.kill(1, 9); os.kill(1, 0); open('/proc/1/mem', 'rb')", "Permission"),
        ("import ctypes; ctypes.CDLL(None).unshare(0x10000000)", "-1"),
        ("import socket; socket.socket(40, socket.SOCK_STREAM)", "not supported"),
        ("import socket; socket.socket(17, socket.SOCK_RAW)", "not supported"),
        ("import ctypes; ctypes.CDLL(None).syscall(425, 8, 0)", "-1"),
        ("import os; os.setuid(0)", "not permitted|Invalid"),
        ("import os; os.chroot('.')", "not permitted"),
        ("open('full', 'wb').write(bytes(90 * 2**20))", "too large|No space|File too"),
        ("[open(f'{i}', 'w').close() for i in range(20_000)]", "No space"),
        ("import os; [os.fork() or os._exit(os.system('sleep 5')) for _ in range(600)]", "unavail"),
    ],
)
def test_a_sealed_kernel_cannot(attempt: str, why: str, start: Start) -> None:
    """Each attempt fails, and the kernel goes on."""
    kernel = start(disk_limit=64 * MIB, process_limit=200)
    said = kernel.run(attempt)
    assert any(part in said for part in why.split("|")), said
    assert kernel.run("1 + 1") == "2"


@needs_the_seal
def test_nothing_stays_behind(start: Start) -> None:
    """Daemons that ignore signals end with their kernel; so do its folders and its control group."""
    WarmParent.get(MODULES)
    before = private_folders()
    kernel = start()
    name = f"left-{os.getpid()}"
    kernel.run(
        "import os, signal, subprocess, sys\n"
        f"code = 'import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60) # {name}'\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        subprocess.Popen([sys.executable, '-c', code])\n"
        "    os._exit(0)"
    )
    wait_until(lambda: bool(processes_with(name)))
    kernel.end()
    wait_until(lambda: not processes_with(name))
    assert private_folders() == before


@needs_the_seal
def test_a_kernel_ends_with_the_grader(tmp_path: Path) -> None:
    """After `kill -9` of the grader: no kernel, no warm process, no folder."""
    before = private_folders()
    script = tmp_path / "grader.py"
    script.write_text(
        "import sys; from tests.support.kernels import Kernel\n"
        "from kerasgrader.kernel.warm_client import *\n"
        "from tests.support.course_folder import MODULES\n"
        "kernel = Kernel(); print(WarmParent.get(MODULES).process.pid, flush=True)\n"
        "kernel.run('import time; time.sleep(60)')\n"
    )
    grader = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert grader.stdout is not None
    warm = psutil.Process(int(grader.stdout.readline()))
    family = [warm, *warm.children(recursive=True)]
    assert private_folders() > before
    assert len(family) >= 3  # the warm process, process 1, the kernel
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    grader.stdout.close()
    wait_until(lambda: not any(process.is_running() for process in family))
    wait_until(lambda: private_folders() == before)


@needs_the_seal
def test_an_ordinary_user_can_seal() -> None:
    """The doctor finds every required layer for a user without rights, too."""
    reports = doctor(["unshare", "--user", "--map-user=1234", "--map-group=1234"])
    assert {report["layer"] for report in reports if report["offered"]} >= {
        "namespaces",
        "landlock",
        "limits",
        "kernel",
    }


@needs_the_seal
def test_without_user_namespaces_grading_refuses() -> None:
    """The doctor names the layer and says what to do; a kernel does not start; `partial` goes on."""
    none = "echo 0 > /proc/sys/user/max_user_namespaces; exec"
    unshare = ["unshare", "--user", "--map-root-user"]
    [report] = [
        report
        for report in doctor([*unshare, "sh", "-c", f'{none} "$@"', "sh"])
        if report["layer"] == "namespaces"
    ]
    assert not report["offered"] and "namespaces" in report["why"] and report["advice"]
    for sandbox, said in (("full", "could not be sealed"), ("partial", "['1']")):
        assert said in run_in(unshare, none, START_ONE.replace("()", f"(sandbox={sandbox!r})", 1))


def doctor(command: list[str]) -> list[dict]:
    script = [Path(sys.executable).parent / "kerasgrader", "doctor", "--json"]
    done = subprocess.run([*command, *script], capture_output=True, text=True)
    return json.loads(done.stdout)


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")  # its forks end at once
def test_a_layer_that_is_not_offered_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without Landlock the doctor says so, and why."""
    from kerasgrader.kernel import seal

    monkeypatch.setattr(seal, "allow_only", refuse)
    [report] = [report for report in sandbox_layers.attempt_all() if report.layer == "landlock"]
    assert not report.offered and report.why == "not here" and "lsm=landlock" in report.advice


def test_a_path_too_long_for_a_socket_is_refused(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says what to set."""
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(WarmParent, "_current", None)
    with pytest.raises(GraderFault, match="set TMPDIR"):
        start()
    WarmParent.end()
    assert not list(folder.iterdir())


@needs_the_seal
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """Where there is no room for a folder, the error names the folder and the reason."""
    full = f"mount -t tmpfs -o size=4k,nr_inodes=1 none {tmp_path} && exec"
    script = f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\n" + START_ONE
    said = run_in(["unshare", "--user", "--map-root-user", "--mount"], full, script)
    assert "No space left on device" in said and str(tmp_path) in said


@needs_the_seal
def test_a_home_that_cannot_be_written_does_not_matter(tmp_path: Path) -> None:
    """Neither the warm process nor a kernel needs it."""
    read_only = f"mount -t tmpfs -o ro none {tmp_path} && HOME={tmp_path} exec"
    unshare = ["unshare", "--user", "--map-root-user", "--mount"]
    assert "['1']" in run_in(unshare, read_only, START_ONE)


def run_in(command: list[str], shell: str, script: str) -> str:
    """What a Python script prints that is run by `command` through a line of shell."""
    line = [*command, "sh", "-c", f'{shell} "$@"', "sh", sys.executable, "-c", script]
    done = subprocess.run(line, capture_output=True, text=True)
    return done.stdout + done.stderr


def processes_with(name: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(name in part for part in process.info["cmdline"] or []):
            found.append(process)
    return found


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)
