"""Writes files into its folder, into the folders above, into temporary ones and into those of others.

Afterwards: nothing that it wrote is anywhere.
"""

import json
from pathlib import Path

ME = "hostile-files_written"
world = json.loads(Path("world.json").read_text()) if Path("world.json").exists() else {}
here = Path.cwd()
folders = [here, *here.parents, Path.home(), Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"), Path("/run")]
folders += [Path(world["folders"][name]) for name in ("outside", "home", "writable", "course") if world]
for folder in folders:
    for name in (f"{ME}.txt", f"gradebook.db-{ME}", f"sitecustomize-{ME}.py"):
        try:
            (folder / name).write_text("a student was here")
            print(f"DONE wrote into {folder}")
        except OSError as error:
            print(f"DENIED {folder}: {error}")
