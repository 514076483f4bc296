"""The grading kernel: warm (a fork of a process that has imported everything) and sealed.

In the order in which they start a kernel:

provisioner    grader's process   jupyter_client's entry point: every client of the kernelspec uses it
warm_client    grader's process   the connection to the warm process
warm_process   warm process       imports what units import, forks for each request, runs nothing else
first_process  process 1          seals itself, forks the kernel, watches over it, ends everything
inside         the kernel         the only place where a student's code runs

seal, root, calls, linux, limits and sandbox_layers define the seal; processor_time reads what a
kernel uses; environment defines a kernel's
variables, packages and files; cgroup limits the memory of all its processes together; manager keeps
the grader's waits short.

Only these cross the seal: four listening sockets, which the grader opened; a socket pair, the
*lifeline*, over which process 1 receives signals, tells the kernel's processor time and reports its
end, and whose closing ends everything; where the grader asks for it, a pipe that the kernel writes to;
and copies of the kernel's files.
"""

KERNEL_NAME = "kerasgrader"

# Which layers of the seal a kernel must have: all, those that this machine offers, none.
SANDBOXES = ("full", "partial", "off")

# Messages between the grader's process and the warm process.
READY = b"ready"
LONGEST_REQUEST = 2**17  # bytes

# What the grader asks process 1: how long the kernel has run, from now on without processes that are there
# already beside it; and how long, without those.
NEW_CLOCK, CLOCK = b"new clock", b"clock"
