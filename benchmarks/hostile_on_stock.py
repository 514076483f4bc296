"""Every attack of tests/students/hostile/ on a course of stock nbgrader, and on this grader.

    python -m benchmarks.hostile_on_stock --unsealed --attacks result_nan home_read  # these, on stock
    python -m benchmarks.hostile_on_stock --unsealed --on stock ours --json all.json # all, on both
    python -m benchmarks.hostile_on_stock --table all.json --markdown docs/attacks.md

On stock nbgrader the attacks run as programs of your account, which is the point, and the danger: run
this where losing everything that the account can reach is acceptable, in a container or a virtual machine,
and best as an ordinary user. The option --unsealed says that you have read this.

Each attack is made in a class of its own: the attacker, whose identity block is wrong, and after it a
student whose answers are right. The course is that of `benchmarks.stock`, with nbgrader's own
configuration, and around it lies the world of `tests.support.hostile_world`, which reports the harm.
The attack is adapted to the words of plain asserts (`benchmarks.stock.adapted`) and is else the same.

An attack succeeds when it earns more in any test than the same wrong code does without it, when it does
harm, when the other student does not get full marks, or when nobody has marks after LONGEST seconds.
An attack on what stock nbgrader does not have (our checks, evidence, grading seed) finds nothing to attack.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import logging
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
import psutil

from benchmarks.stock import autograde_stock, marks, passed, stock_course, submit_to_stock
from kerasgrader.course.course import Unit
from kerasgrader.course.seed import seed_of
from kerasgrader.execution.plan import Plan
from kerasgrader.execution.runner import NotebookRunner
from kerasgrader.grading.options import Options
from kerasgrader.grading.run import grade
from kerasgrader.marking.nbgrader import load_config
from kerasgrader.marking.reference import reference_tests
from tests.students import Answer, Student, answer_at, hostile
from tests.students.submissions import submit
from tests.support.course_folder import course_folder
from tests.support.hostile_world import SECRETS, World
from tests.support.observers.belongings import VICTIM
from tests.support.observers.folders import remove
from tests.support.observers.markers import student_of

WRONG = "wrong/identity_block:no_final_relu"
RIGHT = "equivalent/keywords"
HONEST, INNOCENT = "attacker-none", "innocent"  # the attacker comes first, in both graders
CELL_SECONDS = 20
LONGEST = 240
OURS_ONLY = re.compile(r"resnet_course|kerascheck|KERASCHECK")
# What the world lays out and stock nbgrader does not have.
NOT_IN_STOCK = {SECRETS[name] for name in ("seed", "grader", "store")}
SET_CHILD_SUBREAPER = 36
PAGE = """\
# What the attacks achieve

Each attack of `tests/students/hostile/` is submitted by a student whose identity block is wrong, in a
class of two: the other one's answers are right. In bold: it earns more than the same code without it,
does harm to what lies around it, or costs the other student marks. *Nothing to attack*: it aims at what
only this course has. Made by

```sh
# not run by the tests: it runs attacks unsealed
.venv/bin/python -m benchmarks.hostile_on_stock --unsealed --on stock --markdown docs/attacks.md
```

which says how the two courses differ, and where it may be run: on stock nbgrader attacks run as programs
of your account. There every test holds plain asserts; here it holds probes.

On this course's grader none of them succeeds: `tests/grading/test_class.py` grades them all, sealed,
in one class, whenever the tests run, and looks at the marks and at the world around them.

"""
REPORTED = ("DONE ", "DENIED ", "STOLEN ")


@dataclass(frozen=True)
class Outcome:
    """What came of a class of two.

    marks: the attacker's, by test, None where there is none. innocent: whether the other student has
    full marks. harm: the world's sentences. said: what the attack printed of its attempts.
    """

    marks: Mapping[str, float | None]
    innocent: bool
    harm: tuple[str, ...]
    said: tuple[str, ...]
    seconds: float
    in_time: bool = True

    @property
    def points(self) -> float:
        """The attacker's, of 100."""
        return sum(points or 0 for points in self.marks.values())

    @property
    def has_marks(self) -> bool:
        """Whether the attacker has any."""
        return any(points is not None for points in self.marks.values())

    def earns_more(self, honest: Outcome) -> bool:
        """Whether any test is worth more than to the same code without the attack."""
        return any((self.marks[name] or 0) > (honest.marks[name] or 0) for name in honest.marks)

    def succeeds(self, honest: Outcome) -> bool:
        """Whether the attack brought its author an advantage or anybody else a harm."""
        return bool(self.earns_more(honest) or self.harm or not self.innocent or not self.in_time)


