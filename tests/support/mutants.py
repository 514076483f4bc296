"""Mutants of a lesson's solutions, judged: which lose points, and whose mistake is the first finding.

Wrong answers come from `tests.support.mutation`, by rules and not from a list. What should be found
follows from the rule and from the place: the solution is traced once to learn which layer each site
gives. Where a mutant computes what the solution does, `equivalent` says why, from the graph or the text.
"""

from __future__ import annotations

import inspect
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import keras

from kerascheck.check import collecting
from kerascheck.evidence.evidence import Evidence, StudentError
from kerascheck.evidence.graph import Graph, Layer
from kerascheck.judge.judge import Pair, judge
from kerascheck.judge.places import Place, Places
from kerascheck.judge.verdict import Finding, Value, Verdict
from tests.support.lesson_cells import SECRET, Lesson, run
from tests.support.mutation import Mutation, mutated, mutations, traced

HOOK = "__site__"
OPEN = {
    "momentum": "no output depends on the momentum of the moving averages",
}


@dataclass(frozen=True)
class Expected:
    """What may be the first finding: one of these rules at one of these layers, on this setting.

    Where the code raises an error, the error must name the setting, and its line the kind of layer.
    """

    rules: tuple[str, ...]
    layers: tuple[Place, ...] = ()
    settings: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def meets(self, finding: Finding, line: str) -> bool:
        """line: of the student's code, where it raised an error."""
        if finding.rule not in self.rules:
            return False
        if isinstance(finding.actual, StudentError):
            message = finding.actual.message
            named = all(word in message for word in self.settings)
            return named and any(kind in line for kind in self.kinds)
        if self.settings and finding.property not in (None, *self.settings):
            return False
        if not self.layers:
            return True
        told = {finding.place, *_layers(finding.expected)}
        if finding.rule == "misplaced-layer":
            told |= {*_layers(finding.actual)}
        return bool({place.role for place in told if place is not None} & set(self.layers))


def _layers(value: Value) -> Iterator[Place]:
    if isinstance(value, tuple):
        yield from (item for item in value if isinstance(item, Place))


@dataclass(frozen=True)
class Mutant:
    """One or two changes of one exercise's solution, and the verdict on it.

    pairs: the evidence that was judged, of the reference and of the mutant. seconds: of the processor's
    time, for judging.
    """

    exercise: str
    changes: tuple[Mutation, ...]
    pairs: tuple[Pair, ...]
    verdict: Verdict
    expected: tuple[Expected, ...]
    equivalent: str | None
    seconds: float

    @property
    def killed(self) -> bool:
        return self.verdict.points < self.verdict.of

    @property
    def named(self) -> bool:
        """Whether the first finding says what was changed and where; of two, both among the findings."""
        found = self.verdict.findings
        error = self.verdict.error
        line = str(error.source) if error else ""
        if len(self.changes) == 1:
            return bool(found) and self.expected[0].meets(found[0], line)
        return all(any(what.meets(f, line) for f in found) for what in self.expected)

    def __str__(self) -> str:
        return f"{self.exercise}: {' + '.join(change.story for change in self.changes)}"


