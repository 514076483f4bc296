"""Throw rubbish at everything that reads what students submit: no crash, no hang, no memory over 1 GB.

Random bytes, damaged and retyped notebooks, bombs of depth and size, code that parsers choke on, damaged
archives and e-mails. Seeded: a finding names its seed, and `--seed N --cases 1` repeats it.

    python -m benchmarks.fuzz_intake --minutes 10
"""

from __future__ import annotations

import argparse
import io
import json
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from random import Random
from typing import Any

import nbformat

from benchmarks.metering import most_memory
from kerasgrader.course.times import time_of
from kerasgrader.errors import SubmissionError, one_line
from kerasgrader.intake.clues import clue_of
from kerasgrader.intake.companions import gradescope_list, stated_in, stated_time
from kerasgrader.intake.platforms import SCHEMES, Place
from kerasgrader.intake.roster import Roster, person_of, safe_id
from kerasgrader.intake.unpacking import Opened, Opening
from kerasgrader.repair.reading import read_submission
from kerasgrader.repair.restoration import restore
from kerasgrader.repair.salvage import notebook_of
from tests.students import damage

ROOT = Path(__file__).parent.parent
UNIT = "unit1-residual-networks"
SLOWEST = 20  # seconds of processor time for one case
MOST_MEMORY = 2**30
RELEASE = json.loads((ROOT / "release" / UNIT / "residual_networks.ipynb").read_text("utf-8"))
SOURCE = nbformat.read(ROOT / "source" / UNIT / "residual_networks.ipynb", as_version=4)
KINDS: dict[str, Callable[[Random], bytes]] = {}
ODD_NAMES = (
    "?_attempt_9999-99-99-99-99-99_?",
    "?_attempt_2024-03-05-10-30-00?",
    "1-2 - ? - ? 99, 9999 9999 PM - ?",
    "1-2 - ?",
    "?_?_?_12",
    "?, ?(?); ?, ?(?)",
    "?,(" + "x" * 500,
    "?_12_34_?-999.ipynb",
    "?_12_assignsubmission_file_?",
    "?+?+9999-99-99 99:99:99 UTC+?",
    "? - ?.ipynb",
)
ODD_CODE = (
    "-" * 100_000 + "1",
    "not " * 50_000 + "x",
    "1" + "+1" * 60_000,
    "(" * 90_000,
    "lambda:" * 20_000 + "1",
    "a" + ".b" * 80_000,
    "a" + "[0]" * 50_000,
    "1 if 1 else " * 15_000 + "1",
    "f'{" * 900,
    "def identity_block(X):\n" + "".join(" " * i + "if 1:\n" for i in range(1, 90)),
    "x = '" + "\\N{DIGIT ONE}" * 9000 + "'",
    "\0\0\0def identity_block(): pass",
    "def identity_block(X):\n    return 1\n" * 4000,
    "1" * 100_000,
    "x = 0x" + "f" * 100_000,
    "@a\n" * 30_000 + "def identity_block(): pass",
    "%%time\n" * 10_000,
    "# \ud800 \udfff",
    '"""' * 30_001,
    "\\\n" * 90_000,
    "if 1: pass\n" + "elif 1: pass\n" * 15_000,
    "x\n" * 24_000,
    "x\n\n" * 16_000 + "(",
    "def identity_block(): pass\ny\n" * 1700,
)


def kind(make: Callable[[Random], bytes]) -> Callable[[Random], bytes]:
    """A kind of rubbish."""
    KINDS[make.__name__] = make
    return make


@kind
def random_bytes(random: Random) -> bytes:
    start = random.choice([b"", b"{", b"PK\x03\x04", b'{"cells": [', b"\xff\xfe", b"%PDF"])
    return start + random.randbytes(random.randrange(20_000))


@kind
def truncated(random: Random) -> bytes:
    text = json.dumps(RELEASE).encode()
    return text[: random.randrange(len(text))]


@kind
def bytes_changed(random: Random) -> bytes:
    text = bytearray(json.dumps(RELEASE).encode())
    for _ in range(random.choice([1, 5, 100])):
        at = random.randrange(len(text))
        text[at : at + random.randrange(4)] = random.randbytes(random.randrange(4))
    return bytes(text)


@kind
def types_swapped(random: Random) -> bytes:
    notebook = json.loads(json.dumps(RELEASE))
    for _ in range(random.choice([1, 3, 20])):
        _swap(notebook, random)
    return json.dumps(notebook).encode("utf-8", "surrogatepass")


@kind
def damaged(random: Random) -> bytes:
    return damage.damaged(RELEASE, random.sample(damage.kinds(), 4), random)[0]


