"""Many students at nbgrader's exchange at once.

    python -m tests.support.exchange_crowd < steps.json   # as root

Each step is nbgrader's own fetching or submitting in a process that has become the student for good. All
are forked from this one, so that nbgrader is imported once and not fifty times. Prints, as JSON, what
became of each step.
"""

from __future__ import annotations

import io
import json
import logging
import os
import pwd
import sys
import time
from collections.abc import Iterable
from contextlib import redirect_stderr

from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeFetchAssignment, ExchangeSubmit
from traitlets.config import Config

AT_A_TIME = 8
DOES = {"fetch": ExchangeFetchAssignment, "submit": ExchangeSubmit}


def do_all(steps: Iterable[dict]) -> list[dict]:
    """Do the steps, so many at a time: each in a fork that becomes the student."""
    waiting, running, done = list(steps)[::-1], {}, []
    while waiting or running:
        if waiting and len(running) < AT_A_TIME:
            step = waiting.pop()
            reading, writing = os.pipe()
            step["started"] = time.time()
            child = os.fork()
            if child == 0:
                os.write(writing, _as_student(step).encode()[-4000:])
                os._exit(0)
            os.close(writing)
            running[child] = (step, reading)
        else:
            child, _ = os.wait()
            step, reading = running.pop(child)
            with open(reading, "rb") as pipe:
                done.append({**step, "error": pipe.read().decode(), "ended": time.time()})
    return done


def _as_student(step: dict) -> str:
    try:
        account = pwd.getpwnam(step["student"])
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        os.environ["HOME"] = account.pw_dir
        os.chdir(account.pw_dir)
        config = Config()
        config.CourseDirectory.course_id = step["course"]
        config.CourseDirectory.assignment_id = step["unit"]
        config.CourseDirectory.root = account.pw_dir
        config.Exchange.root = step["exchange"]
        with redirect_stderr(io.StringIO()):
            DOES[step["does"]](
                coursedir=CourseDirectory(config=config),
                authenticator=Authenticator(config=config),
                config=config,
            ).start()
    except BaseException as error:  # whatever it is, the parent must hear of it
        return f"{type(error).__name__}: {error}"
    return ""


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    json.dump(do_all(json.load(sys.stdin)), sys.stdout)
