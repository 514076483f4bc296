"""A process that does nothing but hold secrets and notice what is done to it.

Started by `tests.support.observers.victim`, as a script, with the number of an open file. The first line on
its standard input is a secret to hold in memory. It says where things are, as JSON, then answers every
further line with what it has noticed, and ends when its input ends.
"""

import ctypes
import json
import os
import signal
import sys

CANARY = b"canary " * 64


def main() -> None:
    heard, heard_in = os.pipe()
    os.set_blocking(heard, False)
    os.set_blocking(heard_in, False)
    signal.set_wakeup_fd(heard_in, warn_on_full_buffer=False)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, lambda number, frame: None)
    secret = ctypes.create_string_buffer(sys.stdin.readline().strip().encode())
    canary = ctypes.create_string_buffer(CANARY)
    view = {
        "pid": os.getpid(),
        "secret": ctypes.addressof(secret),
        "secret_length": len(secret),
        "canary": ctypes.addressof(canary),
        "canary_length": len(canary),
        "descriptor": int(sys.argv[1]),
    }
    print(json.dumps(view), flush=True)
    signals: list[int] = []
    for _ in sys.stdin:
        signals += _read(heard)
        noticed = {"signals": signals, "memory_unchanged": canary.value == CANARY}
        print(json.dumps(noticed), flush=True)


def _read(heard: int) -> bytes:
    try:
        return os.read(heard, 65536)
    except BlockingIOError:
        return b""


if __name__ == "__main__":
    main()
