"""The instructor's side: lessons become notebooks, submissions become evidence, evidence becomes grades.

Lowest layer first; a folder imports only from folders that are listed above it:

    kernel/     warm and sealed: the only place where student code runs
    course/     course.toml and the lessons as data
    repair/     a submission, in whatever state   -> a notebook that can be run
    execution/  a notebook                        -> evidence
    marking/    evidence                          -> points in the gradebook
    grading/    a class at a time
    build/      lessons                           -> notebooks and published evidence
    intake/     archives, folders, e-mails        -> a submission of a person
    report/     what a class understood
    export/     scores for other systems
    cli, doctor
"""
