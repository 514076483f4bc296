"""Runs an author's cells with one exercise's cell exchanged, many times, and writes down the evidence.

A process of its own, since it loads TensorFlow, which the grader never does:

    python -m kerasgrader.build.trial_process REQUEST RESULTS

REQUEST is JSON: ``given`` (code), ``cells`` (exercise: code, in order), ``exercise``, ``test`` (code),
``secret``, ``seconds`` (of processor time, for each cell and each probe), ``patience`` (such seconds on
the wall) and ``answers`` (cells to try, the solution first). RESULTS gets a line of JSON for each answer:
``evidence``, a list, up to the first probe in which it is wrong; ``effective``, whether the answer differs
from the solution at all; and ``stopped``, which limit it ran into: ``processor``, ``wall``, or nothing.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kerascheck.check import collecting
from kerascheck.evidence.evidence import Evidence
from kerascheck.judge.judge import judge
from kerasgrader.build.mistakes import EFFECTS

AGAIN = 1.0  # seconds after which an answer that catches everything is stopped again


class _OutOfTime(BaseException):
    """An answer ran into a limit, which is the argument."""


def main(request_file: str, results_file: str) -> None:
    """Try every answer of a request."""
    request = json.loads(Path(request_file).read_text("utf-8"))
    # Imports take their time, which is nobody's.
    exec(compile(request["given"], "<given>", "exec"), {"__name__": "__main__"})
    reference: list[Evidence] = []
    with Path(results_file).open("w", encoding="utf-8") as results:
        for answer in request["answers"]:
            effects: list[bool] = []
            tried, stopped = _tried(request, answer, effects, reference)
            reference = reference or tried
            found = {
                "evidence": [evidence.to_plain() for evidence in tried],
                "effective": EFFECTS not in answer or any(effects),
                "stopped": stopped,
            }
            results.write(json.dumps(found) + "\n")
            results.flush()


def _tried(
    request: dict[str, Any], answer: str, effects: list[bool], reference: list[Evidence]
) -> tuple[list[Evidence], str]:
    """What an answer gives, up to the first probe in which it is wrong. reference: what the solution gave;
    nothing if this is the solution."""
    stopped = ""
    names: dict[str, Any] = {"__name__": "__main__", EFFECTS: effects}
    cells = {**request["cells"], request["exercise"]: answer}
    probes = [ast.Module([statement], []) for statement in ast.parse(request["test"]).body]
    with collecting(request["secret"], whole=not reference) as evidence:
        try:
            with Path(os.devnull).open("w") as nothing, contextlib.redirect_stdout(nothing):
                for part in (request["given"], *cells.values(), *probes):
                    with _limits(request["seconds"], request["patience"]):
                        exec(compile(part, "<cell>", "exec"), names)
                    if reference and _is_wrong(reference, evidence):
                        break
        except _OutOfTime as limit:
            stopped = str(limit)
        except (Exception, SystemExit):
            pass  # what was not reached has no evidence, which earns nothing
    return evidence, stopped


def _is_wrong(reference: list[Evidence], evidence: list[Evidence]) -> bool:
    """Whether the latest probe loses marks: then no other changes the verdict, nor its first finding."""
    pairs = [
        (item, evidence[-1]) for item in reference if evidence and item.call == evidence[-1].call
    ]
    return bool(pairs) and not judge("exercise", 100, pairs).passed


@contextlib.contextmanager
def _limits(seconds: float, patience: float) -> Iterator[None]:
    """Raise _OutOfTime after so many seconds of processor time, or on the wall."""
    signal.signal(signal.SIGPROF, _stop)
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
    signal.setitimer(signal.ITIMER_REAL, patience, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _stop(number: int, frame: Any) -> None:
    raise _OutOfTime("processor" if number == signal.SIGPROF else "wall")


if __name__ == "__main__":
    main(*sys.argv[1:])
