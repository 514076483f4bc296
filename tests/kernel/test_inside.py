"""What a grading kernel has in the place of what notebooks use elsewhere, and how it cuts what it sends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kerasgrader.kernel.inside.outgoing import CUT, LONGEST, SHORT, shortened
from kerasgrader.kernel.inside.stand_ins import NOTHING
from tests.support.kernels import Kernel


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    made = Kernel()
    yield made
    made.end()


def test_texts_are_cut_and_what_is_short_stays() -> None:
    """The name of an error is there, however long its message; nothing is nested without end."""
    error = {"traceback": ["t" * 900, "u" * 900], "ename": "ValueError", "evalue": "v" * 900}
    cut, room = shortened(error, 1000)
    assert cut == {
        "traceback": ["t" * 900, "u" * 100 + CUT],
        "ename": "ValueError",
        "evalue": CUT,
    }
    assert room < 0
    assert shortened("s" * SHORT, 0)[0] == "s" * SHORT
    assert shortened({"a": 1, "b": [None, 2.5]}, 10) == ({"a": 1, "b": [None, 2.5]}, 10)


@pytest.mark.slow
@pytest.mark.parametrize(
    "flood",
    [
        "print('x' * 42_000_000)",
        "import sys; print('x' * 20_000_000, file=sys.stderr)",
        "raise ValueError('m' * 17_000_000)",
        "for _ in range(30_000): print('y' * 1000)",
        "'z' * 20_000_000",
        "import os; os.system('head -c 30000000 /dev/zero | tr \"\\\\0\" a')",
    ],
)
def test_no_output_is_too_long(flood: str, kernel: Kernel) -> None:
    """In one piece, in many, by an error, by a value, by another program: the kernel answers as ever."""
    said = kernel.run(flood)
    assert 0 < len(said) <= LONGEST + 10_000
    assert kernel.run("6 * 7") == "42"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("!pip install scipy", "!pip install scipy"),
        ("!ls -la && rm -rf *", "!ls -la && rm -rf *"),
        ("files = !ls", "!ls"),
        ("%pip install scipy", "%pip install scipy"),
        ("%conda install x", "%conda install x"),
        ("%tensorflow_version 2.x", "%tensorflow_version 2.x"),
        ("%load_ext tensorboard.of.no.version", "%load_ext tensorboard.of.no.version"),
        ("get_ipython().system('ls')", "!ls"),
        ("import nobody_has_it as n, math", "import nobody_has_it as n, math"),
        ("from nobody_has_it.x import y as z", "from nobody_has_it.x import y as z"),
        ("from nobody_has_it import *", "from nobody_has_it import *"),
        ("exit()", "exit()"),
        ("quit()", "exit()"),
        ("get_ipython().kernel.do_shutdown(True)", "a shutdown of the kernel"),
        ("from google.colab import drive; drive.mount('/d')", "google.colab.drive.mount"),
        ("import google.colab.files as f; f.upload()", "google.colab.files.upload"),
        (
            "from google.colab.patches import cv2_imshow; cv2_imshow(1)",
            "google.colab.patches.cv2_imshow",
        ),
    ],
)
def test_it_does_nothing_and_says_so_and_the_cell_goes_on(
    line: str, named: str, kernel: Kernel
) -> None:
    """The rest of the cell is run, and the kernel is there for the next."""
    said = kernel.run(f"{line}\nrest = {len(line)}\nprint('the rest')")
    assert f"{named} {NOTHING}\n" in said and "the rest\n" in said
    assert kernel.run("rest") == str(len(line))


@pytest.mark.slow
@pytest.mark.parametrize(
    "use",
    [
        "import nobody_has_it as n\nn.start()",
        "import nobody_has_it.x\nnobody_has_it.x",
        "from nobody_has_it import f\nf(1)",
        "from nobody_has_it import Base\nclass Own(Base): pass",
        "if True:\n    import nobody_has_it",
    ],
)
def test_who_uses_a_missing_package_is_told_that_it_is_missing(use: str, kernel: Kernel) -> None:
    """By the error that the import itself would have raised."""
    assert kernel.run(use).endswith("No module named 'nobody_has_it'")


@pytest.mark.slow
def test_an_import_with_another_way_takes_it(kernel: Kernel) -> None:
    """Nothing is put in the place of what its author expects to fail."""
    code = "try:\n    import nobody_has_it\nexcept ImportError:\n    nobody_has_it = 5\n"
    assert kernel.run(f"{code}print(nobody_has_it)") == "5\n"


@pytest.mark.slow
@pytest.mark.parametrize("magic", ["%%bigquery df", "%%unknown"])
def test_the_body_of_an_unknown_magic_is_run(magic: str, kernel: Kernel) -> None:
    """It may hold the answer."""
    said = kernel.run(f"{magic}\nx = {len(magic)}\nprint(x)")
    assert f"{magic.strip()} " in said and f"{len(magic)}\n" in said


@pytest.mark.slow
@pytest.mark.parametrize("magic", ["%%bash", "%%sh", "%%script python3"])
def test_a_cell_for_a_shell_is_not_run(magic: str, kernel: Kernel) -> None:
    """There is no shell."""
    assert kernel.run(f"{magic}\nexit 3") == f"{magic} {NOTHING}\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("known", "shows"),
    [
        ("%matplotlib inline\n1", "1"),
        ("%time 2", "2"),
        ("%%capture out\nprint(3)", ""),
        ("%who int", ""),
    ],
)
def test_ipythons_own_magics_work(known: str, shows: str, kernel: Kernel) -> None:
    """As everywhere."""
    said = kernel.run(known)
    assert NOTHING not in said and said.endswith(shows)
