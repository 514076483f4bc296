"""Looks for the solutions, the gradebook and the work of others, and prints what it finds.

Afterwards: nothing of the course, of others or of the account is in what the notebook printed.
"""

from pathlib import Path

here = Path.cwd()
for folder in (here, *list(here.parents)[:4], Path.home()):
    for pattern in ("source/*/*.ipynb", "submitted/*/*/*.ipynb", "gradebook.db", "lessons/*.py", "*"):
        try:
            for path in sorted(folder.glob(pattern))[:20]:
                print(path, path.read_bytes()[:200] if path.is_file() else "")
        except OSError:
            pass
