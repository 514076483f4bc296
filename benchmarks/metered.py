"""A command of this environment, run in this process from its first import on, and what it spent.

    python -m benchmarks.metered OUT.json resnet-grader grade unit1-resnet50

Writes wall and processor seconds (of the command and all that it starts) and the most memory, in bytes,
that the process of the command has had. Its exit status is not looked at: some students have no marks.
"""

from __future__ import annotations

from benchmarks.metering import Meter, most_memory

METER = Meter()  # before anything else is imported, so that imports are counted

import json  # noqa: E402
import runpy  # noqa: E402
import sys  # noqa: E402
from contextlib import suppress  # noqa: E402
from pathlib import Path  # noqa: E402


def main() -> None:
    """Be the command, then write what it took."""
    out, command, *arguments = sys.argv[1:]
    script = Path(sys.executable).with_name(command)
    sys.argv = [str(script), *arguments]
    with suppress(SystemExit):
        runpy.run_path(str(script), run_name="__main__")
    spent = METER.spent()
    text = json.dumps({"wall": spent.wall, "cpu": spent.cpu, "memory": most_memory()})
    Path(out).write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
