"""`python -m hub.looking CLASS_FOLDER HOME...`, run as a student: what must not be readable is not.

Prints what is wrong, and ends with a non-zero status if anything is.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from hub.preparing import OPEN, ROOT


def wrongs(class_folder: Path, homes: list[Path]) -> list[str]:
    """What this account can do and should not, or cannot and should."""
    closed = [
        *(path for path in ROOT.iterdir() if path.name not in OPEN),
        class_folder / "course",
        class_folder / "hub",
        class_folder / "account",
        *homes,
    ]
    found = [f"{path} can be read" for path in closed if os.access(path, os.R_OK | os.X_OK)]
    found += [f"{path} can be written" for path in (ROOT, *ROOT.iterdir()) if _writable(path)]
    if find_spec("resnet_course") is None:
        found.append("resnet_course cannot be imported")
    return found


def _writable(path: Path) -> bool:
    return not path.is_symlink() and os.access(path, os.W_OK)


if __name__ == "__main__":
    said = wrongs(Path(sys.argv[1]), [Path(home) for home in sys.argv[2:]])
    print("\n".join(said))
    sys.exit(bool(said))
