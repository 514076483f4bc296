"""Writes into the gradebook, and keeps it locked for a while.

Afterwards: the gradebook holds no line of this student's making, and grading did not wait for it.
"""

import json
import sqlite3
import threading
import time
from pathlib import Path

ME = "hostile-gradebook_written"
world = json.loads(Path("world.json").read_text())
path = world["secrets"]["gradebook"]


def lock():
    connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True)
    connection.execute("BEGIN EXCLUSIVE")
    time.sleep(8)
    connection.close()


try:
    with sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=1) as connection:
        connection.execute("INSERT OR REPLACE INTO student (id, last_name) VALUES (?, ?)", (ME, ME))
    print("DONE wrote into the gradebook")
    threading.Thread(target=lock, daemon=True).start()
except sqlite3.Error as error:
    print(f"DENIED gradebook: {error}")
