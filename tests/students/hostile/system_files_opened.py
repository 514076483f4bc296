"""Opens for writing what rules the machine, and writes nothing: settings, devices, control groups.

Afterwards: nothing could be opened: nothing was GAINED.
"""

import json
import os
from pathlib import Path

ME = "hostile-system_files_opened"
world = json.loads(Path("world.json").read_text())
writing = [
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory",
    "/proc/sys/fs/file-max", "/proc/sys/net/ipv4/ip_forward", "/proc/sysrq-trigger",
    "/sys/kernel/uevent_helper", "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/tasks",
    "/sys/fs/cgroup/unified/cgroup.procs", "/sys/power/state", "/dev/kmsg", "/etc/passwd", "/etc/hosts",
    "/etc/ld.so.preload", "/etc/resolv.conf", "/dev/fuse", "/dev/kvm", "/dev/net/tun",
]
reading = ["/etc/shadow", "/dev/mem", "/proc/kcore", "/proc/kmsg", "/dev/input/event0"]
disks = ["/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/dm-0"]
for how, paths in ((os.O_WRONLY, writing), (os.O_RDONLY, reading + disks)):
    for path in paths:
        if not os.path.lexists(path):
            continue
        try:
            os.close(os.open(path, how | os.O_NONBLOCK | os.O_NOCTTY))
            print(f"GAINED {path}")
        except OSError as error:
            print(f"DENIED {path}: {error}")
print("DENIED all that is not there")
