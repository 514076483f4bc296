"""What can go wrong, each with a sentence that says what to do.

GraderError
├── CourseError        course.toml or a lesson is not as it should be: the author mends it
├── SubmissionError    a submission cannot be read: the student submits again
└── GraderFault        the grader itself failed: nobody loses points, run again
"""

LONGEST_LINE = 400  # characters


def one_line(error: BaseException) -> str:
    """An error's message as one line without control characters: parts of it may be a student's."""
    text = str(error) or type(error).__name__
    return "".join(c if c.isprintable() else " " for c in text)[:LONGEST_LINE]


class GraderError(Exception):
    """Anything the grader reports. The message is for a person to act on."""


class CourseError(GraderError):
    """The course's own files are at fault."""


class SubmissionError(GraderError):
    """A submission cannot be read at all. It stays ungraded and is named."""


class GraderFault(GraderError):
    """The grader could not do its work. The submission stays ungraded, and that is never a zero."""
