"""`python -m resnet_course SETTINGS.toml`: from a folder of images to a trained network and a report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from resnet_course.training.pipeline import USAGE, PipelineError, Settings, run
from resnet_course.training.run import RunError


def main(arguments: Sequence[str]) -> int:
    """Run the pipeline; the exit status is 1 if something has to be mended first."""
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if arguments and arguments[0] in ("-h", "--help") else 2
    try:
        for path in run(Settings.of_file(Path(arguments[0]))):
            print(f"wrote {path}")
    except (PipelineError, RunError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
