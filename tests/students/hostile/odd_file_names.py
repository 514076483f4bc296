"""Gives files names that break paths: line breaks, steps upwards, options, bytes that are no text.

Afterwards: nothing that it wrote is anywhere, and the names stopped nobody.
"""

import json
import os
from pathlib import Path

ME = "hostile-odd_file_names"
world = json.loads(Path("world.json").read_text())
names = [
    b"a line\nbreak", b"-rf", b"--help", b"\xff\xfe\x80", b"\x1b[2J\x07", b"*", b"~", b"$(touch x)", b"`id`",
    b"';--", b"%s%n", b"a" * 255, "\u202e.ipynb".encode(), b" ", b"...", b"gradebook.db", b"nonce",
    b"residual_networks.ipynb", b"NUL", b"con.txt", "e\u0301".encode(), b"glob[1]", b"{a,b}",
]
marked = [
    f"{ME}.\n".encode(), f"{ME}.".encode() + b"\xff", f"{ME}.".encode() + b"x" * (254 - len(ME)),
    f"{ME}.;rm -x *".encode(), f"../{ME}.up".encode(), f"../../{ME}.up".encode(),
    f"../../../{ME}.up".encode(), f"-{ME}".encode(),
]
places = [os.getcwd(), world["folders"]["writable"], world["others"]["submission"]]
made = 0
for name in names:
    try:
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
        os.mkdir(b"in " + name[:200])
        made += 1
    except OSError as error:
        print(f"DENIED {ascii(name)}: {error}")
print(f"DONE {made} odd names in its own folder")
for place in places:
    for name in marked:
        path = os.path.join(os.fsencode(place), name)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
            print(f"DONE {ascii(path)}")
        except OSError as error:
            print(f"DENIED {ascii(path)}: {error}")
