"""Leaves files in its folder that Python, Jupyter, nbgrader, git or a shell run when started there.

Afterwards: none of them was run: no canary has changed.
"""

import json
import os
import sys
from pathlib import Path

ME = "hostile-programs_left"
world = json.loads(Path("world.json").read_text())
canary = Path(world["folders"]["writable"], f"{ME}.txt")
program = f"open({str(canary)!r}, 'a').write('ran as ' + repr(__name__))\n"
shell = f"echo ran >> '{canary}'\n"
version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
files = {
    "sitecustomize.py": program,
    "usercustomize.py": program,
    f".local/lib/{version}/site-packages/usercustomize.py": program,
    f".local/lib/{version}/site-packages/evil.pth": f"import os; {program}",
    "nbgrader_config.py": program,
    "jupyter_config.py": program,
    ".jupyter/jupyter_nbconvert_config.py": program,
    ".ipython/profile_default/startup/00-first.py": program,
    "profile_default/startup/00-first.py": program,
    "profile_default/ipython_config.py": program,
    "keras.py": program,
    "tensorflow/__init__.py": program,
    "numpy/__init__.py": program,
    "kerascheck/__init__.py": program,
    "resnet_course/__init__.py": program,
    "kerasgrader/__init__.py": program,
    "json.py": program,
    "conftest.py": program,
    ".bashrc": shell,
    ".profile": shell,
    ".git/hooks/post-checkout": f"#!/bin/sh\n{shell}",
    ".git/config": f"[core]\n\tfsmonitor = echo ran >> '{canary}'\n",
    ".keras/keras.json": '{"backend": "torch"}',
    "matplotlibrc": "backend: module://usercustomize\n",
}
for name, text in files.items():
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)
    Path(name).chmod(0o755)
print(f"DONE {len(files)} files lie in wait in {os.getcwd()}")
