"""What the diagnosis makes of wrong answers: mutants of unit 1's solutions, killed and named.

    python -m benchmarks.diagnosis [--pairs 40]

Killed: the mutant loses points. Named: the first finding says the right layer and the right cause; of a
pair, both are among the findings. What is missed is listed, then the time that judging and checking take.
The numbers of docs/diagnosis.md come from here. Takes about a quarter of an hour on two idle cores.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import time
from collections.abc import Sequence

from kerascheck.feedback.wording import sentence
from kerascheck.judge.judge import judge
from tests.support.lesson_cells import lesson, run
from tests.support.mutants import Exercise, Mutant, exercises

SEED = 20261122


def singles(exercise: Exercise) -> list[Mutant]:
    """Every single mutant of an exercise."""
    return [exercise.mutant(change) for change in exercise.mutations]


def pairs(exercise: Exercise, count: int) -> list[Mutant]:
    """Seeded pairs of changes of an exercise."""
    return [exercise.mutant(a, b) for a, b in exercise.pairs(count, SEED)]


def row(name: str, mutants: Sequence[Mutant]) -> list[str]:
    """A line of the table: how many there are, equivalent, killed and named."""
    equal = [m for m in mutants if m.equivalent]
    real = [m for m in mutants if not m.equivalent]
    killed, named = sum(m.killed for m in real), sum(m.named for m in real)
    return [
        name,
        str(len(mutants)),
        str(len(equal)),
        f"{killed} of {len(real)} ({killed / len(real):.1%})",
        f"{named} of {len(real)} ({named / len(real):.1%})",
    ]


def missed(mutants: Sequence[Mutant]) -> list[str]:
    """What survives, what is not named, and equivalent answers that lose something."""
    lines = []
    for mutant in mutants:
        if mutant.equivalent:
            if mutant.verdict.findings:
                lines.append(f"costs points and should not ({mutant.equivalent}): {mutant}")
        elif not mutant.killed:
            lines.append(f"survives: {mutant}")
        elif not mutant.named:
            first = mutant.verdict.findings[0]
            lines.append(f"not named: {mutant} (first: {sentence(first)})")
    return lines


def times() -> list[list[str]]:
    """Processor time for judging an exercise, and for a visible check with its panel."""
    found = []
    for exercise in exercises():
        given = [(item, item) for item in exercise.evidence]
        start = time.process_time()
        for _ in range(20):
            judge(exercise.name, 30, given)
        right = (time.process_time() - start) / 20
        found.append([f"judging {exercise.name}, right", f"{right * 1000:.1f} ms"])
    namespace: dict[str, object] = {"__name__": "__main__"}
    run(lesson("unit1").given, namespace)
    for source in lesson("unit1").cells.values():
        run(source, namespace)
    checks = {name: text.partition("### BEGIN")[0] for name, text in lesson("unit1").tests.items()}
    checks["whole network"] = "check.model(ResNet50, input_shape=(64, 64, 3), classes=6)"
    for name, source in checks.items():
        with contextlib.redirect_stdout(io.StringIO()):
            run(source, namespace)  # what is loaded once does not count
        start = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            run(source, namespace)
        found.append([f"visible check of {name}", f"{time.process_time() - start:.2f} s"])
    return found


def slowest_judgement(mutants: Sequence[Mutant]) -> float:
    """The longest that judging one wrong answer took, in seconds."""
    return max(mutant.seconds for mutant in mutants)


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Markdown."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=40, help="pairs for each exercise")
    parser.add_argument("--exercise", help="this exercise only")
    parser.add_argument("--times", action="store_true", help="measure times alone")
    options = parser.parse_args()
    if options.times:
        return print(table(["what", "processor time"], times()))
    chosen = [e for e in exercises() if options.exercise in (None, e.name)]
    single = {e.name: singles(e) for e in chosen}
    double = {e.name: pairs(e, options.pairs) for e in chosen}
    every = [m for mutants in single.values() for m in mutants]
    both = [m for mutants in double.values() for m in mutants]
    lines = [row(f"`{name}`, single", mutants) for name, mutants in single.items()]
    lines.append(row("**all singles**", every))
    lines += [row(f"`{name}`, pairs", mutants) for name, mutants in double.items()]
    lines.append(row("**all pairs**", both))
    print(table(["mutants", "made", "equivalent", "killed", "named"], lines))
    reasons = sorted({m.equivalent for m in every if m.equivalent})
    print("\nEquivalent because:", *(f"- {reason}" for reason in reasons), sep="\n")
    print("\nMissed:", *(f"- {line}" for line in missed([*every, *both])), sep="\n")
    print()
    slowest = [
        ["judging the slowest mutant", f"{1000 * slowest_judgement([*every, *both]):.1f} ms"]
    ]
    print(table(["what", "processor time"], [*times(), *slowest]))


if __name__ == "__main__":
    main()
