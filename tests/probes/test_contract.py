"""What every probe asks for without being told: the same arguments after, the same answer again, and so on.

Each test tries a right function and functions that break one rule, and looks at what the judge says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from kerascheck import check
from kerascheck.check import collecting
from kerascheck.evidence.evidence import Evidence
from kerascheck.judge.judge import judge
from kerascheck.judge.verdict import Verdict

Probe = Callable[[Callable], None]


def evidence(probe: Probe, function: Callable, seed: str = "secret") -> Evidence:
    with collecting(seed) as found:
        probe(function)
    return found[0]


def verdict(probe: Probe, right: Callable, other: Callable) -> Verdict:
    return judge("f", 10, [(evidence(probe, right), evidence(probe, other))])


def rules(probe: Probe, right: Callable, other: Callable) -> set[str]:
    found = verdict(probe, right, other)
    assert found.points < found.of or not found.findings
    return {finding.rule for finding in found.findings}


def mean(x: np.ndarray) -> np.ndarray:
    return x - x.mean(axis=0)


def in_place(x: np.ndarray) -> np.ndarray:
    x -= x.mean(axis=0)
    return x.copy()


def same_array(x: np.ndarray) -> np.ndarray:
    x[:] = x - x.mean(axis=0)
    return x


def an_array(function: Callable) -> None:
    check.values(function, check.normal(5, 3))


def test_arguments_are_what_they_were() -> None:
    assert rules(an_array, mean, mean) == set()
    assert rules(an_array, mean, in_place) == {"argument-changed"}
    assert rules(an_array, mean, same_array) == {"argument-changed", "argument-returned"}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def names_and_gone(folder: Path) -> list[str]:
    found = names(folder)
    (folder / found[0]).unlink()
    return found


def raising(folder: Path) -> list[str]:
    raise ValueError("no picture")


def raising_and_gone(folder: Path) -> list[str]:
    names_and_gone(folder)
    raise ValueError("no picture")


def test_files_are_what_they_were_whether_an_error_is_raised_or_not() -> None:
    def a_folder(function: Callable) -> None:
        check.values(function, check.folder("a.png: small", "b.png: small"))

    assert rules(a_folder, names, names_and_gone) == {"argument-changed"}
    assert rules(a_folder, raising, raising_and_gone) == {"argument-changed"}


def test_a_model_keeps_its_weights_but_not_its_averages_where_the_author_moves_them() -> None:
    def size(model: keras.Model, x: np.ndarray) -> float:
        return float(np.abs(keras.ops.convert_to_numpy(model(x, training=True))).sum())

    def still(model: keras.Model, x: np.ndarray) -> float:
        before = model.get_weights()
        found = size(model, x)
        model.set_weights(before)
        return found

    def training(model: keras.Model, x: np.ndarray) -> float:
        found = size(model, x)
        model.layers[1].kernel.assign_add(np.ones_like(model.layers[1].kernel))
        return found

    def a_model(function: Callable) -> None:
        check.values(function, check.network(2), check.normal(4, 6, 6, 2))

    assert rules(a_model, size, still) == set()
    assert "argument-changed" in rules(a_model, size, training)


def block(X: keras.KerasTensor, filters: list[int]) -> keras.KerasTensor:
    return layers.Dense(filters[0])(X)


def block_that_pops(X: keras.KerasTensor, filters: list[int]) -> keras.KerasTensor:
    return layers.Dense(filters.pop(0))(X)


def test_blocks_keep_to_it_too() -> None:
    def a_block(function: Callable) -> None:
        check.block(function, shape=(2, 4), filters=[3, 5])

    assert rules(a_block, block, block) == set()
    assert "argument-changed" in rules(a_block, block, block_that_pops)


def total(x: np.ndarray) -> float:
    return float(np.abs(x).sum())


def counting() -> Callable:
    calls: list[int] = []

    def total(x: np.ndarray) -> float:
        calls.append(1)
        return float(np.abs(x).sum()) + 0.1 * len(calls)

    return total


def remembering(key: Callable) -> Callable:
    known: dict = {}

    def total(x: object) -> float:
        return known.setdefault(key(x), float(np.abs(x).sum()))

    return total


def test_an_answer_does_not_depend_on_earlier_calls() -> None:
    assert "second-call" in rules(an_array, total, counting())
    assert rules(an_array, total, remembering(lambda x: x.shape)) == {"value"}
    assert rules(an_array, total, remembering(lambda x: x.tobytes())) == set()


def test_a_file_that_has_changed_is_read_again() -> None:
    def size(path: Path) -> int:
        return sum(path.read_bytes())

    known: dict[str, int] = {}

    def once(path: Path) -> int:
        return known.setdefault(str(path), size(path))

    def a_file(function: Callable) -> None:
        check.values(function, check.picture("a.png", "small"))

    assert rules(a_file, size, size) == set()
    assert rules(a_file, size, once) == {"value"}


SHARED = layers.Dense(3)


def test_each_call_has_layers_of_its_own() -> None:
    def own(X: keras.KerasTensor) -> keras.KerasTensor:
        return layers.Dense(3)(X)

    def shared(X: keras.KerasTensor) -> keras.KerasTensor:
        return SHARED(X)

    def growing(X: keras.KerasTensor, sizes: list = []) -> keras.KerasTensor:  # noqa: B006
        sizes.append(3)
        return layers.Dense(len(sizes) + 2)(X)

    def a_block(function: Callable) -> None:
        check.block(function, shape=(2, 4))

    assert rules(a_block, own, own) == set()
    found = verdict(a_block, own, shared)
    assert [(f.rule, f.actual) for f in found.findings][0] == ("second-call", "the same layers")
    found = verdict(a_block, own, growing)
    assert [(f.rule, f.actual) for f in found.findings][0] == ("second-call", "another network")


@pytest.mark.parametrize(
    ("other", "right"),
    [
        (lambda x, size=3, name="a": total(x), True),
        (lambda x, size=3, name="a", more=1: total(x), True),
        (lambda x=None, size=3, name="a": total(x), True),
        (lambda *args, **kwargs: total(args[0]), True),
        (lambda size, x=3, name="a": total(size), False),
        (lambda x, size=4, name="a": total(x), False),
        (lambda x, name="a", size=3: total(x), False),
        (lambda x, *, size=3, name="a": total(x), False),
        (lambda x: total(x), False),
    ],
)
def test_parameters_are_those_of_the_first_line(other: Callable, right: bool) -> None:
    """Names, order and defaults; a default where there was none, or a further parameter, harm nobody."""
    found = rules(an_array, lambda x, size=3, name="a": total(x), other)
    assert found == (set() if right else {"signature"})


def test_each_argument_has_numbers_of_its_own() -> None:
    with collecting("classic") as found:
        check.values(lambda a, b: np.stack([a, b]), check.normal(4, 4), check.normal(4, 4))
    first, second = np.reshape(found[0].outputs["result"].values(), (2, 16))
    assert not np.isclose(first, second).any()
    expected = np.random.RandomState(1).standard_normal(16)
    assert np.allclose(first, expected, atol=1e-6)  # those of the original assignment


def test_a_choice_is_drawn_from_the_secret_and_the_same_wherever_it_stands() -> None:
    def sizes(x: np.ndarray, y: np.ndarray, n: int) -> list[int]:
        return [*x.shape, *y.shape, n]

    drawn = set()
    for seed in "abcdefgh":
        with collecting(seed) as found:
            check.values(
                sizes, check.normal(check.size(2, 9), 2), y=check.one_hot(check.size(2, 9), 3),
                n=check.one_of(5, 6, 7),
            )  # fmt: skip
        rows, _, others, _, chosen = found[0].outputs["result"].elements
        assert rows == others and 2 <= rows <= 9 and chosen in (5, 6, 7)
        drawn.add((rows, chosen))
    assert len(drawn) > 4


def test_a_type_counts_where_the_lesson_asks_for_one() -> None:
    def typed(function: Callable) -> None:
        check.values(function, check.normal(3), returns="list")

    def untyped(function: Callable) -> None:
        check.values(function, check.normal(3))

    assert rules(untyped, lambda x: x.tolist(), lambda x: tuple(x)) == set()
    assert rules(typed, lambda x: x.tolist(), lambda x: tuple(x)) == set()
    assert rules(typed, lambda x: x.tolist(), lambda x: 1 * x) == {"value-type"}


def test_a_generator_is_as_lazy_as_the_author_s() -> None:
    def read(path: Path) -> np.ndarray:
        raise AssertionError("the probe puts a reader of its own here")

    namespace: dict = {"read": read}
    source = """
def one_by_one(folder):
    for path in sorted(folder.iterdir()):
        yield path.name, read(path).mean()

def all_at_once(folder):
    yield from [(path.name, read(path).mean()) for path in sorted(folder.iterdir())]
"""
    exec(source, namespace)

    def a_folder(function: Callable) -> None:
        with check.replacing(read=check.counted_reader()):
            check.values(function, check.folder("a.png: small", "b.png: small", "c.png: small"))

    right, other = namespace["one_by_one"], namespace["all_at_once"]
    found = verdict(a_folder, right, other)
    assert [finding.part for finding in found.findings] == [
        "result: images read before each answer"
    ]
    assert namespace["read"] is read


def test_an_iterator_of_any_kind_is_a_generator() -> None:
    def right(count: int) -> Iterator[int]:
        yield from range(count)

    def a_number(function: Callable) -> None:
        check.values(function, 4)

    assert rules(a_number, right, lambda count: map(int, range(count))) == set()
    assert rules(a_number, right, lambda count: iter(range(count - 1))) == {"value", "value-shape"}