class Stock:
    """Classes graded by stock nbgrader."""

    option, name = "stock", "stock nbgrader"

    def __init__(self, folder: Path) -> None:
        self.template = stock_course(folder, CELL_SECONDS)

    def submit(self, unit: Unit, students: Iterable[Student]) -> None:
        """As students do: with everything that came with the release, world.json for one."""
        students = tuple(students)
        submit_to_stock(unit, students)
        for student in students:
            for path in unit.release_file.parent.iterdir():
                if path.suffix != ".ipynb":
                    shutil.copy(path, unit.root / "submitted" / student.id / unit.id / path.name)

    def grade(self, unit: Unit, world: World) -> bool:
        """Whether it has ended by itself."""
        others = f"--CourseDirectory.student_id_exclude={VICTIM}"
        return autograde_stock(unit, others, seconds=LONGEST).status is not None

    def harm(self, found: Sequence[str]) -> list[str]:
        """But for what stock does not have, and for files in the folder that the kernel runs in."""
        own = f"created {self.template.id}/"
        return [s for s in found if s not in NOT_IN_STOCK and not s.startswith(own)]


class Ours:
    """Classes graded by this grader, sealed. The reference has been run before, once."""

    option, name = "ours", "this grader"

    def __init__(self, folder: Path) -> None:
        self.template = course_folder(folder, CELL_SECONDS)
        config = load_config(folder)
        reference_tests(Plan(self.template, seed_of(self.template), NotebookRunner(config=config)))

    def submit(self, unit: Unit, students: Iterable[Student]) -> None:
        """As students do: each kernel gets what came with the release anyway."""
        submit(unit, students)

    def grade(self, unit: Unit, world: World) -> bool:
        """Whether it has ended by itself, which it does."""
        names = sorted(path.name for path in (unit.root / "submitted").iterdir())
        students = [name for name in names if name != VICTIM]
        grade(unit.root, unit.id, students, Options(workers=1))
        return True

    def harm(self, found: Sequence[str]) -> list[str]:
        """All of it."""
        return list(found)


Grader = Stock | Ours


def outcome_of(grader: Grader, attack: Answer | None, folder: Path) -> Outcome:
    """Grade a class of two in `folder`, a copy of the grader's course: the attacker and the innocent.

    attack: None for the honest wrong code alone. Raises RuntimeError when harm is reported then, which
    would be the world's mistake.
    """
    shutil.copytree(grader.template.root, folder)
    unit = replace(grader.template, root=folder)
    name = attack.path.removeprefix("hostile/") if attack else None
    attacker = student_of(name) if name else HONEST
    answers = (answer_at(WRONG), *((attack,) if attack else ()))
    with World(unit) as world:
        grader.submit(unit, [Student(attacker, "", "", answers), innocent()])
        world.remember()
        started = time.monotonic()
        before = set(psutil.Process().children(recursive=True))
        in_time = grader.grade(unit, world)
        seconds = time.monotonic() - started
        world.look()
        harm = tuple(grader.harm(world.harm(name)))
        end_descendants(before)
        unharmed = all(passed(unit, INNOCENT).values())
        said = reports(unit, attacker, world.reports(name) if name else [])
        made = Outcome(marks(unit, attacker), unharmed, harm, said, round(seconds, 1), in_time)
    remove(folder)
    if attack is None and (harm or not made.innocent):
        raise RuntimeError(f"{grader.name}: without an attack: {harm or 'the innocent lose marks'}")
    return made


def innocent() -> Student:
    """Somebody whose answers are right, and not the reference's own words."""
    return Student(INNOCENT, "", "", (answer_at(RIGHT),))


def reports(unit: Unit, attacker: str, kept: Sequence[str]) -> tuple[str, ...]:
    """What the attack printed of its attempts: in the store, or in its autograded notebook."""
    path = unit.root / "autograded" / attacker / unit.id / f"{unit.notebook}.ipynb"
    lines = list(kept)
    if path.exists():
        outputs = [o for c in nbformat.read(path, as_version=4).cells for o in c.get("outputs", [])]
        text = "".join(o.text for o in outputs if o.get("name") == "stdout")
        lines += [line for line in text.splitlines() if line.startswith(REPORTED)]
    return tuple(dict.fromkeys(lines))


def end_descendants(but: set[psutil.Process]) -> None:
    """End every process that came of this one, but those."""
    for process in set(psutil.Process().children(recursive=True)) - but:
        try:
            if "multiprocessing.resource_tracker" not in " ".join(process.cmdline()):
                process.kill()
        except psutil.Error:
            continue


def adopt_orphans() -> None:
    """Become the parent of descendants whose own has ended, so that none escapes `end_descendants`."""
    ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def described(outcome: Outcome, honest: Outcome, attack: Answer, stock: bool) -> str:
    """An outcome as a table says it, what succeeded in bold."""
    parts = []
    if not outcome.in_time:
        parts.append(f"**stops the whole class**, ended after {LONGEST} s")
    elif not outcome.innocent:
        parts.append("**the student after it has no marks**")
    if outcome.earns_more(honest):
        parts.append(f"**{outcome.points:g} points** instead of {honest.points:g}")
    parts += [f"**{sentence}**" for sentence in summary(outcome.harm)]
    if not outcome.has_marks:
        parts.append("its own submission has no mark")
    if parts:
        return "; ".join(parts)
    aims_at_ours = stock and OURS_ONLY.search(f"{attack.cell} {attack.metadata}")
    return "nothing to attack" if aims_at_ours else "nothing"


