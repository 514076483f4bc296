"""The checks that a notebook calls: `check.block`, `check.model`, `check.wiring`, `check.values`.

In addition, `check.hint` gives the next step for a mistake, `check.progress` shows the progress in
the unit, `check.course` that in all units, `check.card` a card for a unit that is done, and
`check.reset` gives an exercise's cell back as it was. `check.predict` asks a question before the code that
answers it.

A check runs a probe on a function and does one of two things with the evidence.

* In a student's notebook it judges the evidence at once against the published evidence, shows a
  panel, and raises `CheckFailed` if anything is wrong, so that later cells and Validate can tell.
* Under the grader, which sets the environment variable SEED_VARIABLE, it only hands the evidence over:
  through the pipe whose descriptor is in PIPE_VARIABLE. Nothing is judged in a process that runs a
  student's code.

Long, because a lesson's author finds every check and every placeholder here.
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
from kerascheck.probes.given.arguments import (
    CLASSIC,
    WHOLE,
    Coins,
    Colours,
    Curves,
    Drawn,
    Each,
    FileNames,
    FilePath,
    Labels,
    Length,
    Network,
    OneOf,
    PictureFile,
    PictureFolder,
    Seed,
    Size,
    Sketch,
    WholeNumbers,
)
from kerascheck.probes.given.functions import CountedReader, Decode, Dim, Reader, Staircase

SEED_VARIABLE = "KERASCHECK_SEED"
PIPE_VARIABLE = "KERASCHECK_PIPE"
WHOLE_VARIABLE = "KERASCHECK_WHOLE"  # set where the course's own solution runs

__all__ = [
    "CheckFailed",
    "block",
    "card",
    "coins",
    "collecting",
    "colours",
    "counted_reader",
    "course",
    "curves",
    "decode",
    "dim",
    "each",
    "file_names",
    "folder",
    "hint",
    "model",
    "network",
    "normal",
    "one_hot",
    "one_of",
    "path",
    "picture",
    "predict",
    "progress",
    "reader",
    "reader_that_breaks",
    "replacing",
    "reset",
    "size",
    "sketch",
    "staircase",
    "values",
    "whole_numbers",
    "wiring",
]

reader = Reader()
colours = Colours()
dim = Dim()
decode = Decode()
staircase = Staircase()

_replacing: list[dict[str, Callable[..., Any]]] = []
_collected: list[tuple[Seed, list[Evidence], bool]] = []


class CheckFailed(AssertionError):
    """A visible check has found a mistake. The panel above the error explains it."""

    def __init__(self, summary: str) -> None:
        super().__init__(summary)

    def _render_traceback_(self) -> list[str]:
        """Show one line in IPython instead of a traceback through our frames."""
        return [f"CheckFailed: {self}"]


def block(function: Any, /, *args: Any, shape: Sequence[Length], **kwargs: Any) -> None:
    """Check a block ``function(X, *args, **kwargs)`` on an input of `shape` (batch first)."""
    text = _call_text("check.block", *args, shape=tuple(shape), **kwargs)
    from kerascheck.probes import probes

    _deliver(function, lambda seed: probes.block(function, text, seed, shape, args, kwargs))


def model(builder: Any, /, *args: Any, **kwargs: Any) -> None:
    """Check the whole model that ``builder(*args, **kwargs)`` returns."""
    text = _call_text("check.model", *args, **kwargs)
    from kerascheck.probes import probes

    _deliver(builder, lambda seed: probes.model(builder, text, seed, args, kwargs))


def wiring(builder: Any, /, *args: Any, blocks: Sequence[str], **kwargs: Any) -> None:
    """Check how ``builder(*args, **kwargs)`` connects its `blocks`, whatever the blocks compute.

    blocks: the declarations of the functions that stand-ins replace, for example
    ``"unit(X, filters, stage: label, stride=1)"``. A parameter that is a ``label`` only names a call.
    A builder that writes its blocks out is judged by the whole network.
    """
    text = _call_text("check.wiring", *args, blocks=list(blocks), **kwargs)
    namespace = getattr(builder, "__globals__", None) or sys._getframe(1).f_globals
    from kerascheck.probes import probes

    whole = _collected[-1][2] if _collected else WHOLE_VARIABLE in os.environ
    _deliver(
        builder,
        lambda seed: probes.wiring(builder, text, seed, blocks, args, kwargs, namespace, whole),
    )


def values(
    function: Any, /, *args: Any, returns: str | tuple[str, ...] | None = None, **kwargs: Any
) -> None:
    """Check what ``function(*args, **kwargs)`` returns, or which error it raises.

    An argument may be a placeholder, for which each call gets a value of its own: ``check.normal(3,
    4)``, a standard normal array; ``check.one_hot(3, 10)``, labels; ``check.whole_numbers(2, 3,
    below=4)``, an array of whole numbers; ``check.coins(5)``, truth values; ``check.curves(1)``, the
    history of a training; ``check.network(4)`` or ``check.sketch("conv", ("conv", ""))``, a small
    network; ``check.picture("cat.0.jpg")`` or ``check.folder("cat.0.jpg")``, the path of an image
    file or of a folder; ``check.path("a.keras")``, another path; ``check.file_names(5)``, names of
    image files. ``check.one_of(1, 3, 5)`` and ``check.size(4, 9)`` stand for a choice and a number
    in any argument of any check. Functions to pass: ``check.staircase``, a learning-rate schedule;
    ``check.reader`` and ``check.reader_that_breaks("cat.0.jpg")``, which read an image file;
    ``check.dim``, of an image array; ``check.decode``, of a file name in a pipeline;
    ``check.colours``, a classifier with three classes. ``check.each(0, 80, 81)`` makes one call for
    each value. The function may also return a `tf.data` pipeline or a generator: both are run.

    returns: the type of what is returned, or of its parts, where the text asks for one: "array",
    "list", "number". Otherwise a list is as good as a tuple or an array.
    """
    typed = {} if returns is None else {"returns": returns}
    text = _call_text("check.values", *args, **kwargs, **typed)
    replacing = _replacing[-1] if _replacing else {}
    if replacing:
        text += f" with {', '.join(f'{name}={value!r}' for name, value in replacing.items())}"
    namespace = getattr(function, "__globals__", None) or sys._getframe(1).f_globals
    from kerascheck.probes.stand_ins import replaced
    from kerascheck.probes.values import values

    def probe(seed: Seed) -> Evidence:
        with replaced(namespace, replacing):
            return values(function, text, seed, args, kwargs, returns, [*replacing.values()])

    _deliver(function, probe)


@contextmanager
def replacing(**functions: Callable[..., Any]) -> Iterator[None]:
    """Have `values` put these functions in the place of the notebook's, as ``read=check.reader``."""
    _replacing.append({**(_replacing[-1] if _replacing else {}), **functions})
    try:
        yield
    finally:
        _replacing.pop()


