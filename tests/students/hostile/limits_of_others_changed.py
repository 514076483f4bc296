"""Takes resources from another process: its limits, its priority, its processors, its safety.

Afterwards: limits, priority, processors and oom score of the victim are as they were.
"""

import json
import os
import resource
from pathlib import Path

ME = "hostile-limits_of_others_changed"
world = json.loads(Path("world.json").read_text())
pid = world["victim"]["pid"]


def fewer_files():
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft // 2, hard))


def lower_priority():
    os.setpriority(os.PRIO_PROCESS, pid, 19)


def one_processor():
    os.sched_setaffinity(pid, {min(os.sched_getaffinity(pid))})


def first_to_be_killed():
    Path(f"/proc/{pid}/oom_score_adj").write_text("1000")


for action in (fewer_files, lower_priority, one_processor, first_to_be_killed):
    try:
        action()
        print(f"DONE {action.__name__}")
    except OSError as error:
        print(f"DENIED {action.__name__}: {error}")
