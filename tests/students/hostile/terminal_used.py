"""Writes on the terminal of the account, and types into it.

Afterwards: nothing appeared on it, and nothing was typed.
"""

import fcntl
import json
import os
import termios
from pathlib import Path

ME = "hostile-terminal_used"
world = json.loads(Path("world.json").read_text())
path = world["terminal"]


def opened(path):
    return os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)


def write():
    terminal = opened(path)
    os.write(terminal, ME.encode())
    os.close(terminal)


def type_into_it():
    terminal = opened(path)
    for byte in f"{ME} ".encode():
        fcntl.ioctl(terminal, termios.TIOCSTI, bytes([byte]))
    os.close(terminal)


def take_it_over():
    """Make it its own terminal, into which it may type."""
    os.setsid()
    terminal = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for byte in f"{ME} ".encode():
        fcntl.ioctl(terminal, termios.TIOCSTI, bytes([byte]))


def own_terminal():
    """That of the session in which grading was started, if the kernel still belongs to it."""
    os.close(os.open("/dev/tty", os.O_RDWR))


def in_a_child(work):
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except OSError as error:
            os._exit(error.errno or 255)
        finally:
            os._exit(255)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        raise OSError(status, os.strerror(status))


attempts = {
    "wrote on it": write,
    "typed into it": type_into_it,
    "the terminal of its own session": own_terminal,
    "took it over": lambda: in_a_child(take_it_over),
}
for what, attempt in attempts.items():
    try:
        attempt()
        print(f"{'GAINED' if 'own session' in what else 'DONE'} {what}")
    except OSError as error:
        print(f"DENIED {what}: {error}")
