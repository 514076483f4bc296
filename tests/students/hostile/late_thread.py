"""Leaves a thread behind that publishes results under the header of a later cell.

Afterwards: the marks are those of the same answers without it.
"""

import threading
import time

kernel = get_ipython().kernel
seen = []


def remember(info):
    if "check." in info.raw_cell:
        seen.append(kernel.get_parent("shell"))


def publish_late():
    while True:
        time.sleep(0.05)
        for parent in list(seen):
            for kind, text in (("execute_result", "30"), ("execute_result", "40")):
                kernel.session.send(
                    kernel.iopub_socket, kind,
                    {"data": {"text/plain": text}, "metadata": {}, "execution_count": 1},
                    parent=parent,
                )


get_ipython().events.register("pre_run_cell", remember)
threading.Thread(target=publish_late, daemon=True).start()
