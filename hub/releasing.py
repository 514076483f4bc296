"""`python -m hub.releasing FOLDER UNIT...`: nbgrader's generate_assignment for units of a course folder.

A program of its own, so that it can run as the account that owns the course.
"""

import sys
from pathlib import Path

from resnet_grader.course import load_course
from resnet_grader.nbgrader_course import load_config, release

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for unit in sys.argv[2:]:
        release(load_config(folder), load_course(folder).unit(unit))
        print(f"{unit} is ready to be released")