def summary(harm: Sequence[str], longest: int = 4) -> list[str]:
    """Sentences of harm, those about single files and signals counted."""
    counted: Counter[str] = Counter()
    sentences = []
    for sentence in harm:
        for kind, (pattern, _) in COUNTED.items():
            if re.match(pattern, sentence):
                counted[kind] += 1
                break
        else:
            sentences.append(sentence)
    sentences += [COUNTED[kind][1].format(count) for kind, count in counted.items()]
    more = len(sentences) - longest
    return sentences if more <= 0 else [*sentences[:longest], f"and {more} more"]


COUNTED = {
    "left": ("left .* in ", "left {} files or folders elsewhere"),
    "created": ("created ", "created {} files where others are"),
    "changed": ("changed [^ ]*$", "changed {} files of others"),
    "removed": ("removed ", "removed {} files of others"),
    "signals": ("sent the victim", "sent another process {} signals"),
}


@dataclass
class Report:
    """The outcomes by the grader's name: of the honest wrong code, and of each attack by its path."""

    honest: dict[str, Outcome] = field(default_factory=dict)
    found: dict[str, dict[str, Outcome]] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    def add_plain(self, data: dict[str, Any]) -> None:
        """Add what another run has found, in place of what is known of the same attacks."""
        for name, outcome in data["honest"].items():
            self.honest[name] = Outcome(**outcome)
        for name, by_path in data["found"].items():
            outcomes = {path: Outcome(**outcome) for path, outcome in by_path.items()}
            self.found.setdefault(name, {}).update(outcomes)

    def keep(self, path: Path | None) -> None:
        """Write it as JSON, if there is a place for it."""
        if path:
            path.write_text(json.dumps(self.to_plain(), indent=2, sort_keys=True) + "\n", "utf-8")


def markdown(attacks: Sequence[Answer], report: Report) -> str:
    """The table, and above it how many succeed. Raises KeyError where an outcome is missing."""
    names = sorted(report.found, key=[Stock.name, Ours.name].index)
    counts = {
        name: sum(report.found[name][a.path].succeeds(report.honest[name]) for a in attacks)
        for name in names
    }
    lines = [
        f"Of {len(attacks)} attacks, "
        + " and ".join(f"**{count} succeed on {name}**" for name, count in counts.items())
        + ".",
        "",
        f"| attack | what it tries | on {' | on '.join(names)} |",
        f"| --- | --- {'| --- ' * len(names)}|",
    ]
    for attack in attacks:
        cells = [
            described(
                report.found[name][attack.path], report.honest[name], attack, name == Stock.name
            )
            for name in names
        ]
        name = attack.path.removeprefix("hostile/")
        lines.append(f"| `{name}` | {' | '.join(map(_cell, [attack.story, *cells]))} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def run(
    report: Report, makers: Sequence[type[Grader]], attacks: Sequence[Answer], keep: Path | None
) -> None:
    """Run the attacks, one after the other, and add each outcome to the report, which is kept."""
    folder = Path(tempfile.mkdtemp(prefix="attacks-"))
    try:
        for make in makers:
            grader = make(folder / make.__name__)
            report.honest[grader.name] = outcome_of(grader, None, folder / "honest")
            found = report.found.setdefault(grader.name, {})
            for number, attack in enumerate(attacks, 1):
                found[attack.path] = outcome_of(grader, attack, folder / f"{number}")
                report.keep(keep)
                print(f"{grader.name} {number}/{len(attacks)} {attack.path}", file=sys.stderr)
    finally:
        remove(folder)


def chosen_attacks(names: Sequence[str]) -> list[Answer]:
    """These attacks, or all. Raises SystemExit for an unknown one."""
    known = {answer.path.removeprefix("hostile/"): answer for answer in hostile()}
    if unknown := set(names) - known.keys():
        raise SystemExit(f"there is no attack {', '.join(sorted(unknown))}")
    return [known[name] for name in names or known]


def main() -> None:
    """Run the attacks and print the table."""
    options = _options()
    report, attacks = Report(), chosen_attacks(options.attacks)
    for path in options.table:
        report.add_plain(json.loads(path.read_text("utf-8")))
    makers = [make for make in (Stock, Ours) if make.option in options.on] * (not options.table)
    if Stock in makers and not options.unsealed:
        raise SystemExit(f"{__doc__}\nNothing was run: say --unsealed if that is what you want.")
    adopt_orphans()
    logging.disable(logging.CRITICAL)
    run(report, makers, attacks, options.json)
    text = markdown(attacks, report)
    sys.stdout.write(text)
    if options.markdown:
        options.markdown.write_text(PAGE + text, "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Every attack, on stock nbgrader and on ours.")
    parser.add_argument("--unsealed", action="store_true", help="yes, run attacks as this account")
    parser.add_argument("--on", nargs="*", choices=("stock", "ours"), default=("stock",))
    parser.add_argument("--attacks", nargs="*", default=(), help="these only, by name")
    parser.add_argument("--json", type=Path, help="keep the outcomes here, as they come")
    parser.add_argument(
        "--table", nargs="*", type=Path, default=(), help="run nothing: a table of such files"
    )
    parser.add_argument("--markdown", type=Path, help="also write the page here")
    return parser.parse_args()


if __name__ == "__main__":
    main()
