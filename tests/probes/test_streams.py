"""What probes see of pipelines, generators and random layers: all right ones alike, each wrong one not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from kerascheck import check
from kerascheck.check import collecting
from kerascheck.evidence.evidence import Evidence
from kerascheck.feedback.wording import sentence
from kerascheck.judge.judge import judge
from kerascheck.judge.verdict import PASSED, VALUES, Finding
from resnet_course.training.inference import read_picture

COUNT = 26


def evidence_of(function: Callable, *args: Any, **kwargs: Any) -> Evidence:
    with collecting("a secret") as evidence:
        check.values(function, *args, **kwargs)
    return evidence[0]


def pipeline_evidence(steps: Callable[[Any], Any]) -> Evidence:
    def make(pictures: Any, labels: Any) -> Any:
        return steps(tf.data.Dataset.from_tensor_slices((pictures, labels)))

    return evidence_of(make, check.normal(COUNT, 2, 2, 1), check.one_hot(COUNT, 3))


def alike(one: Evidence, other: Evidence) -> bool:
    return judge("f", 10, [(one, other)]).outcome == PASSED


def test_shuffled_pipelines_are_alike_whatever_their_order() -> None:
    """Other seeds, larger buffers, other places of prefetch: the same evidence."""
    reference = pipeline_evidence(lambda d: d.shuffle(COUNT, seed=1).batch(4))
    assert alike(reference, pipeline_evidence(lambda d: d.shuffle(500, seed=9).batch(4)))
    assert alike(
        reference, pipeline_evidence(lambda d: d.cache().shuffle(26, 2).batch(4).prefetch(2))
    )


def test_images_that_are_alike_are_told_apart_by_their_labels() -> None:
    """Among thousands of small images two are alike by chance: which comes first tells nothing."""
    images, labels = np.zeros((12, 1, 1, 1), np.float32), np.eye(12, dtype=np.float32)

    def of(seed: int) -> Evidence:
        def make() -> Any:
            return tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(12, seed).batch(4)

        return evidence_of(make)

    assert alike(of(1), of(2))


def read_slowly(picture: Any, label: Any) -> Any:
    return picture, label


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (lambda d: d.map(read_slowly, num_parallel_calls=2), "as it is asked for"),
        (lambda d: d.map(read_slowly, tf.data.AUTOTUNE, deterministic=True), "as it is asked for"),
        (lambda d: d.map(read_slowly, 2, deterministic=False), "whichever is faster"),
        (lambda d: d.map(read_slowly, 2, deterministic=False).cache(), "whichever is faster"),
        (
            lambda d: d.interleave(
                lambda *pair: tf.data.Dataset.from_tensors(pair),
                num_parallel_calls=2,
                deterministic=False,
            ),
            "whichever is faster",
        ),
        (
            lambda d: d.flat_map(
                lambda *pair: tf.data.Dataset.from_tensors(pair).map(
                    read_slowly, num_parallel_calls=2, deterministic=False
                )
            ),
            "whichever is faster",
        ),
        (lambda d: d.shuffle(COUNT, 1).map(read_slowly, 2), "as it is asked for"),
    ],
)
def test_steps_that_let_elements_overtake_one_another_are_seen(steps: Callable, found: str) -> None:
    """Also where nothing is slow enough to be overtaken."""
    evidence = pipeline_evidence(lambda d: steps(d).batch(4))
    assert evidence.status == "ok", evidence.error
    assert evidence.facts["result: order of reading"] == found


@pytest.mark.parametrize(
    ("steps", "part", "found"),
    [
        (lambda d: d.shuffle(26).batch(4), "order when made again", "another"),
        (lambda d: d.batch(4), "order of the next epoch", "the same"),
        (
            lambda d: d.batch(4).shuffle(7, seed=1),
            "batches of the next epoch",
            "the same images together",
        ),
        (
            lambda d: d.shuffle(3, seed=1).batch(4),
            "first image of an epoch",
            "one of the same few",
        ),
    ],
)
def test_each_way_to_shuffle_wrongly_shows(steps: Callable, part: str, found: str) -> None:
    """A missing seed, no shuffling, whole batches, a small buffer: each in a fact of its own."""
    evidence = pipeline_evidence(steps)
    assert evidence.facts[f"result: {part}"] == found
    assert not alike(pipeline_evidence(lambda d: d.shuffle(COUNT, seed=1).batch(4)), evidence)


def test_the_order_of_a_pipeline_that_is_not_shuffled_matters() -> None:
    """The same pictures from back to front are another answer."""
    straight = pipeline_evidence(lambda d: d.batch(4))
    assert alike(straight, pipeline_evidence(lambda d: d.batch(4).prefetch(1)))
    backwards = evidence_of(
        lambda x, y: tf.data.Dataset.from_tensor_slices((x[::-1], y[::-1])).batch(4),
        check.normal(COUNT, 2, 2, 1),
        check.one_hot(COUNT, 3),
    )
    assert backwards.outputs["result[0]"] == straight.outputs["result[0]"]
    assert backwards.facts["result: order"] != straight.facts["result: order"]


def test_an_endless_pipeline_is_cut_off() -> None:
    """Probing ends, and the number of batches tells."""
    evidence = pipeline_evidence(lambda d: d.repeat().batch(4))
    assert evidence.outputs["result: batch sizes"].shape == (200,)


def test_a_pipeline_without_batches_is_said_so() -> None:
    """Elements whose parts differ in length are single pictures and labels, and no error of ours."""
    evidence = pipeline_evidence(lambda d: d)
    assert evidence.status == "ok"
    assert evidence.facts["result: what it is"].endswith("whose elements are no batches")
    assert not alike(pipeline_evidence(lambda d: d.batch(4)), evidence)


def test_what_is_no_number_is_called_so() -> None:
    """An undefined share is not shown as the axis of a batch."""
    finding = Finding(
        "value", VALUES, "c", part="result[1]", expected=(0.5, 1.0), actual=(None, 1.0)
    )
    assert "yours is `(nan, 1.0)`" in sentence(finding)


def test_a_pipeline_that_fails_while_it_runs_is_an_error_of_the_student() -> None:
    """What `map` raises comes out when the pipeline is run, and is kept as an error."""

    def make(pictures: Any) -> Any:
        numbers = tf.data.Dataset.range(3)
        return numbers.map(lambda i: tf.debugging.assert_less(i, tf.constant(1, tf.int64)) or i)

    assert evidence_of(make, check.normal(2, 1)).status == "error"


def answers(predict: Callable, folder: str, eager: bool = False) -> Iterator[tuple[str, Any]]:
    if eager:
        for path in sorted(Path(folder).iterdir()):
            predict(read_picture(path)[np.newaxis])
    for path in sorted(Path(folder).iterdir()):
        yield path.name, predict(read_picture(path)[np.newaxis])[0]


def test_a_generator_is_run_and_its_answers_kept() -> None:
    """Names, numbers, how many, and how many pictures `predict` had at a time."""
    evidence = evidence_of(
        answers, check.colours, check.folder("b.png: small", "a.png: small", "c.png: small")
    )
    assert evidence.facts["result[0]"] == "a.png, b.png, c.png"
    assert evidence.outputs["result[1]"].shape == (3, 3)
    assert evidence.outputs["result: answers"].elements == (3.0,)
    assert evidence.outputs["result: most images in a call of predict"].elements == (1.0,)
    assert evidence.facts["result: calls of predict before the first answer"] == "at most one"


def test_a_generator_that_works_ahead_shows() -> None:
    """Everything predicted before the first answer is a fact."""
    evidence = evidence_of(
        answers, check.colours, check.folder("a.png: small", "b.png: small"), eager=True
    )
    assert evidence.facts["result: calls of predict before the first answer"] == "several"


def test_pictures_of_a_folder_depend_on_the_seed_and_are_gone_afterwards() -> None:
    """A table of answers is worth nothing, and nothing is left on the disk."""
    places: list[str] = []

    def colours(folder: str) -> list:
        places.append(folder)
        return [read_picture(Path(folder) / "a.png").mean(axis=(0, 1))]

    with collecting("one") as first:
        check.values(colours, check.folder("a.png: small"))
    with collecting("two") as second:
        check.values(colours, check.folder("a.png: small"))
    assert first[0].outputs != second[0].outputs
    assert not any(Path(place).exists() for place in places)


def test_an_error_of_a_generator_is_an_error_of_the_student() -> None:
    """A generator raises when it is run, not when it is made."""
    evidence = evidence_of(answers, check.colours, check.folder("a.png: small", "broken.png: text"))
    assert evidence.status == "error" and evidence.error is not None
    assert evidence.error.type == "Unreadable"


def dropping(before: Callable[[], Any], rate: float) -> Callable[[Any], Any]:
    def block(X: Any) -> Any:
        X = layers.Conv2D(3, 1)(X)
        before()
        return layers.Dropout(rate)(layers.ReLU()(X))

    return block


def trained(block: Callable[[Any], Any]) -> Any:
    with collecting("a secret") as evidence:
        check.block(block, shape=(2, 6, 6, 3))
    return evidence[0].outputs["training"]


def test_what_is_dropped_depends_on_the_place_alone() -> None:
    """Neither other random layers, nor a seed of one's own, nor the order of ReLU and dropout matters."""
    reference = trained(dropping(lambda: None, 0.2))
    assert 0 in reference.elements
    assert trained(dropping(lambda: layers.Dropout(0.5), 0.2)) == reference

    def seeded(X: Any) -> Any:
        return layers.ReLU()(layers.Dropout(0.2, seed=3)(layers.Conv2D(3, 1)(X)))

    assert trained(seeded) == reference


def test_the_rate_of_dropout_shows_in_training_alone() -> None:
    """At inference dropout does nothing; in training each rate drops other values."""
    assert trained(dropping(lambda: None, 0.2)) != trained(dropping(lambda: None, 0.5))
    plain = trained(lambda X: layers.ReLU()(layers.Conv2D(3, 1)(X)))
    assert plain != trained(dropping(lambda: None, 0.2))
