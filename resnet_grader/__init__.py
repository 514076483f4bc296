"""The grader: from lessons to notebooks, from submissions to evidence, from evidence to marks.

build         lessons/ -> source/ -> release/, and the published evidence
restoration   a submission's cells are put back in order before anything runs
execution     a notebook is run in a folder of its own; what comes out is evidence
store         what was executed is kept, by content
reference     the same for the course's own solution, under the same secret seed
judging       evidence beside evidence gives points, which nbgrader reads
grading       a whole class: executions side by side, one writer for the gradebook
"""
