"""The checks that a notebook calls: `check.block`, `check.model`, `check.wiring`, `check.values`.

In addition, `check.hint` gives the next step for a mistake, and `check.progress` shows the progress
in the unit.

A check runs a probe on a function and does one of two things with the evidence.

* In a student's notebook it judges the evidence at once against the published evidence, shows a
  panel, and raises `CheckFailed` if anything is wrong, so that later cells and Validate can tell.
* Under the grader, which sets the environment variable SEED_VARIABLE, it only hands the evidence over:
  through the pipe whose descriptor is in PIPE_VARIABLE. Nothing is judged in a process that runs a
  student's code.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kerascheck.evidence.evidence import Evidence
from kerascheck.probes.arguments import (
    CLASSIC,
    WHOLE,
    Colours,
    Drawn,
    Each,
    Halve,
    Labels,
    Network,
    PictureFile,
    PictureFolder,
    Reader,
    Seed,
    Sketch,
    Staircase,
    WholeNumbers,
)

SEED_VARIABLE = "KERASCHECK_SEED"
PIPE_VARIABLE = "KERASCHECK_PIPE"

__all__ = [
    "CheckFailed",
    "block",
    "collecting",
    "colours",
    "each",
    "folder",
    "halve",
    "hint",
    "model",
    "network",
    "normal",
    "one_hot",
    "picture",
    "progress",
    "reader",
    "sketch",
    "staircase",
    "values",
    "whole_numbers",
    "wiring",
]

reader = Reader()
colours = Colours()
halve = Halve()
staircase = Staircase()

_collected: list[tuple[Seed, list[Evidence]]] = []


class CheckFailed(AssertionError):
    """A visible check has found a mistake. The panel above the error explains it."""

    def __init__(self, summary: str) -> None:
        super().__init__(summary)

    def _render_traceback_(self) -> list[str]:
        """Show one line in IPython instead of a traceback through our frames."""
        return [f"CheckFailed: {self}"]


def block(function: Any, /, *, shape: Sequence[int], **arguments: Any) -> None:
    """Check a block ``function(X, **arguments)`` on an input of `shape` (batch first)."""
    text = _call_text("check.block", shape=tuple(shape), **arguments)
    from kerascheck.probes import probes

    _deliver(function, lambda seed: probes.block(function, text, seed, shape, arguments))


def model(builder: Any, /, **arguments: Any) -> None:
    """Check the whole model that ``builder(**arguments)`` returns."""
    text = _call_text("check.model", **arguments)
    from kerascheck.probes import probes

    _deliver(builder, lambda seed: probes.model(builder, text, seed, arguments))


def wiring(builder: Any, /, *, blocks: Sequence[str], **arguments: Any) -> None:
    """Check how ``builder(**arguments)`` connects its `blocks`, whatever the blocks compute.

    blocks: the declarations of the functions that stand-ins replace, for example
    ``"unit(X, filters, stage: label, stride=1)"``. A parameter that is a ``label`` only names a call.
    """
    text = _call_text("check.wiring", blocks=list(blocks), **arguments)
    namespace = getattr(builder, "__globals__", None) or sys._getframe(1).f_globals
    from kerascheck.probes import probes

    _deliver(builder, lambda seed: probes.wiring(builder, text, seed, blocks, arguments, namespace))


def values(function: Any, /, *args: Any, **kwargs: Any) -> None:
    """Check what ``function(*args, **kwargs)`` returns, or which error it raises.

    An argument may be ``check.normal(3, 4)``, a standard normal array of that shape;
    ``check.one_hot(3, 10)``, labels; ``check.network(4)``, a small network;
    ``check.sketch("conv", ("conv", ""))``, a network of these layers; ``check.staircase``, a
    learning-rate schedule; ``check.whole_numbers(2, 3, below=4)``, an array of whole numbers;
    ``check.picture("cat.0.jpg")``, the path of an image file; ``check.folder("cat.0.jpg")``, the
    path of a folder of files; ``check.reader``, a function that reads an image file;
    ``check.halve``, a function of an image array; ``check.colours``, a classifier with three
    classes; or ``check.each(0, 80, 81)``, several values, with one call for each. The function may
    also return a `tf.data` pipeline or a generator: both are run.
    """
    text = _call_text("check.values", *args, **kwargs)
    from kerascheck.probes import probes

    _deliver(function, lambda seed: probes.values(function, text, seed, args, kwargs))


def normal(*shape: int) -> Drawn:
    """Placeholder for a random array of `shape` in the arguments of `values`."""
    return Drawn(shape)


def one_hot(count: int, classes: int) -> Labels:
    """Placeholder for one-hot labels (count, classes) in the arguments of `values`."""
    return Labels(count, classes)


def network(convolutions: int) -> Network:
    """Placeholder for a small network in `values`: inputs (count, 6, 6, 2), three classes."""
    return Network(convolutions)


def sketch(*parts: str | tuple[str, ...]) -> Sketch:
    """Placeholder for a small model in the arguments of `values`.

    A part is a string of consecutive layers, from ``conv norm relu pool dense``, or a tuple of such
    strings: branches whose outputs are added; an empty one is the identity. ``conv8`` has 8
    filters.
    """
    return Sketch(parts)


def whole_numbers(*shape: int, below: int) -> WholeNumbers:
    """Placeholder for a random array of whole numbers from 0 to `below` - 1 in `values`."""
    return WholeNumbers(shape, below)


def picture(name: str, kind: str = WHOLE) -> PictureFile:
    """Placeholder for the path of an image file of this name in the arguments of `values`.

    kind: its special format or defect: "grey-scale", "palette", "16-bit", "turned" (by its EXIF
    field), "cut short", "small", "empty", "web page" or "text".
    """
    return PictureFile(name, kind)


def folder(*contents: str) -> PictureFolder:
    """Placeholder for the path of a folder of files in the arguments of `values`.

    Each file is given as a name, or as name and kind: ``"cat.0.jpg"``, ``"dog.1.jpg: empty"``.
    """
    return PictureFolder(contents)


def each(*values: Any) -> Each:
    """Placeholder for several values of an argument of `values`: one call for each."""
    return Each(values)


def hint(function: Any, /) -> None:
    """Show the next hint on the mistake that the latest check of `function` found.

    Each call goes one step further, from the idea to the place. No hint shows the solution.
    """
    if _collected or SEED_VARIABLE in os.environ:
        return
    from kerascheck.feedback import hints, panel
    from kerascheck.feedback.progress import SESSION

    panel.display(*hints.hint(SESSION, function, _names_of(function, depth=2)))


def progress() -> None:
    """Show the unit's exercises, the results of their visible checks, and the next exercise."""
    if _collected or SEED_VARIABLE in os.environ:
        return
    from kerascheck.feedback import panel, progress

    session = progress.SESSION
    known = [*sys._getframe(1).f_globals, *(exercise for exercise, _ in session.checked)]
    for unit in progress.boards_of(known):
        panel.display(progress.html(unit, session), progress.text(unit, session))


