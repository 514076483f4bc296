"""TensorFlow's start-up notes go nowhere, and nothing else does."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kerascheck import quiet

NOTES = """\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1796097548.455535   20827 port.cc:153] oneDNN custom operations are on. You may see
E0000 00:00:1700000000.000001 7 cuda_dnn.cc:8579] Unable to register cuDNN factory
W0000 00:00:1700000000.000001      7 gpu_device.cc:2433] Cannot dlopen some GPU libraries.
2026-01-01 00:00:00.123456: I tensorflow/core/platform/cpu_feature_guard.cc:210] This binary is
To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow.
"""
OTHERS = """\
F0000 00:00:1700000000.000001      7 device.cc:1] Check failed
Could not load dynamic library
"""


def write(text: str) -> None:
    os.write(2, text.encode())


def test_notes_are_hidden_and_the_rest_is_shown(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fatal line, and one without the form of a log, go to stderr; the notes are kept in NOTES."""
    monkeypatch.setenv(quiet.LEVEL, "3")
    monkeypatch.setattr(quiet, "NOTES", [])
    with quiet.notes_hidden():
        write(NOTES + OTHERS)
    assert capfd.readouterr().err == OTHERS
    assert "".join(quiet.NOTES) == NOTES
    write("afterwards")
    assert capfd.readouterr().err == "afterwards"


def test_an_error_shows_everything(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reason may stand among the notes."""
    monkeypatch.setenv(quiet.LEVEL, "3")
    with pytest.raises(ZeroDivisionError), quiet.notes_hidden():
        write(NOTES + OTHERS)
        _ = 1 / 0
    assert capfd.readouterr().err == NOTES + OTHERS


def test_who_asks_for_the_notes_gets_them(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """TF_CPP_MIN_LOG_LEVEL=0, as TensorFlow itself reads it."""
    monkeypatch.setenv(quiet.LEVEL, "0")
    with quiet.notes_hidden():
        write(NOTES)
    assert capfd.readouterr().err == NOTES


def test_a_warning_of_tracing_is_hidden_and_others_are_shown(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TensorFlow gives it for the fifth model of a notebook; who asks for everything gets it, too."""
    quiet.begin()
    logger = logging.getLogger("tensorflow")
    traced = (
        "5 out of the last 17 calls to %s triggered tf.function retracing. Tracing is expensive"
    )
    monkeypatch.setenv(quiet.LEVEL, "3")
    logger.warning(traced, "predict")
    logger.warning("gradients do not exist")
    monkeypatch.setenv(quiet.LEVEL, "0")
    logger.warning(traced, "fit")
    assert [record.args for record in caplog.records] == [(), ("fit",)]


def test_a_process_without_descriptor_2_imports_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There is nothing to hide then."""

    def closed(descriptor: int) -> int:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(os, "dup", closed)
    ran = False
    with quiet.notes_hidden():
        ran = True
    assert ran


def test_an_import_that_fails_shows_why_each_time(tmp_path: Path) -> None:
    """What a broken TensorFlow writes is shown, its error is raised; once it is mended, it is quiet."""
    (tmp_path / "tensorflow.py").write_text(
        "import os\n"
        "os.write(2, b'I0000 00:00:1.5 7 a.cc:1] a note\\n')\n"
        "if os.environ.get('BROKEN'): raise ImportError('libcudnn is not there')\n"
    )
    script = (
        "import os, sys, kerascheck\n"
        "os.environ['BROKEN'] = 'yes'\n"
        "for attempt in range(2):\n"
        "    try:\n"
        "        import tensorflow\n"
        "    except ImportError as error:\n"
        "        print(error)\n"
        "del os.environ['BROKEN']\n"
        "import tensorflow\n"
        "os.write(2, b'afterwards')\n"
    )
    environment = {name: os.environ[name] for name in os.environ if name != quiet.LEVEL}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "libcudnn is not there\n" * 2
    assert done.stderr == "I0000 00:00:1.5 7 a.cc:1] a note\n" * 2 + "afterwards"


ENDS = {
    "abort": "os.abort()",
    "an instruction that the processor lacks": "os.kill(os.getpid(), signal.SIGILL)",
    "exit": "os._exit(3)",
    "the kernel of the system": "os.kill(os.getpid(), signal.SIGKILL)",
}
LAST = (
    "F0000 00:00:1.5 7 cpu_feature_guard.cc:38] TensorFlow was compiled to use AVX instructions\n"
)


def _run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: os.environ[name] for name in os.environ if name != quiet.LEVEL}
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("end", ENDS)
def test_the_last_message_of_an_import_that_ends_the_process_is_shown(
    end: str, tmp_path: Path
) -> None:
    """However it ends: what TensorFlow wrote last is on stderr, each line once."""
    (tmp_path / "tensorflow.py").write_text(
        f"import os, signal\nos.write(2, {LAST!r}.encode())\n{ENDS[end]}\n"
    )
    done = _run("import kerascheck, tensorflow; print('never')", tmp_path)
    assert (done.returncode != 0, done.stdout, done.stderr) == (True, "", LAST)


def test_in_a_kernel_the_last_message_is_where_jupyter_was_started(tmp_path: Path) -> None:
    """Nobody reads a dead kernel's own stream."""
    (tmp_path / "tensorflow.py").write_text(
        f"import os\nos.write(2, {LAST!r}.encode())\nos.abort()"
    )
    script = (
        "import os, sys, kerascheck\n"
        "class Stream:\n"  # as ipykernel has it: descriptor 2 is a pipe that it reads itself
        "    copy = os.dup(2)\n"
        "    def fileno(self): return self.copy\n"
        "    write = flush = staticmethod(lambda *_: None)\n"
        "sys.stderr = Stream()\n"
        "os.dup2(os.pipe()[1], 2)\n"
        "import tensorflow\n"
    )
    done = _run(script, tmp_path)
    assert done.returncode != 0 and done.stderr == LAST


def test_no_guard_stays_behind(tmp_path: Path) -> None:
    """After a quiet import no other process of it is left, and where none can start it is quiet, too."""
    (tmp_path / "tensorflow.py").write_text(
        "import os\nos.write(2, b'I0000 00:00:1.5 7 a.cc:1] a')\n"
    )
    ends = "\ntry:\n    os.waitpid(-1, 0)\nexcept ChildProcessError:\n    print('none')"
    for executable in ("sys.executable", "'/none'"):
        script = (
            f"import os, sys, kerascheck; sys.executable = {executable}; import tensorflow{ends}"
        )
        done = _run(script, tmp_path)
        assert (done.stdout, done.stderr) == ("none\n", "")


def test_a_gpu_is_shared_unless_somebody_has_decided(tmp_path: Path) -> None:
    """Memory grows as it is needed, with TensorFlow and with jax; a choice in the environment stays."""
    names = ("TF_FORCE_GPU_ALLOW_GROWTH", "XLA_PYTHON_CLIENT_PREALLOCATE")
    script = f"import os, kerascheck; print([os.environ[name] for name in {names}])"
    environment = {name: os.environ[name] for name in os.environ if name not in names}
    chosen = dict.fromkeys(names, "mine")
    for given, expected in ((environment, "['true', 'false']"), (chosen, "['mine', 'mine']")):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**environment, **given},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected
