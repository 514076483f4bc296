"""The `kerasgrader` command: build the course, grade a class, maintain the grader.

Long, because it holds every command; what they do is elsewhere.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from kerasgrader.course.class_list import names_on_roster
from kerasgrader.course.course import load_course
from kerasgrader.course.extensions import MOST_DAYS, read_extensions
from kerasgrader.course.times import zone_named, zone_note
from kerasgrader.errors import CourseError, GraderError
from kerasgrader.grading.ledger import Ledger, submissions
from kerasgrader.grading.options import Options
from kerasgrader.grading.progress import ProgressDisplay
from kerasgrader.grading.results import Marks
from kerasgrader.grading.table import class_table
from kerasgrader.kernel import SANDBOXES
from kerasgrader.kernel.warm_client import WarmParent

ROOT = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("."),
    help="The course's folder (default: this one).",
)


def _writable(context: click.Context, parameter: click.Parameter, file: Path | None) -> Path | None:
    """Refuse a file that cannot be written before an hour of grading, and not after it."""
    if file is not None:
        if not file.parent.is_dir():
            raise click.BadParameter(f"there is no folder {file.parent}")
        if not os.access(file if file.exists() else file.parent, os.W_OK):
            raise click.BadParameter(f"{file} cannot be written")
    return file


JSON = click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_writable,
    help="Also write the result to this file, as JSON.",
)


@click.group()
@click.version_option(package_name="kerasgrader", message="%(package)s %(version)s")
def commands() -> None:
    """Build, grade and explain a course of Keras exercises."""


@commands.command()
@click.argument("units", nargs=-1)
@ROOT
def build(units: tuple[str, ...], root: Path) -> None:
    """Build source/, release/ and the published evidence from lessons/."""
    from kerasgrader.build.build import build as build_unit

    course = load_course(root)
    for unit in [course.unit(name) for name in units] or course.units:
        for path in build_unit(unit):
            click.echo(path.relative_to(root.resolve()))


WHEEL = click.option(
    "--wheel",
    "wheel",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The students' wheel (default: the newest one in dist/).",
)


@commands.command()
@click.argument("units", nargs=-1)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("standalone"),
    show_default=True,
    help="Write into this folder.",
)
@WHEEL
@ROOT
def standalone(units: tuple[str, ...], folder: Path, wheel: Path | None, root: Path) -> None:
    """Write notebooks that carry the course inside, and run wherever TensorFlow and Jupyter are."""
    from kerasgrader.build.handout import newest_wheel
    from kerasgrader.build.handout import standalone as write_standalone

    course = load_course(root)
    chosen = [course.unit(name) for name in units] or course.units
    wheel = wheel or newest_wheel(course, root)
    for unit in chosen:
        path = write_standalone(unit, wheel, folder)
        click.echo(f"{path}: {path.stat().st_size / 1000:.0f} kB")


@commands.command()
@click.argument("unit")
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_writable,
    help="Write this file (default: UNIT.zip).",
)
@WHEEL
@ROOT
def handout(unit: str, target: Path | None, wheel: Path | None, root: Path) -> None:
    """Write a zip archive for students: the folder release/UNIT, and the course's wheel."""
    from kerasgrader.build.handout import handout as write_handout
    from kerasgrader.build.handout import newest_wheel

    course = load_course(root)
    chosen = course.unit(unit)
    wheel = wheel or newest_wheel(course, root)
    click.echo(write_handout(chosen, wheel, target or Path(f"{unit}.zip")))


@commands.command()
@click.argument("folder", metavar="PATH", type=click.Path(path_type=Path))
@click.option("--title", help="The course's title (default: its folder's name).")
def new(folder: Path, title: str | None) -> None:
    """Write a new course into PATH: one small unit, its answers, a test, a README."""
    from kerasgrader.build.new_course import new_course

    for path in new_course(folder, title):
        click.echo(path)
    click.echo(f"Next: cd {folder}; kerasgrader build; kerasgrader answers")


