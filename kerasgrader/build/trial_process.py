"""Runs an author's cells with one exercise's cell exchanged, many times, and writes down the evidence.

A process of its own, since it loads TensorFlow, which the grader never does:

    python -m kerasgrader.build.trial_process REQUEST RESULTS

REQUEST is JSON: ``given`` (code), ``cells`` (exercise: code, in order), ``exercise``, ``test`` (code),
``secret``, ``seconds`` (for each) and ``answers`` (cells to try, the solution first). RESULTS gets a
line of JSON for each answer: ``evidence``, a list, and ``effective``, whether the answer differs from
the solution at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from kerascheck.check import collecting
from kerasgrader.build.mistakes import EFFECTS


class _OutOfTime(BaseException):
    pass


def main(request_file: str, results_file: str) -> None:
    """Try every answer of a request."""
    request = json.loads(Path(request_file).read_text("utf-8"))
    signal.signal(signal.SIGALRM, _stop)
    with Path(results_file).open("w", encoding="utf-8") as results:
        for number, answer in enumerate(request["answers"]):
            effects: list[bool] = []
            tried = _tried(request, answer, effects, is_solution=number == 0)
            plain = [evidence.to_plain() for evidence in tried]
            effective = EFFECTS not in answer or any(effects)
            results.write(json.dumps({"evidence": plain, "effective": effective}) + "\n")
            results.flush()


def _tried(
    request: dict[str, Any], answer: str, effects: list[bool], is_solution: bool
) -> list[Any]:
    names: dict[str, Any] = {"__name__": "__main__", EFFECTS: effects}
    cells = {**request["cells"], request["exercise"]: answer}
    signal.alarm(request["seconds"])
    with collecting(request["secret"], whole=is_solution) as evidence:
        try:
            with Path(os.devnull).open("w") as nothing, contextlib.redirect_stdout(nothing):
                for source in (request["given"], *cells.values(), request["test"]):
                    exec(compile(source, "<cell>", "exec"), names)
        except (Exception, SystemExit, _OutOfTime):
            pass  # what was not reached has no evidence, which earns nothing
        finally:
            signal.alarm(0)
    return evidence


def _stop(number: int, frame: Any) -> None:
    raise _OutOfTime


if __name__ == "__main__":
    main(*sys.argv[1:])
