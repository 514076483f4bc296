"""Publishes results and writes files while its kernel ends, when nobody looks any more.

Afterwards: the marks are those of the same answers without it, no canary has changed, and the kernel's
end was not waited for.
"""

import atexit
import json
import time
from pathlib import Path

ME = "hostile-at_exit"
world = json.loads(Path("world.json").read_text())
shell = get_ipython()
kernel = shell.kernel
seen = []


def remember(info):
    if "check." in info.raw_cell:
        seen.append(kernel.get_parent("shell"))


def last_words(*args, **kwargs):
    for parent in seen:
        kernel.session.send(
            kernel.iopub_socket, "execute_result",
            {"data": {"text/plain": "30"}, "metadata": {}, "execution_count": 1}, parent=parent,
        )
    for place in (world["folders"]["writable"], "/tmp"):
        try:
            Path(place, f"{ME}.txt").write_text("written at the end")
        except OSError:
            continue
    time.sleep(30)


atexit.register(last_words)
shell.atexit_operations = last_words
kernel.do_shutdown = last_words
kernel.pre_handler_hook = getattr(kernel, "pre_handler_hook", None)
shell.events.register("pre_run_cell", remember)
print("DONE waits for the end")