@commands.command()
@click.argument("units", nargs=-1)
@ROOT
def answers(units: tuple[str, ...], root: Path) -> None:
    """Try the answers in answers/: wrong ones must lose points, right ones must not."""
    from kerasgrader.build.answers import try_answers

    with tempfile.TemporaryDirectory(prefix="kerasgrader-") as folder:
        trials = try_answers(root, Path(folder), units)
    for trial in trials:
        outcome = trial.problem or "as expected"
        click.echo(f"{trial.answer!s:<40} {trial.points:>6g} of {trial.of:g}  {outcome}")
    if not trials:
        raise CourseError(f"there are no answers in {root / 'answers'}")
    sys.exit(1 if any(trial.problem for trial in trials) else 0)


@commands.command(name="try")
@click.argument("units", nargs=-1)
@ROOT
def try_units(units: tuple[str, ...], root: Path) -> None:
    """Try generic mistakes on the tests of UNITS, and say what they let through."""
    from kerasgrader.build.trial import try_unit

    course = load_course(root)
    holes = False
    for unit in [course.unit(name) for name in units] or course.units:
        for tried in try_unit(unit):
            holes = holes or tried.has_holes
            click.echo("\n".join(tried.lines()))
    sys.exit(1 if holes else 0)


WORKERS = click.option(
    "--workers", type=click.IntRange(1), help="Parallel workers (default: one per core)."
)
SCHEDULER = click.option(
    "--scheduler", help="Execute on the Dask cluster of the scheduler at this address."
)
SANDBOX = click.option(
    "--sandbox",
    type=click.Choice(SANDBOXES),
    help="Layers of the seal that a kernel must have: all (full, the default), those that this "
    "machine offers (partial), or none (off). See `kerasgrader doctor`.",
)


@commands.command()
@click.argument("unit")
@click.option("--student", "students", multiple=True, help="Only this student (repeatable).")
@WORKERS
@SCHEDULER
@click.option("--feedback/--no-feedback", default=True, help="Write feedback pages too.")
@SANDBOX
@click.option("--force", is_flag=True, help="Execute everything again; ignore cached results.")
@JSON
@ROOT
def grade(
    unit: str,
    students: tuple[str, ...],
    root: Path,
    json_file: Path | None,
    **options: Any,
) -> None:
    """Grade the submissions of UNIT, and print their points."""
    console = Console()
    marks = _marks(root, unit, students, Options(**options), console)
    for line in class_table(marks, names_on_roster(root)):
        console.print(line)
    _print_zone_note(root, any(graded.zoneless for graded in marks.graded))
    if json_file is not None:
        json_file.write_text(json.dumps(marks.to_plain(), indent=2) + "\n", "utf-8")
    sys.exit(1 if marks.problems else 0)


@commands.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Report what would be done, and write nothing.")
@ROOT
def roster(file: Path, dry_run: bool, root: Path) -> None:
    """Take the class list FILE, as any platform exports it, into roster.csv and the gradebook.

    Students whom it lacks stay, with their points, and are named.
    """
    from kerasgrader.enrolling import enrol

    found = enrol(root, file, dry_run, click.echo)
    click.echo(f"{found.students} students on the list{', nothing written' if dry_run else ''}")
    for what, students in (
        ("new", found.new),
        ("another name or address", found.renamed),
        ("not on the list any more, and still in the gradebook", found.gone),
    ):
        if students:
            click.echo(f"{what} ({len(students)}): {', '.join(students)}")


@commands.command()
@click.option("--once", is_flag=True, help="End when nothing is left that can be graded now.")
@click.option(
    "--status", is_flag=True, help="Print who waits, and since or until when; grade nothing."
)
@click.option(
    "--inbox",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Also collect from this folder, which has a folder for each unit.",
)
@WORKERS
@SCHEDULER
@SANDBOX
@ROOT
def watch(once: bool, status: bool, inbox: Path | None, root: Path, **options: Any) -> None:
    """Grade what is submitted as soon as it is, release its pages; until Ctrl-C or SIGTERM."""
    from datetime import UTC, datetime

    if status:
        from kerasgrader.watching.standing import queue_in_lines

        for line in queue_in_lines(root.resolve(), datetime.now(UTC)):
            click.echo(line)
        return
    from kerasgrader.watching.watcher import Watcher

    def stop(*_: object) -> None:
        # Whatever is being done is done again by the next start, so there is nothing to wait for.
        click.echo("stopped: what waits is graded after the next start")
        sys.stdout.flush()
        WarmParent.end()
        os._exit(0)

    def say(line: str) -> None:
        click.echo(f"{datetime.now():%H:%M:%S} {line}")
        sys.stdout.flush()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    gc.freeze()
    Watcher(root, Options(**options), inbox, say).run(once)


