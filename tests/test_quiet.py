"""TensorFlow's start-up notes go nowhere, and nothing else does."""

from __future__ import annotations

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