@contextmanager
def collecting(seed: str = CLASSIC) -> Iterator[list[Evidence]]:
    """Collect the evidence of all checks in a list, under `seed`, instead of judging it."""
    evidence: list[Evidence] = []
    _collected.append((Seed(seed), evidence))
    try:
        yield evidence
    finally:
        _collected.pop()


def _deliver(function: Any, probe: Callable[[Seed], Evidence]) -> None:
    if _collected:
        seed, evidence = _collected[-1]
        evidence.append(probe(seed))
    elif SEED_VARIABLE in os.environ:
        _hand_over(probe(Seed(os.environ[SEED_VARIABLE])))
    else:
        begun = time.process_time()
        found = probe(Seed(CLASSIC))
        seconds = time.process_time() - begun
        _judge_here(function, found, _names_of(function, depth=3), seconds)


def _hand_over(evidence: Evidence) -> None:
    """Write a line of JSON, whole before this returns. Raises KeyError, OSError."""
    line = json.dumps(evidence.to_plain(), ensure_ascii=True).encode() + b"\n"
    pipe = int(os.environ[PIPE_VARIABLE])
    while line:
        line = line[os.write(pipe, line) :]


def _judge_here(function: Any, evidence: Evidence, names: Sequence[str], seconds: float) -> None:
    from kerascheck import published
    from kerascheck.feedback import panel, progress
    from kerascheck.judge.judge import judge

    unit, reference = published.find(evidence.call, names)
    points = unit.points_of(reference.exercise, evidence.call)
    verdict = judge(
        reference.exercise, 100 if points is None else points, [(reference, evidence)], unit.shares
    )
    progress.SESSION.keep(evidence.call, progress.Checked(function, verdict, reference, evidence))
    panel.show(verdict, reference, evidence, points=points is not None, seconds=seconds)
    if not verdict.passed:
        raise CheckFailed(panel.summary(verdict))


def _names_of(function: Any, depth: int) -> list[str]:
    """The names under which the caller knows the function, its own name last."""
    caller = sys._getframe(depth).f_globals
    bound = [name for name, value in list(caller.items()) if value is function]
    return [*bound, str(getattr(function, "__name__", ""))]


def _explain_idioms() -> None:
    """Explain old idioms in a student's notebook, in every cell in which they fail."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is not None and SEED_VARIABLE not in os.environ:
        from kerascheck.feedback import idioms

        idioms.install(shell)


def _call_text(check: str, *args: Any, **kwargs: Any) -> str:
    shown = [repr(value) for value in args]
    shown += [f"{name}={value!r}" for name, value in kwargs.items()]
    return f"{check}({', '.join(shown)})"


_explain_idioms()
