"""A command of this environment, run in this process from its first import on, and what it spent.

    python -m benchmarks.metered OUT.json kerasgrader grade unit1-resnet50

Writes wall and processor seconds (of the command and all that it starts), the most memory, in bytes, that
the process of the command has had, and its exit status.
"""

from __future__ import annotations

from benchmarks.metering import Meter, most_memory

METER = Meter()  # before anything else is imported, so that imports are counted

import json  # noqa: E402
import runpy  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402


def main() -> None:
    """Be the command, then write what it took."""
    out, command, *arguments = sys.argv[1:]
    script = Path(sys.executable).with_name(command)
    sys.argv = [str(script), *arguments]
    status: object = 0
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as ended:
        status = ended.code or 0
    spent = METER.spent()
    found = {"wall": spent.wall, "cpu": spent.cpu, "memory": most_memory(), "status": status}
    Path(out).write_text(json.dumps(found) + "\n", "utf-8")


if __name__ == "__main__":
    main()