@commands.command()
@click.argument("unit", required=False)
@click.option("--done", "student", help="Note that you have looked at what this student asked for.")
@ROOT
def looks(unit: str | None, student: str | None, root: Path) -> None:
    """List students' requests for another look, in UNIT or in all: the score of then, and of now."""
    from datetime import UTC, datetime

    from kerasgrader.watching.looks import answer_look, looks_in_lines

    root = root.resolve()
    if student is not None:
        if unit is None:
            raise click.UsageError("name the unit, too")
        answer_look(load_course(root).unit(unit), student, datetime.now(UTC))
    for line in looks_in_lines(root, unit):
        click.echo(line)


@commands.command()
@click.argument("unit")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH...",
)
@click.option(
    "--roster",
    "roster_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The class list, as a CSV file (default: roster.csv, else nbgrader's own table).",
)
@click.option(
    "--timezone",
    help="Time zone of times that state none, as in zip archives and names (default: the course's).",
)
@click.option("--dry-run", is_flag=True, help="Report what would be done, and write nothing.")
@JSON
@ROOT
def collect(
    unit: str,
    paths: tuple[Path, ...],
    roster_file: Path | None,
    timezone: str | None,
    dry_run: bool,
    json_file: Path | None,
    root: Path,
) -> None:
    """Put submissions of UNIT into submitted/ from folders, files, zip archives in any layout."""
    from kerasgrader.intake.collecting import collect as collect_unit
    from kerasgrader.intake.receipt import table

    zone = None if timezone is None else zone_named(timezone)
    console = Console()
    report = collect_unit(root, unit, paths, roster_file, zone, dry_run, console.print)
    for line in table(report):
        console.print(line)
    _print_zone_note(root, report.zoneless)
    if json_file is not None:
        json_file.write_text(json.dumps(report.to_plain(), indent=2) + "\n", "utf-8")
    sys.exit(1 if report.refused else 0)


@commands.command()
@click.argument("unit", required=False)
@click.argument("students", nargs=-1, metavar="STUDENT...")
@click.option(
    "--group",
    help="Everybody in this group of groups.csv, or group or section of roster.csv.",
)
@click.option("--until", help='Until when: "2026-05-04 18:00", in the course\'s time zone.')
@click.option("--days", type=click.IntRange(1, MOST_DAYS), help="By how many days.")
@click.option("--remove", is_flag=True, help="Take the extension back.")
@click.option("--list", "listing", is_flag=True, help="List extensions, of UNIT or of all.")
@ROOT
def extend(
    unit: str | None,
    students: tuple[str, ...],
    group: str | None,
    until: str | None,
    days: int | None,
    remove: bool,
    listing: bool,
    root: Path,
) -> None:
    """Give STUDENTs more time for UNIT, until a time or by days; the next `grade` follows."""
    from kerasgrader.grading import extending

    if sum(map(bool, (until, days, remove, listing))) != 1:
        raise click.UsageError("give one of --until, --days, --remove and --list")
    if listing:
        if students or group:
            raise click.UsageError("--list takes a unit or nothing")
        lines = extending.listed(root, unit)
    elif unit is None:
        raise click.UsageError("name the unit, and the students or a --group")
    elif remove:
        lines = extending.remove(root, unit, students, group, click.echo)
    else:
        lines = extending.extend(root, unit, students, group, until or "", days, click.echo)
    for line in lines:
        click.echo(line)
    _print_zone_note(root)


def _print_zone_note(root: Path, zoneless: bool = False) -> None:
    """Print one line if times were read as UTC for want of a zone: dates of the course, or others."""
    course = load_course(root)
    without = zoneless or course.dates_without_zone
    without = without or any(one.without_zone for one in read_extensions(root))
    for line in zone_note(course.timezone, without):
        Console(stderr=True).print(Text(line, style="yellow"), soft_wrap=True)


