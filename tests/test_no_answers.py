"""What students install answers no exercise: every public function of it is tried as an answer to each.

A function is tried as an exercise calls it, and as a student might help it: with the arguments in their order and
fewer of them, with names of classes where it wants some, and with what it returns taken apart. Most attempts
fail at once, when the first probe of an exercise calls them, and cost no more than that: what has nothing
of its first probe right has nothing of the exercise, for an aspect is earned where it holds on every probe.
The others become a cell like a student's, which the exercise's own test grades.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from functools import cache
from io import StringIO
from itertools import combinations
from types import GeneratorType, ModuleType
from typing import Any

import keras
import numpy as np
import pytest

import kerascheck
import resnet_course
import resnet_course.training.evaluation
from kerascheck.evidence.evidence import Evidence
from kerascheck.judge.judge import judge
from kerascheck.judge.verdict import VALUES, Verdict
from kerascheck.probes import probes
from kerascheck.probes.arguments import Seed
from kerascheck.probes.predictor import Predictor
from tests.students import EXERCISES
from tests.support.lesson_cells import SECRET, gather, lesson, reference, solution, verdict

PACKAGES = (kerascheck, resnet_course)
NAMES = tuple(package.__name__ for package in PACKAGES)

NOT_TRIED = {
    "kerascheck.check:block": "a probe: calls a student's function and returns nothing",
    "kerascheck.check:model": "a probe: calls a student's function and returns nothing",
    "kerascheck.check:values": "a probe: calls a student's function and returns nothing",
    "kerascheck.check:wiring": "a probe: calls a student's function and returns nothing",
    "kerascheck.check:hint": "shows something and returns nothing",
    "kerascheck.check:progress": "shows something and returns nothing",
    "kerascheck.feedback.idioms:install": "changes IPython and returns nothing",
    "kerascheck.feedback.panel:display": "shows something and returns nothing",
    "kerascheck.feedback.panel:show": "shows something and returns nothing",
    "kerascheck.published:begin": "chooses the unit of all later checks and returns nothing",
    "kerascheck.published:reset": "forgets the unit of all later checks and returns nothing",
    "kerascheck.start:begin": "loads a data set, which takes 20 seconds, and returns nothing",
    "resnet_course.datasets.cats_dogs:load_cats_dogs": "draws a data set for 20 seconds",
    "resnet_course.datasets.cifar10:load_cifar10": "draws a data set for 20 seconds",
    "resnet_course.datasets.signs:load_signs": "draws a data set for 20 seconds",
    "resnet_course.training.imagenet:fetch": "waits for the network",
}
"""Functions with effects on the tests, and the reason. None of them gives what an exercise asks for."""

FORM = {"lr_schedule": 2.5}
"""Exercises in which an answer of the right form earns something: here any number for each epoch."""

FURTHER: Mapping[str, Callable[[tuple[Any, ...]], Any]] = {
    "classes": lambda args: [f"class {number}" for number in range(_width(args))],
    "call": lambda args: "check.values()",
    "name": lambda args: "result",
    "seed": lambda args: Seed(SECRET),
    "text": lambda args: "check.values()",
    "what": lambda args: "number",
}
"""Arguments that a student can supply where the exercise gives none, by name."""

MOST_FIELDS = 12


@dataclass(frozen=True)
class Attempt:
    """An answer to any exercise: a function of a package, which arguments it gets, and what is taken of it.

    path: ``module:name``. count: None for the arguments as they come; otherwise so many of them, without
    names. view: an expression of `it`, what the function returns.
    """

    path: str
    count: int | None = None
    view: str = "it"

    def __str__(self) -> str:
        given = "as they come" if self.count is None else f"the first {self.count}"
        return f"{self.path}, arguments {given}, {self.view}"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        it = self.called(*args, **kwargs)
        return eval(self.view, {"it": it, "parts": parts, "each": each})

    def called(self, *args: Any, **kwargs: Any) -> Any:
        """What the function itself returns. Raises TypeError for arguments that it cannot take."""
        function = resolved(self.path)
        if self.count is not None:
            args, kwargs = (*args, *kwargs.values())[: self.count], {}
        with suppress(ValueError):  # raised where there is no signature, as for some exceptions
            signature = inspect.signature(function)
            given = signature.bind_partial(*args, **kwargs).arguments
            for name, parameter in signature.parameters.items():
                required = parameter.default is parameter.empty and name not in given
                if required and parameter.kind not in (
                    parameter.VAR_POSITIONAL,
                    parameter.VAR_KEYWORD,
                ):
                    if name not in FURTHER:
                        raise TypeError(f"{self.path} needs {name}")
                    kwargs[name] = FURTHER[name]((*args, *kwargs.values()))
        return function(*args, **kwargs)


def _width(args: tuple[Any, ...]) -> int:
    """The number of classes: that of the columns of the last matrix among the arguments."""
    return next((a.shape[1] for a in args[::-1] if np.ndim(a) == 2), 3)


def resolved(path: str) -> Any:
    module, _, name = path.partition(":")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


@cache
def paths() -> tuple[str, ...]:
    """All public callables of the packages, each where it is defined, and the constructors of classes."""
    found = []
    for module in _modules():
        for name, value in sorted(vars(module).items()):
            if name.startswith("_") or not callable(value) or not _is_ours(value):
                continue
            defined_elsewhere = getattr(value, "__module__", None) != module.__name__
            if defined_elsewhere and (inspect.isclass(value) or inspect.isfunction(value)):
                continue
            found.append(f"{module.__name__}:{name}")
            if inspect.isclass(value):
                found += [
                    f"{module.__name__}:{name}.{method}"
                    for method, kind in vars(value).items()
                    if isinstance(kind, classmethod | staticmethod) and not method.startswith("_")
                ]
    return tuple(found)


def _modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        yield package
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(info.name)


def _is_ours(value: Any) -> bool:
    return str(getattr(value, "__module__", "")).partition(".")[0] in NAMES


def parts(value: Any) -> tuple[Any, ...]:
    """What an object consists of: the items of a tuple or list, the values of a mapping, the fields of ours."""
    if isinstance(value, tuple | list):
        return tuple(value)[:MOST_FIELDS]
    if isinstance(value, Mapping):
        return tuple(value.values())[:MOST_FIELDS]
    if _is_ours(value):
        return tuple(getattr(value, "__dict__", {}).values())[:MOST_FIELDS]
    return ()


def each(values: Any, start: int, end: int) -> Any:
    """Some of the parts of each item: as a generator if the items come from one, else as a list."""
    chosen = (parts(value)[start:end] for value in values)
    return chosen if isinstance(values, GeneratorType) else list(chosen)


def views(it: Any) -> Iterator[str]:
    """Expressions for an object itself, its attributes, and consecutive parts of it or of its items."""
    yield "it"
    if _is_ours(it) and not callable(it):
        for name in dir(it):
            if not name.startswith("_"):
                yield f"it.{name}()" if _is_method(getattr(type(it), name, None)) else f"it.{name}"
    yield from _runs("parts(it)[{}:{}]", len(parts(it)))
    if len(parts(it)) > 1:
        yield from (f"parts(it)[{index}]" for index in range(len(parts(it))))
    if isinstance(it, GeneratorType | list | tuple):
        first = next(iter(it), None)
        yield from _runs("each(it, {}, {})", len(parts(first)))


def _runs(expression: str, length: int) -> Iterator[str]:
    for start, end in combinations(range(length + 1), 2):
        yield expression.format(start, end)


def _is_method(value: Any) -> bool:
    """Whether a function of a class needs no argument but the object."""
    return inspect.isfunction(value) and len(inspect.signature(value).parameters) == 1


class Look:
    """Stands in for a student's function, tries all attempts on the arguments of each probe, and gives up.

    promising: the attempts that have something of a probe right.
    """

    def __init__(self, unit: str, exercise: str, tried: tuple[str, ...]) -> None:
        self.exercise, self.tried = exercise, tried
        self.points = lesson(unit).points[exercise]
        self.expected = iter(reference(unit)[exercise])
        self.promising: dict[Attempt, None] = {}
        self.calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        expected = next(self.expected)
        self.calls += 1
        # Later probes can only take away, but for an error that they ask for: it is earned by itself.
        if self.calls == 1 or expected.status == "error":
            for path in self.tried:
                for count in (None, *range(len(args) + len(kwargs), 0, -1)):
                    self._try(Attempt(path, count), expected, args, kwargs)
        raise RuntimeError("all attempts are made")

    def _try(
        self, whole: Attempt, expected: Evidence, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        try:
            found = list(views(whole.called(*args, **kwargs)))
        except (Exception, SystemExit):
            if expected.status != "error":
                return
            found = ["it"]
        for view in found:
            attempt = Attempt(whole.path, whole.count, view)
            if attempt not in self.promising and self._holds(attempt, expected, args, kwargs):
                self.promising[attempt] = None

    def _holds(
        self,
        attempt: Attempt,
        expected: Evidence,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> bool:
        """Whether anything is right; for a probe of several calls, whether this one raises no error."""
        if expected.graph is not None:
            with suppress(Exception):
                return isinstance(attempt(*args, **kwargs), keras.Model | keras.KerasTensor)
            return False
        if any(name.startswith("result for ") for name in expected.outputs):
            return True
        args = tuple(_fresh(value) for value in args)
        kwargs = {key: _fresh(value) for key, value in kwargs.items()}
        shown = probes.values(attempt, expected.call, Seed(SECRET), args, kwargs)
        return judge(self.exercise, self.points, [(expected, shown)]).points > 0


def _fresh(value: Any) -> Any:
    return Predictor() if isinstance(value, Predictor) else value


def earning(unit: str, exercise: str, tried: tuple[str, ...]) -> dict[Attempt, Verdict]:
    """The attempts that earn points for an exercise, with what its test says of them."""
    look = Look(unit, exercise, tried)
    LOOKS[exercise] = look
    graded(unit, exercise, f"from tests.test_no_answers import LOOKS as looks\n# {exercise}\n")
    return {}


LOOKS: dict[str, Any] = {}
