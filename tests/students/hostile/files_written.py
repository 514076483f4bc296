"""Writes files into its folder, into the folders above and into temporary ones."""

from pathlib import Path

here = Path.cwd()
for folder in (here, *here.parents, Path.home(), Path("/tmp"), Path("/dev/shm"), Path("/var/tmp")):
    for name in ("hostile-was-here.txt", "gradebook.db-hostile", "sitecustomize-hostile.py"):
        try:
            (folder / name).write_text("a student was here")
        except OSError:
            pass
