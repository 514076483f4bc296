"""Displays without end: pictures, tables, updates of what was displayed before, widgets.

Afterwards: what is kept of it is limited, the marks are there, and nobody waited longer than the limit.
"""

import json
import time
from pathlib import Path

from IPython.display import display, publish_display_data, update_display

ME = "hostile-display_flood"
world = json.loads(Path("world.json").read_text())
print("DONE began to display", flush=True)
until, number = time.monotonic() + 10, 0
kernel = get_ipython().kernel
while time.monotonic() < until:
    number += 1
    publish_display_data({"image/png": "A" * 500_000, "text/html": "<b>x</b>" * 50_000})
    display({"text/plain": "x" * 10_000}, raw=True, display_id=f"d{number % 500}")
    for other in range(min(number, 500)):
        update_display({"text/plain": "y" * 1000}, raw=True, display_id=f"d{other}")
    kernel.session.send(
        kernel.iopub_socket, "comm_open",
        {"comm_id": f"c{number}", "target_name": "jupyter.widget",
         "data": {"state": {"value": "z" * 100_000}, "buffer_paths": []}},
        parent=kernel.get_parent("shell"),
    )
