"""Leaves symbolic and hard links for the grader to follow, in its folder and wherever it can write.

Afterwards: what they point to is neither in anything that was written nor changed nor removed.
"""

import json
import os
from pathlib import Path

ME = "hostile-links_left"
world = json.loads(Path("world.json").read_text())
folders = world["folders"]
targets = {
    "private": world["secrets"]["account"],
    "canaries": folders["writable"],
    "canary": str(Path(folders["writable"], "kept.txt")),
    "others": world["others"]["submission"],
    "root": "/",
    "loop": "loop",
    "nothing": "/no/such/file",
}
names = ["residual_networks.ipynb", "world.png", "figures", "core", ".ipynb_checkpoints", "tmp"]
places = [os.getcwd(), folders["writable"], folders["course"], *world["others"].values(), "/tmp", "/dev/shm"]
for place in places:
    for what, target in targets.items():
        for kind, link in (("symbolic", os.symlink), ("hard", os.link)):
            try:
                link(target, Path(place, f"{ME}.{kind}-{what}"))
                print(f"DONE a {kind} link to {what} in {place}")
            except OSError as error:
                print(f"DENIED a {kind} link to {what} in {place}: {error}")
for name, target in zip(names, list(targets.values()) * 2):
    if not os.path.lexists(name):
        os.symlink(target, name)
