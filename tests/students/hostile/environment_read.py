"""Searches the environment of its own process, of its parent and of others for secrets.

Afterwards: no variable of another process is in anything that the notebook printed.
"""

import json
import os
import re
from pathlib import Path

ME = "hostile-environment_read"
world = json.loads(Path("world.json").read_text())
pids = ["self", os.getppid(), world["victim"]["pid"], world["grader"]["pid"]]
texts = {"os.environ": "\n".join(os.environ.values())}
for pid in pids:
    try:
        texts[f"process {pid}"] = Path(f"/proc/{pid}/environ").read_bytes().decode("latin-1")
        print(f"DONE read the environment of process {pid}")
    except OSError as error:
        print(f"DENIED the environment of process {pid}: {error}")
for what, text in texts.items():
    for token in re.findall(world["token"], text):
        print(f"STOLEN {what}: {token}")