@kind
def nested_without_end(random: Random) -> bytes:
    depth = random.choice([900, 5000, 1_000_000])
    opening, inside, closing = random.choice(
        [(b"[", b"", b"]"), (b'{"a":', b"1", b"}"), (b'{"cells":[', b"", b"]}")]
    )
    text = opening * depth + inside + closing * depth
    return b'{"cells": [' + text + b"]}" if random.random() < 0.5 else text


@kind
def code_that_parsers_choke_on(random: Random) -> bytes:
    cells = [
        {
            "cell_type": random.choice(["code", "code", "markdown", "raw"]),
            "source": random.choice(ODD_CODE),
            "metadata": {"nbgrader": {"grade_id": "identity_block"}} if i % 2 else {},
        }
        for i in range(3)
    ]
    notebook = {"cells": [*RELEASE["cells"][:20], *cells]}
    return json.dumps(notebook).encode()


@kind
def very_many_values(random: Random) -> bytes:
    """Just within the limits, which is where memory is needed most."""
    unit = random.choice(
        [b"[],", b"{},", b"1.5,", b'"ab",', b'{"k":"v"},', b"1e400,", b'{"\\u0101":[]},']
    )
    count = 1_450_000 // (unit.count(b"[") + unit.count(b"{") + unit.count(b","))
    return b'{"metadata": [' + unit * count + b'0], "cells": []}'


@kind
def very_many_cells(random: Random) -> bytes:
    cell = random.choice(
        [{}, {"cell_type": "code", "source": "identity_block = 1"}, {"source": ["a"] * 9}]
    )
    return json.dumps({"cells": [cell] * random.choice([4999, 5001, 60_000])}).encode()