def _marks(
    root: Path, unit_id: str, students: Sequence[str], options: Options, console: Console
) -> Marks:
    unit = load_course(root).unit(unit_id)
    ledger, chosen = Ledger(unit, options), list(students) or submissions(unit)
    marks = ledger.all_unchanged(chosen)
    if marks is None:
        if options.scheduler is None and not ledger.nothing_to_execute(chosen):
            WarmParent.begin(unit.modules)  # it warms up during the imports below
        from kerasgrader.grading.run import grade as grade_unit  # heavy: only if there is work

        gc.freeze()  # imported modules stay: the collector need not scan them again and again
        with ProgressDisplay(console) as display:
            marks = grade_unit(root, unit_id, students, options, display.show)
    return marks


@commands.command()
@click.argument("unit")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write into this folder (default: reports/UNIT).",
)
@click.option(
    "--similar/--no-similar", default=True, help="Compare submissions with each other, too."
)
@click.option(
    "--beside",
    "years",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The report.json of another year, to show this class beside. May be repeated.",
)
@ROOT
def report(
    unit: str, folder: Path | None, similar: bool, years: tuple[Path, ...], root: Path
) -> None:
    """Write the class report of UNIT: a page, the same as JSON, and tables. Grades nothing."""
    from kerasgrader.report import write_report

    for path in write_report(root, unit, folder, similar, years).files:
        click.echo(path)
    _print_zone_note(root)


@commands.command()
@click.argument("form")
@click.argument("units", nargs=-1)
@click.option(
    "--to",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_writable,
    help="Write this file (default: FORM.csv in this folder).",
)
@click.option("--student", "students", multiple=True, help="Only this student (repeatable).")
@ROOT
def export(
    form: str,
    units: tuple[str, ...],
    file: Path | None,
    students: tuple[str, ...],
    root: Path,
) -> None:
    """Write the scores in UNITS (default: all that are graded) as a platform imports them.

    FORM: canvas, moodle, brightspace or blackboard; exercises, a row for each exercise.
    """
    from kerasgrader.export import EXPORTERS
    from kerasgrader.marking.nbgrader import in_gradebook, load_config

    if form not in EXPORTERS:
        raise CourseError(f"there is no export for {form!r}: use one of {', '.join(EXPORTERS)}")
    config = load_config(root.resolve())
    exporter = EXPORTERS[form](config=config)
    exporter.to, exporter.assignment, exporter.student = str(file or ""), [*units], [*students]
    handler = logging.StreamHandler()  # what `nbgrader export` shows
    exporter.log.addHandler(handler)
    exporter.log.setLevel(logging.INFO)
    try:
        with in_gradebook(config) as gradebook:
            exporter.export(gradebook)
    finally:
        exporter.log.removeHandler(handler)


