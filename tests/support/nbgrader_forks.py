"""nbgrader's commands as typed by many accounts at once, without the seconds that nbgrader takes to start.

    python -m tests.support.nbgrader_forks   # as root

Takes lists of commands from standard input, a line of JSON for each, and answers with lists of results.
Each command is nbgrader's own program, in a process that has become the account for good. All processes are
forks of this one, so that nbgrader is imported once and not for every student.
"""

from __future__ import annotations

import json
import os
import pwd
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from typing import IO

from nbgrader.apps.nbgraderapp import NbGraderApp


def do_all(commands: Sequence[Mapping]) -> list[dict]:
    """Do these commands, all at the same time.

    A command has `account`, `words` (what is typed after nbgrader), `cwd` and `environment`; its result
    `status` and `output`.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = [open(f"{folder}/{number}", "w+") for number in range(len(commands))]
        children = [_begin(command, file) for command, file in zip(commands, files, strict=True)]
        return [_end(child, file) for child, file in zip(children, files, strict=True)]


def _begin(command: Mapping, output: IO[str]) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            _become(command["account"])
            os.environ.update(command["environment"])
            os.chdir(command["cwd"])
            NbGraderApp.launch_instance(command["words"])
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        except BaseException:  # whatever it is, the parent must hear of it
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    return child


def _become(name: str) -> None:
    account = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def _end(child: int, output: IO[str]) -> dict:
    _, status = os.waitpid(child, 0)
    with output:
        output.seek(0)
        return {"status": os.waitstatus_to_exitcode(status), "output": output.read()}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(do_all(json.loads(line))), flush=True)