class Exercise:
    """One exercise of a lesson: its solution, its probes and the sites of its source."""

    def __init__(self, lesson: Lesson, name: str, functions: Mapping[str, str]) -> None:
        self.lesson = lesson
        self.name = name
        self.functions = [f for e, f in functions.items() if e != name]
        self.source = lesson.cells[name]

    @cached_property
    def evidence(self) -> list[Evidence]:
        return self.gather(self.source)

    @cached_property
    def graph(self) -> Graph:
        """The reference's graph for the first probe, which is the visible one."""
        graph = self.evidence[0].graph
        assert graph is not None
        return graph

    @cached_property
    def layers(self) -> dict[int, list[Layer]]:
        """For each site the layers that it gives, in the order of the network."""
        found: dict[int, list[Layer]] = {}

        def hook(number: int, tensor: Any) -> Any:
            operation = tensor._keras_history[0]
            recorded = getattr(operation, "recorded", None)
            if recorded is not None:
                operation.recorded = replace(recorded, kind=f"{recorded.kind}@{number}")
            else:
                operation.name = f"{operation.name}@{number}"
            return tensor

        source = traced(self.source, self.functions, HOOK)
        graph = self.gather(source, {HOOK: hook})[0].graph
        assert graph is not None and len(graph.layers) == len(self.graph.layers)
        for tagged, layer in zip(graph.layers, self.graph.layers, strict=True):
            _, at, number = f"{tagged.name or ''}{tagged.kind}".rpartition("@")
            if not at:
                _, at, number = str(tagged.name).rpartition("@")
            if at:
                number = "".join(filter(str.isdigit, number.split(layer.kind)[0]))
                found.setdefault(int(number), []).append(layer)
        return found

    def gather(self, source: str, extra: Mapping[str, Any] | None = None) -> list[Evidence]:
        """The evidence of all probes for this source, the lesson's own answers elsewhere."""
        keras.utils.clear_session(free_memory=False)
        namespace: dict[str, object] = {"__name__": "__main__", **(extra or {})}
        run(self.lesson.given, namespace)
        for other, cell in self.lesson.cells.items():
            with suppress(Exception):
                run(source if other == self.name else cell, namespace)
        with collecting(SECRET) as found, suppress(Exception):
            run(self.lesson.tests[self.name], namespace)
        return found

    @cached_property
    def mutations(self) -> list[Mutation]:
        return mutations(self.source, self.functions)

    def mutant(self, *changes: Mutation) -> Mutant:
        found = {e.call: e for e in self.gather(mutated(self.source, *changes))}
        pairs = tuple((item, found.get(item.call)) for item in self.evidence)
        start = time.process_time()
        verdict = judge(self.name, self.lesson.points[self.name], pairs)
        seconds = time.process_time() - start
        expected = tuple(self.expected(change) for change in changes)
        reasons = [self.equivalent(change) for change in changes]
        equivalent = "; ".join(r for r in reasons if r) if all(reasons) else None
        return Mutant(self.name, changes, pairs, verdict, expected, equivalent, seconds)

    def pairs(self, count: int, seed: int) -> list[tuple[Mutation, Mutation]]:
        """Two changes at different places, neither of them equivalent."""
        stream = random.Random(f"{seed} {self.name}")
        apt = [m for m in self.mutations if self.equivalent(m) is None]
        found: list[tuple[Mutation, Mutation]] = []
        while len(found) < count:
            a, b = stream.sample(apt, 2)
            if not set(a.sites) & set(b.sites) and (a.sites or b.sites):
                found.append((a, b))
        return found

    def expected(self, change: Mutation) -> Expected:
        """What the first finding should be."""
        places = Places(self.graph, {}, lambda identity: None)
        layers = tuple(
            places.of(layer.id) for number in change.sites for layer in self.layers.get(number, [])
        )
        keyword = self.keyword(change)
        settings = (keyword,) if keyword else ("filters",)
        kinds = (change.story.partition(":")[0],)
        match change.operator:
            case "argument" | "default" if keyword in ("stage", "block"):
                rules = ("misnamed-layer", "missing-layer", "raised")
                return Expected(rules, layers, settings, kinds)
            case "argument" | "default" | "unpacked":
                return Expected(("setting", "initialiser", "raised"), layers, settings, kinds)
            case "tensor":
                return Expected(("fed-by", "misplaced-layer"), layers)
            case "left out":
                return Expected(("missing-layer", "missing-step"), layers)
            case "inserted" | "repeated":
                return Expected(("extra-layer",))
            case "exchanged":
                return Expected(("misplaced-layer",), layers)
            case "kind":
                return Expected(("layer-kind",), layers)
            case "name" | "names":
                return Expected(("misnamed-layer",), layers)
            case "loop":
                return Expected(("missing-layer",) if keyword == "fewer" else ("extra-layer",))
            case "returned":
                return Expected(("output-of",))
            case "model name":
                return Expected(("model-name",))
        raise ValueError(change.operator)

    def keyword(self, change: Mutation) -> str | None:
        """The argument that a change is about, by name."""
        if not isinstance(change.keyword, int):
            return change.keyword
        kind = change.story.partition(":")[0]
        maker: Callable[..., Any] = getattr(keras.layers, kind)
        return list(inspect.signature(maker).parameters)[change.keyword]

    def equivalent(self, change: Mutation) -> str | None:
        """Why a change makes no difference, where the text or arithmetic says so; None elsewhere."""
        layers = [layer for number in change.sites for layer in self.layers.get(number, [])]
        keyword = self.keyword(change)
        if keyword in OPEN and change.operator == "argument":
            return OPEN[keyword]
        if change.operator == "default" and layers and self._is_default(layers, str(keyword)):
            return "the default is the same"
        if keyword == "padding" and layers and layers[0].settings.get("kernel_size") == [1, 1]:
            return "a window of 1×1 needs no padding"
        if keyword == "dilation_rate" and self._is_one_by_one(layers[0]):
            return "a window of 1×1 has nothing to spread"
        if change.operator == "repeated" and layers[0].kind in ("ReLU", "Flatten"):
            return f"{layers[0].kind} of {layers[0].kind} is the same"
        if change.operator == "inserted" and self._is_never_negative(layers[0]):
            return "nothing negative arrives there"
        if change.operator == "exchanged" and {x.kind for x in layers} == {"ReLU", "MaxPooling2D"}:
            return "ReLU and the maximum may change places"
        return None

    def _is_one_by_one(self, layer: Layer) -> bool:
        """A window and a stride of 1×1 (other strides cannot be combined with a dilation)."""
        return layer.settings.get("kernel_size") == layer.settings.get("strides") == [1, 1]

    def _is_never_negative(self, layer: Layer) -> bool:
        """Whether a ReLU after this layer changes nothing (a recorded block ends in a ReLU)."""
        if layer.settings.get("activation") in ("softmax", "relu"):
            return True
        if layer.kind == "ReLU" or "recorded" in layer.settings:
            return True
        passes_on = ("MaxPooling2D", "AveragePooling2D", "Flatten", "ZeroPadding2D")
        return layer.kind in passes_on and self._is_never_negative(
            self.graph.by_id[layer.inputs[0]]
        )

    def _is_default(self, layers: Sequence[Layer], keyword: str) -> bool:
        kind = layers[0].kind
        maker = getattr(keras.layers, kind, None)
        if maker is None:
            return keyword == "s" and layers[0].settings.get("s") == 2
        default = inspect.signature(maker).parameters[keyword].default
        value = layers[0].settings.get(keyword)
        if keyword == "axis":
            default = default % len(layers[0].shape)
        if isinstance(value, list):
            return value == (list(default) if isinstance(default, tuple) else [default] * 2)
        return value == default


@cache
def exercises() -> tuple[Exercise, ...]:
    """The exercises of unit 1."""
    from tests.students import FUNCTIONS
    from tests.support.lesson_cells import lesson

    return tuple(Exercise(lesson("unit1"), name, FUNCTIONS) for name in FUNCTIONS)
