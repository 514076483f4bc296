"""Answers by people who had read the notebooks and nothing else, neither tests nor this repository.

`tests/students/strangers/` holds them: for each exercise wrong ones, which contradict the text, and right
ones, written in another manner. docs/diagnosis.md says how many were judged rightly at the first run,
before anything was mended for them. An ordinary run takes every fortieth, `--long-runs` all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.students import EXERCISES
from tests.support.lesson_cells import gather, lesson, verdict

FOLDER = Path(__file__).parents[1] / "students" / "strangers"
EVERY = 40

OPEN = {
    ("gradient_norms", "runs the model twice in training mode: moving averages move twice"): (
        "the texts do not count how often the model runs"
    ),
    ("gradient_norms", "only Conv2D and Dense, other layers with a kernel are missed"): (
        "the course's networks have no others"
    ),
    ("gradient_norms", "takes the probabilities for logits"): (
        "Keras finds the logits behind the softmax: the same numbers"
    ),
    ("residual_network", "no more than 27 pairs"): "no probe is so deep",
    ("convolutional_block", "momentum 0.9 instead of the 0.99 of the text"): (
        "a momentum costs no points"
    ),
    ("remedies", "Adam with weight_decay"): "in Keras 3 it decays as AdamW does",
    ("resnet_v1", "the message has the number 1, of n >= 1"): "the rule may be named",
    ("resnet_v2", "the message says n >= 1: one number too many"): "the rule may be named",
    ("predictions", "counts files, not pictures: batches with an unreadable file are too small"): (
        "the texts leave open how batches are filled"
    ),
    ("plain_network", "own layer with batch normalisation's momentum 0.9"): (
        "the texts leave the momentum open"
    ),
    ("diagnose", "a tenth or more"): "at exactly a tenth, both are right",
    ("resnet_v1", "pooling with padding same"): "the texts leave the pool's padding open",
    (
        "basic_block",
        "shapes compared after the main path (1x1 pixels with s=2 gets a plain shortcut)",
    ): "the texts let the shapes decide",
    ("count_weighted_layers", "graphlib sorts, an attribute 'kernel' tells"): (
        "right by the text that its author read; since then the text says which layers count"
    ),
    ("training_callbacks", "a tuple"): "a tuple is as good as a list",
    ("layers_that_differ", "returns a sorted tuple"): "a tuple is as good as a list",
}
"""Answers that are not judged as their authors thought, and why."""


def answers(unit: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{unit}.json").read_text("utf-8"))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("unit", EXERCISES)
def test_strangers_get_what_they_deserve(unit: str, long_runs: bool) -> None:
    """Right answers have full marks; wrong ones lose some, and a finding says why."""
    misjudged = []
    for number, answer in enumerate(answers(unit)):
        exercise, label = answer["exercise"], answer["label"]
        if (not long_runs and number % EVERY) or (exercise, label) in OPEN:
            continue
        cells = {**lesson(unit).cells, exercise: answer["source"]}
        found = verdict(unit, exercise, gather(unit, cells, [exercise])[exercise])
        right = found.passed and found.points == found.of
        lost = found.points < found.of and bool(found.findings)
        if not (right if answer["kind"] == "right" else lost):
            misjudged.append(f"{exercise}, {answer['kind']}: {label} ({found.points:g})")
    assert not misjudged


def test_every_exercise_has_answers_of_both_kinds() -> None:
    for unit, exercises in EXERCISES.items():
        for exercise in exercises:
            kinds = [a["kind"] for a in answers(unit) if a["exercise"] == exercise]
            assert kinds.count("wrong") >= 8 and kinds.count("right") >= 5


def test_what_is_open_is_among_the_answers() -> None:
    known = {(a["exercise"], a["label"]) for unit in EXERCISES for a in answers(unit)}
    assert set(OPEN) <= known
