"""Reads private files by other routes than their names: /proc, links, descriptors, another program.

Afterwards: no private file is in anything that the notebook printed, whatever it was called.
"""

import json
import os
import re
import subprocess
from pathlib import Path

ME = "hostile-paths_in_disguise"
world = json.loads(Path("world.json").read_text())


def by_link(path):
    os.symlink(path, f"{ME}.link")
    return Path(f"{ME}.link").read_bytes()


def by_hard_link(path):
    os.link(path, f"{ME}.hard")
    return Path(f"{ME}.hard").read_bytes()


def by_descriptor(path):
    return Path(f"/proc/self/fd/{os.open(path, os.O_PATH)}").read_bytes()


def by_folder(path):
    folder = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY)
    return os.read(os.open(os.path.basename(path), os.O_RDONLY, dir_fd=folder), 2**20)


def by_program(path):
    return subprocess.run(["/bin/cat", path], capture_output=True, check=True).stdout


routes = {
    "/proc/self/root": lambda path: Path(f"/proc/self/root{path}").read_bytes(),
    "the parent's root": lambda path: Path(f"/proc/{os.getppid()}/root{path}").read_bytes(),
    "the victim's root": lambda path: Path(f"/proc/{world['victim']['pid']}/root{path}").read_bytes(),
    "steps upwards": lambda path: Path("../" * 40 + path.lstrip("/")).read_bytes(),
    "a symbolic link": by_link,
    "a hard link": by_hard_link,
    "a path descriptor": by_descriptor,
    "a folder's descriptor": by_folder,
    "another program": by_program,
}
for name, path in world["secrets"].items():
    for route, read in routes.items():
        try:
            text = read(path).decode("latin-1")
            for token in set(re.findall(world["token"], text)) or {text[:64]}:
                print(f"STOLEN {name} by {route}: {token}")
        except (OSError, subprocess.SubprocessError) as error:
            print(f"DENIED {name} by {route}: {error}")
        finally:
            for left in (f"{ME}.link", f"{ME}.hard"):
                if os.path.lexists(left):
                    os.unlink(left)