def one_of(*choices: Any) -> OneOf:
    """Placeholder for one of these, in any argument; the same one twice is the same choice."""
    return OneOf(choices)


def size(least: int, most: int) -> Size:
    """Placeholder for a whole number within these bounds; the same one twice is the same number."""
    return Size(least, most)


def normal(*shape: Length) -> Drawn:
    """Placeholder for a random array of `shape` in the arguments of `values`."""
    return Drawn(shape)


def one_hot(count: Length, classes: Length, *, stream: str = "", shift: int = 0) -> Labels:
    """Placeholder for one-hot labels (count, classes) in the arguments of `values`.

    stream: labels with the same one in a call are the same; shift: and this many classes further.
    """
    return Labels(count, classes, stream, shift)


def whole_numbers(
    *shape: Length, below: Length, least: int = 0, dtype: str = "int64"
) -> WholeNumbers:
    """Placeholder for a random array of whole numbers from `least` to `below` - 1 in `values`."""
    return WholeNumbers(shape, below, least, dtype)


def coins(count: Length) -> Coins:
    """Placeholder for a NumPy array of truth values in the arguments of `values`."""
    return Coins(count)


def curves(number: int) -> Curves:
    """Placeholder for a training's history: lists of losses and accuracies. number: which one."""
    return Curves(number)


def network(convolutions: Length, *, mixed: bool = False) -> Network:
    """Placeholder for a small network in `values`: inputs (count, 6, 6, 2), three classes.

    mixed: its layers are not all alike: some have no bias, and each has a penalty on its weights. Its
    inputs are (count, 5, 8, 1), its classes four.
    """
    return Network(convolutions, mixed)


def sketch(*parts: str | tuple[str, ...]) -> Sketch:
    """Placeholder for a small model in the arguments of `values`.

    A part is a string of consecutive layers, from ``conv norm relu prelu pool dense`` and others, or a
    tuple of such strings: branches whose outputs are added; an empty one is the identity. The first
    may be ``plus`` or ``concatenate``, another way to join them. ``conv8`` has 8 filters, ``bare`` is
    a convolution without bias, ``point`` one of 1×1 pixels, ``frozen`` one that is not trained,
    ``depth`` a depthwise one, ``unit`` a normalisation without offset, ``edges`` a convolution and
    ``bend`` a ReLU that are called otherwise, ``drop`` a dropout, ``op`` an operation that is no layer.
    """
    return Sketch(parts)


def path(name: str) -> FilePath:
    """Placeholder for a `pathlib.Path` in the arguments of `values`."""
    return FilePath(name)


def file_names(count: Length) -> FileNames:
    """Placeholder for a list of names of image files in the arguments of `values`."""
    return FileNames(count)


def reader_that_breaks(name: str) -> Reader:
    """A function that reads image files as ``check.reader``, and raises OSError at this one."""
    return Reader(name)


def counted_reader(breaks_at: str = "") -> CountedReader:
    """A function that reads images of 32×32 pixels, for `replacing`; its calls are counted.

    breaks_at: the name of a file at which it raises OSError.
    """
    return CountedReader(breaks_at)


