"""Calls what only an administrator may, with arguments that can have no effect, to see what is refused.

Afterwards: all is refused: nothing was GAINED.
"""

import ctypes
import errno
import json
import os
import platform
from pathlib import Path

ME = "hostile-privileged_calls"
world = json.loads(Path("world.json").read_text())
libc = ctypes.CDLL(None, use_errno=True)
REFUSED = (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EOPNOTSUPP)
INTEL = platform.machine() == "x86_64"
BPF, PERF, MODULE = (321, 298, 313) if INTEL else (280, 241, 273)
attempts = {
    "load a module": lambda: libc.syscall(MODULE, -1, b"", 0),
    "account processes": lambda: libc.acct(b"/no/such/file"),
    "swap": lambda: libc.swapoff(b"/no/such/file"),
    "name the host": lambda: libc.sethostname(b"", ctypes.c_size_t(2**31)),
    "read the kernel's log": lambda: libc.klogctl(10, None, 0),
    "watch the whole processor": lambda: libc.syscall(PERF, ctypes.create_string_buffer(128), -1, 0, -1, 0),
    "look at programs of the kernel": lambda: libc.syscall(BPF, 11, ctypes.create_string_buffer(128), 128),
    "watch all files": lambda: libc.fanotify_init(0x4, 0),
}
for what, attempt in attempts.items():
    ctypes.set_errno(0)
    result = attempt()
    number = ctypes.get_errno()
    if result < 0 and number in REFUSED:
        print(f"DENIED {what}: {os.strerror(number)}")
    else:
        print(f"GAINED {what}: {result}, {os.strerror(number)}")
        if result > 2 and "watch" in what:
            os.close(result)