@commands.command()
@click.argument("unit")
@click.option(
    "--zip",
    "form",
    required=True,
    metavar="FORM",
    help="The form of the archive: canvas, moodle, ilias, sakai or brightspace, for the platform's "
    "upload; mail, for a mail merge; plain, a folder for each student.",
)
@click.option(
    "--to",
    "archive",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write this file (default: feedback-UNIT-FORM.zip in the course's folder).",
)
@click.option("--student", "students", multiple=True, help="Only this student (repeatable).")
@click.option("--changed", is_flag=True, help="Only pages changed since the last such archive.")
@ROOT
def feedback(
    unit: str,
    form: str,
    archive: Path | None,
    students: tuple[str, ...],
    changed: bool,
    root: Path,
) -> None:
    """Hand back the feedback pages of UNIT: an archive that a platform takes, or for e-mail."""
    from kerasgrader.export.handing_back import hand_back
    from kerasgrader.export.page_names import PLATFORMS

    console = Console()
    done = hand_back(root, unit, form, archive, students, changed, console.print)
    for student, others in done.shared.items():
        click.echo(f"a group, which is shown one page: {', '.join([student, *others])}")
    for reason, names in done.left_out.items():
        click.echo(f"{reason}: {', '.join(names)}")
    if done.archive is None:
        click.echo(f"{unit}: no page has changed since the last archive, so none is written")
    else:
        click.echo(f"{done.archive}: {len(done.pages)} pages")
        if form in PLATFORMS:
            click.echo(f"Upload it to {PLATFORMS[form].title}: {PLATFORMS[form].upload}.")
    sys.exit(1 if done.left_out else 0)


@commands.command()
@click.argument("unit")
@click.option("--dry-run", is_flag=True, help="List them, and write nothing.")
@ROOT
def comments(unit: str, dry_run: bool, root: Path) -> None:
    """List the mistakes of a graded class in UNIT, and add them to comments.toml for your comments."""
    from kerasgrader.files import only_grader
    from kerasgrader.marking.comments import comments_file
    from kerasgrader.report.mistakes import add_to_file, common_mistakes, mistakes_table

    course_unit = load_course(root).unit(unit)
    with only_grader(root, click.echo):
        found = common_mistakes(root, unit)
        added = 0 if dry_run else add_to_file(course_unit, found)
    Console().print(mistakes_table(found))
    if not dry_run:
        file = comments_file(course_unit)
        click.echo(
            f"{file}: {added} of these are new. Write their texts, and run `kerasgrader grade`"
        )


@commands.group()
def cache() -> None:
    """Manage the cache of executed notebooks, which need not be executed again."""


@cache.command()
@ROOT
def info(root: Path) -> None:
    """Show the size of each unit's cache, and its folder."""
    from kerasgrader.execution.cache import cache_of

    for unit in load_course(root).units:
        store = cache_of(unit)
        entries = list(store.entries())
        size = sum(entry.size for entry in entries) / 2**20
        click.echo(f"{unit.id}: {len(entries)} executed notebooks, {size:.1f} MiB, {store.folder}")


@cache.command()
@click.argument("units", nargs=-1)
@click.option(
    "--days",
    type=click.FloatRange(0),
    default=30,
    show_default=True,
    help="Remove results that were not used for this many days; 0 removes everything.",
)
@ROOT
def prune(units: tuple[str, ...], days: float, root: Path) -> None:
    """Remove results that have not been used for a while. Marks and pages stay."""
    from kerasgrader.execution.cache import cache_of

    course = load_course(root)
    for unit in [course.unit(name) for name in units] or course.units:
        click.echo(f"{unit.id}: {cache_of(unit).prune(days) / 2**20:.1f} MiB removed")


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
def doctor(as_json: bool) -> None:
    """Show which layers of the seal this machine offers, and how to get the missing ones."""
    from kerasgrader.doctor import as_lines, examination

    reports = examination(Path.cwd())
    if as_json:
        click.echo(json.dumps([asdict(report) for report in reports], indent=2))
    else:
        for line in as_lines(reports):
            Console().print(line, soft_wrap=True)
    sys.exit(0 if all(r.offered for r in reports if r.required) else 1)


@commands.command()
@click.argument("unit")
@click.option(
    "--to",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_writable,
    help="Write to this file (default: in solutions/UNIT/).",
)
@click.option("--force", is_flag=True, help="Also before the due date, or without one.")
@ROOT
def solutions(unit: str, file: Path | None, force: bool, root: Path) -> None:
    """Write the notebook of UNIT with the answers, to hand out. It holds no hidden checks."""
    from datetime import UTC, datetime

    from kerasgrader.build.solutions import write_solutions

    _print_zone_note(root)
    click.echo(write_solutions(load_course(root).unit(unit), file, force, datetime.now(UTC)))


@commands.command()
@click.argument("unit")
@ROOT
def renew(unit: str, root: Path) -> None:
    """Draw a new grading seed for UNIT: every submission is then executed again."""
    from kerasgrader.course.seed import renew as renew_seed

    renew_seed(load_course(root).unit(unit))
    click.echo(f"{unit} has a new grading seed: grade it again.")


def main() -> None:
    """Run the command; a GraderError ends it with one sentence and status 2, not a traceback."""
    try:
        commands(standalone_mode=True)
    except GraderError as error:
        said = Text("kerasgrader: ", style="bold red") + Text(str(error), style="default")
        Console(stderr=True).print(said)
        sys.exit(2)