@kind
def much_code(random: Random) -> bytes:
    """Just within the limits, no two cells alike."""
    line = random.choice(["y{} = [1, 2, 3]", "def f{}(): return {{'a': 1}}", "x({}"])
    size = random.choice([49_000, 60_000, 400_000])
    text = "\n".join(line.format(number) for number in range(size // 8))[:size].rpartition("\n")[0]
    count = 950_000 // size
    cells = [{"cell_type": "code", "source": f"# {i}\n{text}"} for i in range(count)]
    return json.dumps({"cells": cells}).encode()


@kind
def very_long_texts(random: Random) -> bytes:
    size = random.choice([10**6, 60 * 10**6, 70 * 10**6])
    letter = random.choice([b"x", b"\\n", b"def a():\\n  pass\\n", "😀".encode()])
    text = letter * (size // len(letter))
    return b'{"cells": [{"cell_type": "code", "source": "' + text + b'"}]}'


@kind
def archive(random: Random) -> bytes:
    """A zip that was damaged, of rubbish."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(
        buffer, "w", random.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    ) as made:
        for _ in range(random.randrange(6)):
            inner = random.choice([random_bytes, truncated, bytes_changed, email_message])
            if random.random() < 0.2:
                inner = archive
            name = _name(random)
            made.writestr(name, inner(random))
        if random.random() < 0.1:
            made.writestr("bomb.ipynb", bytes(100 * 2**20))
    data = bytearray(buffer.getvalue())
    for _ in range(random.choice([0, 1, 10])):
        at = random.randrange(len(data))
        data[at] = random.randrange(256)
    if random.random() < 0.2:
        del data[random.randrange(len(data)) :]
    return bytes(data) or b"PK"


@kind
def email_message(random: Random) -> bytes:
    parts = [
        b"From: a@b.c\nDate: " + random.choice([b"Tue, 5 Mar 2024 10:30:00 +0000", b"\xff", b""])
    ]
    for _ in range(random.choice([1, 3, 300])):
        parts.append(b'Content-Type: multipart/mixed; boundary="x"\n\n--x')
    parts.append(
        b'Content-Disposition: attachment; filename="a.ipynb"\n\n' + random_bytes(random)[:500]
    )
    text = bytearray(b"\n".join(parts))
    for _ in range(random.choice([0, 5])):
        text[random.randrange(len(text))] = random.randrange(256)
    return bytes(text)


def check(data: bytes, random: Random, folder: Path) -> str:
    """Read some bytes in every way in which submissions are read; what came of it."""
    _texts(random)
    suffix = random.choice([".ipynb", ".zip", ".eml", "", ".txt"])
    path = folder / f"file{suffix}"
    path.write_bytes(data)
    opening = Opening(most_bytes=500 * 2**20)
    try:
        for found in opening.open([path]):
            stated = gradescope_list(found) if random.random() < 0.1 else stated_in(found)
            clue_of(found, [UNIT], stated)
            assert found.where.isprintable()
    except SubmissionError as error:
        assert one_line(error)
    try:
        notebook, _ = notebook_of(data, "it")
    except SubmissionError as error:
        assert str(error).count("\n") == 0
        return "refused"
    restored, notes = restore(notebook, SOURCE)
    nbformat.validate(restored)
    nbformat.writes(restored).encode("utf-8")
    tests = [c for c in restored.cells if c.metadata.get("nbgrader", {}).get("grade")]
    assert len(tests) == 3
    return "taken"


def huge_file(folder: Path) -> None:
    """A file of 200 MB, and an archive of one: neither is read."""
    path = folder / "huge.ipynb"
    with path.open("wb") as file:
        file.truncate(200 * 2**20)
    try:
        read_submission(path)
    except SubmissionError:
        pass
    with zipfile.ZipFile(folder / "huge.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "huge.ipynb")
    assert all(found.problem for found in Opening().open([folder / "huge.zip", path]))
    path.unlink()
    (folder / "huge.zip").unlink()


def run(seeds: Iterator[int], until: float) -> list[str]:
    """Check cases until then; the findings."""
    findings = []
    counted: Counter[str] = Counter()
    slowest = (0.0, 0)
    with tempfile.TemporaryDirectory() as name:
        huge_file(Path(name))
        for seed in seeds:
            random = Random(seed)
            made = random.choice(sorted(KINDS))
            started = time.process_time()
            try:
                data = KINDS[made](random)
                started = time.process_time()
                with _limit(SLOWEST):
                    outcome = check(data, random, Path(name))
            except Exception:
                outcome = "FOUND"
                findings.append(f"seed {seed} ({made}):\n{traceback.format_exc()[-1500:]}")
            counted[f"{made}: {outcome}"] += 1
            slowest = max(slowest, (time.process_time() - started, seed))
            memory = most_memory()
            if memory > MOST_MEMORY:
                findings.append(f"seed {seed} ({made}): {memory / 2**20:.0f} MB of memory")
                break
            if time.monotonic() > until:
                break
    for what, count in sorted(counted.items()):
        print(f"{count:7}  {what}")
    memory = most_memory() / 2**20
    print(
        f"{sum(counted.values())} cases, {memory:.0f} MB at most, "
        f"slowest {slowest[0]:.1f} s (seed {slowest[1]})"
    )
    return findings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--cases", type=int, default=10**9)
    options = parser.parse_args()
    seeds = iter(range(options.seed, options.seed + options.cases))
    findings = run(seeds, time.monotonic() + options.minutes * 60)
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)


@contextmanager
def _limit(seconds: int) -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError(f"it took more than {seconds} seconds")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _texts(random: Random) -> None:
    """Times, ids and names, of any letters."""
    text = "".join(
        chr(random.choice([random.randrange(128), random.randrange(0x10FFFF)])) for _ in range(30)
    )
    time_of(random.choice(["", "9999-99-99", "1e9", "2024-03-05 10:30 " + text, text]))
    stated_time(random.choice(["2" * 17, "9" * 17, text]))
    made = safe_id(text)
    assert made and not set(made) & set("/\\*?[]\0\n+"), repr(text)
    clue = clue_of(Opened((text[:9], text, "a.ipynb")), [UNIT], {})
    Roster([person_of("a", [text], text, "b"), person_of("b", [], whole=text)]).student(clue)
    segment = random.choice(ODD_NAMES).replace(
        "?", random.choice([text, "9" * 50, "_" * 200, "- " * 100])
    )
    for scheme in SCHEMES:
        scheme(Place(segment, ("99999999999999_x.ipynb",), 1, UTC))


def _name(random: Random) -> str:
    return random.choice(
        [
            "a.ipynb",
            "../a.ipynb",
            "a" * 60_000 + ".ipynb",
            " ",
            "/",
            "x\\y.ipynb",
            "a.zip",
            "b.eml",
            "\x07.ipynb",
        ]
    )


def _swap(value: Any, random: Random) -> None:
    """Put something else in some place of a document."""
    others = [None, True, -1, 1e300, "", "x", [], {}, [[]], {"a": {}}, "\ud800", 10**50]
    while isinstance(value, dict | list) and value:
        key = (
            random.choice(sorted(value, key=str))
            if isinstance(value, dict)
            else random.randrange(len(value))
        )
        inner = value[key]
        if not isinstance(inner, dict | list) or not inner or random.random() < 0.2:
            value[key] = random.choice(others)
            return
        value = inner


if __name__ == "__main__":
    main()
