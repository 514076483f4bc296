"""What students install answers no exercise: every public function of it is tried as an answer to each.

A function is tried as an exercise calls it, and as a student might help it: with the arguments in their
order and fewer of them, with names of classes where it wants some, and with what it returns taken apart.
Most attempts fail when the first probe of an exercise calls them, and cost no more than that: an aspect is
earned where it holds on every probe, so what has nothing right on one of them has nothing right. The others
become a cell like a student's, which the exercise's own test grades.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial
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
from kerascheck import check
from kerascheck.check import collecting
from kerascheck.evidence.evidence import TYPES, Evidence
from kerascheck.judge.judge import judge
from kerascheck.judge.verdict import Verdict
from kerascheck.probes.given.arguments import Seed
from kerascheck.probes.given.predictor import Predictor
from kerascheck.probes.values import values as probe_values
from tests.students import EXERCISES
from tests.support.lesson_cells import SECRET, gather, lesson, run, solution

PACKAGES = (kerascheck, resnet_course)
PACKAGE_NAMES = tuple(package.__name__ for package in PACKAGES)

NOT_TRIED = {
    "kerascheck.check:block": "a probe: calls a student's function and returns nothing",
    "kerascheck.check:model": "a probe: calls a student's function and returns nothing",
    "kerascheck.check:values": "a probe: calls a student's function and returns nothing",
    "kerascheck.check:wiring": "a probe: calls a student's function and returns nothing",
    "kerascheck.check:course": "shows something and returns nothing",
    "kerascheck.check:hint": "shows something and returns nothing",
    "kerascheck.check:card": "draws the unit's exercises and the student's own network",
    "kerascheck.check:predict": "shows a question and returns nothing",
    "kerascheck.check:progress": "shows something and returns nothing",
    "kerascheck.check:reset": "shows an exercise's stub and returns nothing",
    "kerascheck.feedback.idioms:install": "changes IPython and returns nothing",
    "kerascheck.feedback.panel:display": "shows something and returns nothing",
    "kerascheck.feedback.progress_file:remember": "writes a note on progress and returns nothing",
    "kerascheck.feedback.welcome:write": "writes the welcome page and returns its path",
    "kerascheck.published:about": "chooses the unit of checks for a while and returns nothing",
    "kerascheck.published:begin": "chooses the unit of all later checks and returns nothing",
    "kerascheck.quiet:begin": "has TensorFlow imported quietly and returns nothing",
    "kerascheck.start:begin": "loads a data set, which takes 20 seconds, and returns nothing",
    "resnet_course.datasets.cats_dogs:load_cats_dogs": "draws a data set for 20 seconds",
    "resnet_course.datasets.cifar10:load_cifar10": "draws a data set for 20 seconds",
    "resnet_course.datasets.signs:load_signs": "draws a data set for 20 seconds",
    "resnet_course.training.imagenet:fetch": "waits for the network",
}
"""Functions that are not tried, and the reason. None of them gives what an exercise asks for."""

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
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True)
class Attempt:
    """An answer to any exercise: a function of a package, which arguments it gets, and what is taken of it.

    path: ``module:name``. count: None for all arguments, each under its name where the function knows it;
    otherwise the first so many, in the exercise's order. view: an expression of `it`, what the function
    returns. names: those of the exercise's own arguments.
    """

    path: str
    count: int | None = None
    view: str = "it"
    names: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        given = "all arguments" if self.count is None else f"{self.count} of the arguments"
        return f"{self.path}, {given}, {self.view}"

    @property
    def __globals__(self) -> dict[str, Any]:
        """Those of the function itself, in which a probe finds the blocks that it replaces."""
        found: dict[str, Any] = resolved(self.path).__globals__
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return viewed(self.view, self.called(*args, **kwargs))

    def called(self, *args: Any, **kwargs: Any) -> Any:
        """What the function itself returns. Raises TypeError for arguments that it cannot take."""
        named = {**dict(zip(self.names, args, strict=False)), **kwargs}
        given = {name: named[name] for name in self.names if name in named}
        function = resolved(self.path)
        try:
            signature = inspect.signature(function)
        except ValueError:  # some exceptions have none
            return function(*given.values())
        known = [p for p in signature.parameters.values() if p.kind in NAMED]
        if self.count is None and len(known) == len(signature.parameters):
            free = [p.name for p in known if p.name not in given and p.name not in FURTHER]
            others = [value for name, value in given.items() if name not in signature.parameters]
            if len(others) > len(free):
                raise TypeError(f"{self.path} takes no more than {len(known)} arguments")
            by_name = {name: v for name, v in given.items() if name in signature.parameters}
            by_name.update(zip(free, others, strict=False))
            bound = signature.bind_partial(**by_name)
        else:
            bound = signature.bind_partial(*list(given.values())[: self.count])
        for parameter in known:
            if parameter.name not in bound.arguments and parameter.default is parameter.empty:
                if parameter.name not in FURTHER:
                    raise TypeError(f"{self.path} needs {parameter.name}")
                values = tuple(bound.arguments.values())
                bound.arguments[parameter.name] = FURTHER[parameter.name](values)
        return function(*bound.args, **bound.kwargs)


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
    return str(getattr(value, "__module__", "")).partition(".")[0] in PACKAGE_NAMES


def parts(value: Any) -> tuple[Any, ...]:
    """The items of a tuple or list, the values of a mapping, the fields of an object of the packages."""
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
    if _is_ours(it):
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


class Screening:
    """Stands in for a student's function: makes all attempts on the arguments of each probe, then gives up.

    right: the attempts that have something right on every probe so far; those on probes that ask for an
    error are separate, since errors are earned apart. returned: the places of arguments that came back.
    """

    def __init__(self, unit: str, exercise: str, tried: tuple[str, ...]) -> None:
        self.exercise, self.tried = exercise, tried
        self.points = lesson(unit).points[exercise]
        function = author(unit)[EXERCISES[unit][exercise]]
        self.names = tuple(inspect.signature(function).parameters)
        self.probes = iter(calls(unit, exercise))
        self.right: dict[bool, dict[Attempt, None]] = {}
        self.returned: set[int] = set()

    @property
    def promising(self) -> list[Attempt]:
        return list(
            dict.fromkeys(attempt for attempts in self.right.values() for attempt in attempts)
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        probe = next(self.probes)
        if probe is None:
            raise RuntimeError("the numbers of this call do not count")
        asks_for_error = probe.builds_no_model and probe.expected().status == "error"
        if asks_for_error in self.right:
            attempts: Iterator[tuple[Attempt, Callable[..., Any]]] = (
                (attempt, attempt) for attempt in self.right[asks_for_error]
            )
        else:
            attempts = self._all(args, kwargs, asks_for_error)
        self.right[asks_for_error] = {
            attempt: None
            for attempt, answer in attempts
            if self._holds(answer, probe, args, kwargs)
        }
        raise RuntimeError("all attempts are made")

    def _all(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], asks_for_error: bool
    ) -> Iterator[tuple[Attempt, Callable[..., Any]]]:
        """Each attempt, with a function that calls the package's function again only if it must."""
        for path in self.tried:
            for count in (None, *range(len(args) + len(kwargs), 0, -1)):
                whole = Attempt(path, count, names=self.names)
                try:
                    it = whole.called(*args, **kwargs)
                    found = list(views(it))
                except (Exception, SystemExit):
                    if asks_for_error:
                        yield whole, whole
                    continue
                for view in found:
                    attempt = replace(whole, view=view)
                    if isinstance(it, GeneratorType):  # has begun, so the function is called again
                        yield attempt, attempt
                    elif not self._returned_before(view, it, (*args, *kwargs.values())):
                        yield attempt, partial(viewed, view, it)

    def _returned_before(self, view: str, it: Any, given: tuple[Any, ...]) -> bool:
        """Whether the answer is an argument as it came, which one attempt is enough for."""
        try:
            value = viewed(view, it)
        except Exception:
            return False
        if isinstance(value, bool | int | float | str | None):  # an equal one may be another's
            return False
        places = {index for index, argument in enumerate(given) if argument is value}
        before = bool(places) and places <= self.returned
        self.returned |= places
        return before

    def _holds(
        self,
        answer: Callable[..., Any],
        probe: Probe,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> bool:
        """Whether anything is right. What cannot be told from one call is taken to be."""
        if not probe.builds_no_model:
            with suppress(Exception, SystemExit):
                return isinstance(answer(*args, **kwargs), keras.Model | keras.KerasTensor)
            return False
        expected = probe.expected()
        if any(name.startswith("result for ") for name in expected.outputs):
            return True
        args = tuple(_fresh(value) for value in args)
        kwargs = {key: _fresh(value) for key, value in kwargs.items()}
        types = expected.facts.get(TYPES)
        returns = types if types is None or len(types) > 1 else types[0]
        watched = [*check._replacing[-1].values()] if check._replacing else []
        shown = probe_values(answer, expected.call, Seed(SECRET), args, kwargs, returns, watched)
        return judge(self.exercise, self.points, [(expected, shown)]).points > 0


def viewed(view: str, it: Any, *_args: Any, **_kwargs: Any) -> Any:
    """What an expression gives of a result, whatever the arguments were."""
    return eval(view, {"it": it, "parts": parts, "each": each})


def _fresh(value: Any) -> Any:
    return Predictor() if isinstance(value, Predictor) else value


@dataclass(frozen=True)
class Probe:
    """One call of a check in an exercise's test."""

    unit: str
    source: str

    @property
    def builds_no_model(self) -> bool:
        return "check.values(" in self.source

    @cache  # noqa: B019 - as many as there are checks
    def expected(self) -> Evidence:
        """What the author's solution gives."""
        with collecting(SECRET) as found:
            run(self.source, author(self.unit))
        return found[0]


@cache
def author(unit: str) -> dict[str, object]:
    return solution(unit)


@cache
def statements(unit: str, exercise: str) -> tuple[Probe, ...]:
    body = ast.parse(lesson(unit).tests[exercise]).body
    return tuple(Probe(unit, ast.unparse(statement)) for statement in body)


@cache
def calls(unit: str, exercise: str) -> tuple[Probe | None, ...]:
    """The probes in the order of their calls; None for a first call with other numbers."""
    return tuple(
        call
        for probe in statements(unit, exercise)
        for call in ([None, probe] if probe.builds_no_model else [probe])
    )


@cache
def references(unit: str, exercise: str) -> list[Evidence]:
    """What the author's solution gives for every probe of one exercise."""
    return gather(unit, lesson(unit).cells, [exercise])[exercise]


def earning(unit: str, exercise: str, tried: tuple[str, ...]) -> dict[Attempt, Verdict]:
    """The attempts that earn points for an exercise, with what its test says of them."""
    screening = Screening(unit, exercise, tried)
    assert len(evidence(unit, exercise, screening)) == len(statements(unit, exercise))
    verdicts = {attempt: graded(unit, exercise, attempt) for attempt in screening.promising}
    return {attempt: found for attempt, found in verdicts.items() if found.points > 0}


def graded(unit: str, exercise: str, answer: Any) -> Verdict:
    """The verdict on a student whose answer is this function."""
    by_call = {item.call: item for item in evidence(unit, exercise, answer)}
    pairs = [(item, by_call.get(item.call)) for item in references(unit, exercise)]
    return judge(exercise, lesson(unit).points[exercise], pairs)


def evidence(unit: str, exercise: str, answer: Any) -> list[Evidence]:
    """What the test of an exercise finds where the student's cell only names this function."""
    ANSWERS[exercise] = answer
    function = EXERCISES[unit][exercise]
    cell = (
        f"from tests.lessons.test_no_answers import ANSWERS\n\n{function} = ANSWERS[{exercise!r}]"
    )
    with warnings.catch_warnings(), redirect_stdout(StringIO()):
        warnings.simplefilter("ignore")
        return gather(unit, {**lesson(unit).cells, exercise: cell}, [exercise])[exercise]


ANSWERS: dict[str, Any] = {}
"""For each exercise the function that its cell finds here."""

ALL = [(unit, exercise) for unit, exercises in EXERCISES.items() for exercise in exercises]


@pytest.mark.slow
@pytest.mark.parametrize(("unit", "exercise"), ALL, ids=[exercise for _, exercise in ALL])
def test_no_public_function_earns_points(unit: str, exercise: str) -> None:
    """Neither what a function returns nor any part of it is right in anything but its shape."""
    tried = tuple(path for path in paths() if path not in NOT_TRIED)
    found = earning(unit, exercise, tried)
    too_much = {str(attempt): given.points for attempt, given in found.items() if given.points}
    assert not too_much


@pytest.mark.parametrize(
    ("unit", "exercise", "answer"),
    [
        ("unit0", "quiet_block", lambda X: X),
        ("unit3", "lr_schedule", lambda epoch: 0.0),
        ("unit3", "shift_and_flip", lambda pictures, down, right, flip: pictures.copy()),
        ("unit5", "count_weighted_layers", lambda model: 0),
    ],
)
def test_the_right_shape_alone_earns_nothing(
    unit: str, exercise: str, answer: Callable[..., Any]
) -> None:
    """Neither one number nor something of the shape of an argument is half of an answer."""
    assert graded(unit, exercise, answer).points == 0


def test_every_public_function_is_tried_or_listed_with_a_reason() -> None:
    """The packages are walked, and each exception is a function of theirs."""
    found = paths()
    assert len(found) > 150 and len(set(found)) == len(found)
    assert {path.partition(".")[0] for path in found} == set(PACKAGE_NAMES)
    assert set(found) >= {
        "kerascheck.check:staircase",
        "kerascheck.probes.given.sketches:sketched",
        "resnet_course.training.evaluation:Report.of",
        "resnet_course.training.inference:read_picture",
    }
    assert set(NOT_TRIED) <= set(found)


FUNCTION = "resnet_course.training.evaluation:precision_and_recall"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unit", "exercise"),
    [
        ("unit0", "quiet_block"),
        ("unit2", "convert_to_one_hot"),
        ("unit2", "read_image"),
        ("unit3", "lr_schedule"),
        ("unit3", "resnet_v1"),
        ("unit4", "predictions"),
        ("unit4", "performance_report"),
        ("unit5", "layers_that_differ"),
    ],
)
def test_a_solution_in_a_package_earns_everything(
    unit: str, exercise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This test can fail: the reference in place of a function of the toolkit is found."""
    reference_function = solution(unit)[EXERCISES[unit][exercise]]
    monkeypatch.setattr(
        resnet_course.training.evaluation, "precision_and_recall", reference_function
    )
    found = earning(unit, exercise, (FUNCTION,))
    assert found[Attempt(FUNCTION)].passed


@dataclass(frozen=True)
class Whole:
    """An object with an answer among its fields."""

    title: str
    first: Any
    second: Any
    third: Any = None
    fourth: Any = None


Whole.__module__ = "resnet_course.training.evaluation"


def test_a_report_with_the_answer_among_its_fields_earns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of classes are supplied, and consecutive fields are the answer."""
    answer = solution("unit4")["performance_report"]

    def report(true: np.ndarray, scores: np.ndarray, classes: list[str]) -> Whole:
        return Whole(", ".join(classes), *answer(true, scores))

    monkeypatch.setattr(resnet_course.training.evaluation, "precision_and_recall", report)
    found = earning("unit4", "performance_report", (FUNCTION,))
    assert found[Attempt(FUNCTION, None, "parts(it)[1:5]")].passed


def test_a_generator_of_objects_with_the_answer_in_them_earns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each object is taken apart, as late as it comes."""
    names = solution("unit4")
    names["Whole"] = Whole
    run(
        "def in_folder(predict, folder, classes, batch_size):\n"
        "    for name, row in predictions(predict, folder, batch_size):\n"
        "        yield Whole('an answer', name, row)\n",
        names,
    )
    monkeypatch.setattr(
        resnet_course.training.evaluation, "precision_and_recall", names["in_folder"]
    )
    found = earning("unit4", "predictions", (FUNCTION,))
    assert found[Attempt(FUNCTION, None, "each(it, 1, 3)")].points > 0
