"""Takes the grader's variable away, so that its checks are judged in its own process."""

import os

os.environ.pop("RESNET_COURSE_SEED", None)
