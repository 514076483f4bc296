"""The kernel itself, the only place where a student's code runs: `kernel_app`.

outgoing cuts what it sends; stand_ins are for what notebooks use elsewhere and it does not have.
"""
