"""The errors of the grader, each with a sentence that tells its reader what to do.

GraderError
├── CourseError        course.toml or a lesson is wrong: the author corrects it
├── SubmissionError    a submission cannot be read: the student submits again
└── GraderFault        the grader itself failed: nobody loses points, run it again
"""

LONGEST_LINE = 400  # characters


def one_line(error: BaseException) -> str:
    """An error's message as one line without control characters: a student may have written it."""
    text = str(error) or type(error).__name__
    return "".join(c if c.isprintable() else " " for c in text)[:LONGEST_LINE]


def named(error: Exception) -> Exception:
    """The error if it is one of ours or the system's; else a GraderFault that names it.

    Whatever goes wrong with one submission is that submission's problem, and stops no other.
    """
    if isinstance(error, GraderError | OSError):
        return error
    return GraderFault(f"the grader failed on it: {type(error).__name__}: {one_line(error)}")


class GraderError(Exception):
    """Base of the grader's errors. The message tells a person what to do."""


class CourseError(GraderError):
    """The course's own files are at fault."""


class SubmissionError(GraderError):
    """A submission cannot be read at all. It stays ungraded and is reported."""


class GraderFault(GraderError):
    """The grader could not do its work. The submission stays ungraded, which is never a zero."""
