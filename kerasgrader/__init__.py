"""The grader: it builds notebooks from lessons, runs submissions, and grades their evidence.

Lowest layer first; a folder imports only from folders that are listed above it:

    kernel/     warm, sealed kernels: the only place where student code runs
    course/     course.toml and the lessons as data
    repair/     a submission in any state         -> a notebook that can run
    execution/  a notebook                        -> evidence
    marking/    evidence                          -> points in the gradebook
    grading/    a whole class                     -> scores and feedback pages
    build/      lessons                           -> notebooks and published evidence
    intake/     archives, folders, e-mails        -> one submission per student
    report/     the class report
    export/     scores for learning platforms
    cli, doctor
"""

import sys

# jsonschema checks addresses with `rfc3987_syntax` if that is installed (Jupyter has it). Notebooks contain
# no addresses, and its grammar takes a second to build in every process: hide it from jsonschema.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