def picture(
    name: str, kind: str = WHOLE, *, size: tuple[Length, Length] | None = None
) -> PictureFile:
    """Placeholder for the path of an image file of this name in the arguments of `values`.

    kind: its special format or defect: "grey-scale", "palette", "16-bit", "turned" (by its EXIF
    field), "lossless", "small", "cut short", "empty", "web page" or "text". size: its height and
    width; if it is not given, some 30 to 60 pixels.
    """
    return PictureFile(name, kind, size)


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

    Each call goes one step further: a thought, where to read, the pattern with blanks, your line. No hint
    shows the solution.
    """
    if _collected or SEED_VARIABLE in os.environ:
        return
    from kerascheck.feedback import hints, panel
    from kerascheck.feedback.progress import SESSION

    panel.display(*hints.hint(SESSION, function, _names_of(function, depth=2)))


def predict(name: Any, choice: Any = None, /) -> None:
    """Ask a question before the code that answers it, or answer it; no points depend on it.

    name: of the question. choice: the letter of a choice, or its text. With ipywidgets there are buttons
    as well. Your answer is shown again whenever the cell runs.
    """
    if _collected or SEED_VARIABLE in os.environ:
        return
    from kerascheck.notebook import predictions

    predictions.ask(name, choice)


def progress() -> None:
    """Show the unit's exercises, the results of their visible checks, and the next exercise."""
    if _collected or SEED_VARIABLE in os.environ:
        return
    from kerascheck import published
    from kerascheck.feedback import panel, progress, progress_file

    session = progress.SESSION
    if progress_file.in_notebook():
        session.recall(published.units())
    known = [*sys._getframe(1).f_globals, *(exercise for exercise, _ in session.checked)]
    for unit in progress.boards_of(known):
        panel.display(progress.html(unit, session), progress.text(unit, session))


def course() -> None:
    """Show all units of the course, in order: the time that each takes, and how far you have got.

    The progress is that of notebooks in this folder and in the folders right below it; or, in a unit's own
    folder, of those beside the welcome page.
    """
    if _collected or SEED_VARIABLE in os.environ:
        return
    from kerascheck import published
    from kerascheck.feedback import course_board, panel, welcome

    folder = welcome.folder_of_the_course()
    board = course_board.rows(published.course_units(folder), folder)
    panel.display(course_board.html(board), course_board.text(board))


def card() -> Any:
    """Your card for this unit, with your own network, once every visible check passes.

    ``check.card().save("card.svg")`` stores it.
    """
    if _collected or SEED_VARIABLE in os.environ:
        return None
    from kerascheck import published
    from kerascheck.feedback import panel, progress, progress_file
    from kerascheck.notebook import card

    session = progress.SESSION
    if progress_file.in_notebook():
        session.recall(published.units())
    known = [*sys._getframe(1).f_globals, *(exercise for exercise, _ in session.checked)]
    for unit in progress.boards_of(known):
        if progress.next_exercise(unit, session) is None:
            return card.drawn(unit, session)
        panel.display(progress.html(unit, session), progress.text(unit, session))
    return None


def reset(exercise: Any, /) -> None:
    """Give back the cell of an exercise as it was handed out. exercise: the function, or its name.

    Called in that cell itself, in JupyterLab, it replaces the cell's text; elsewhere it shows the text.
    """
    if _collected or SEED_VARIABLE in os.environ:
        return
    from kerascheck.feedback import panel, stub

    names = [exercise] if isinstance(exercise, str) else _names_of(exercise, depth=2)
    found = stub.exercise_of(names)
    replaced = found is not None and stub.replace_own_cell(found)
    panel.display(*stub.page(found, names, replaced))


@contextmanager
def collecting(seed: str = CLASSIC, whole: bool = False) -> Iterator[list[Evidence]]:
    """Collect the evidence of all checks in a list, under `seed`, instead of judging it.

    whole: that of `wiring` holds the whole network, too, as a reference must.
    """
    evidence: list[Evidence] = []
    _collected.append((Seed(seed), evidence, whole))
    try:
        yield evidence
    finally:
        _collected.pop()


def _deliver(function: Any, probe: Callable[[Seed], Evidence]) -> None:
    if _collected:
        seed, evidence, _ = _collected[-1]
        evidence.append(probe(seed))
    elif SEED_VARIABLE in os.environ:
        _hand_over(probe(Seed(os.environ[SEED_VARIABLE])))
    else:
        from kerascheck.probes.student_code import lines_noted

        begun = time.process_time()
        with lines_noted(function):
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
    from kerascheck.feedback.panel import summary
    from kerascheck.notebook.judging import judge_and_show

    verdict = judge_and_show(function, evidence, names, seconds)
    if verdict is not None and not verdict.passed:
        raise CheckFailed(summary(verdict))


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

        idioms.install(shell, with_panel=CheckFailed)


def _call_text(check: str, *args: Any, **kwargs: Any) -> str:
    shown = [repr(value) for value in args]
    shown += [f"{name}={value!r}" for name, value in kwargs.items()]
    return f"{check}({', '.join(shown)})"


_explain_idioms()
