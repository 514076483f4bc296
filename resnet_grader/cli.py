"""`resnet-grader`: build the course, grade a class, renew a secret."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from resnet_grader.course import load_course
from resnet_grader.errors import GraderError
from resnet_grader.kernel import SANDBOXES

ROOT = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("."),
    help="The course's folder (default: this one).",
)


@click.group()
def commands() -> None:
    """Build, grade and explain a course on residual networks."""


@commands.command()
@click.argument("units", nargs=-1)
@ROOT
def build(units: tuple[str, ...], root: Path) -> None:
    """Make source/, release/ and the published evidence from lessons/."""
    from resnet_grader.build import build as build_unit

    course = load_course(root)
    for unit in [course.unit(name) for name in units] or course.units:
        for path in build_unit(unit):
            click.echo(path.relative_to(root.resolve()))


@commands.command()
@click.argument("unit")
@click.option("--student", "students", multiple=True, help="Only this student (repeatable).")
@click.option(
    "--workers", type=click.IntRange(1), help="Executions at a time (default: one a core)."
)
@click.option("--feedback/--no-feedback", default=True, help="Write feedback pages too.")
@click.option(
    "--sandbox",
    type=click.Choice(SANDBOXES),
    help="Which layers of the seal kernels must have: all of them (full, the default), those that this "
    "machine offers (partial), or none (off). See `resnet-grader doctor`.",
)
@ROOT
def grade(
    unit: str,
    students: tuple[str, ...],
    workers: int | None,
    feedback: bool,
    sandbox: str | None,
    root: Path,
) -> None:
    """Grade what was handed in for UNIT, and print the marks."""
    from resnet_grader.grading import grade as grade_unit
    from resnet_grader.marks_table import marks_table, problem_lines, seal_lines

    console = Console()
    with console.status("grading") as status:
        graded = grade_unit(
            root,
            unit,
            students,
            workers,
            feedback,
            sandbox,
            progress=lambda line: status.update(Text(line)),
        )
    console.print(marks_table(graded))
    for line in seal_lines(graded):
        console.print(line, style="yellow", highlight=False, markup=False)
    problems = problem_lines(graded)
    for line in problems:
        console.print(line, style="red", highlight=False, markup=False)
    sys.exit(1 if problems else 0)


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
def doctor(as_json: bool) -> None:
    """Say which layers of the seal this machine offers, and what to do about those it does not."""
    from resnet_grader.doctor import as_lines, examination

    reports = examination()
    if as_json:
        click.echo(json.dumps([asdict(report) for report in reports], indent=2))
    else:
        for line in as_lines(reports):
            Console().print(line, soft_wrap=True)
    sys.exit(0 if all(r.offered for r in reports if r.required) else 1)


@commands.command()
@click.argument("unit")
@ROOT
def renew(unit: str, root: Path) -> None:
    """Draw another secret for UNIT: every submission is then executed anew."""
    from resnet_grader.nonce import renew as renew_nonce

    renew_nonce(load_course(root).unit(unit))
    click.echo(f"{unit} has another secret: grade it again.")


def main() -> None:
    """The entry point: errors of the grader are one sentence and a status, not a traceback."""
    try:
        commands(standalone_mode=True)
    except GraderError as error:
        said = Text("resnet-grader: ", style="bold red") + Text(str(error), style="default")
        Console(stderr=True).print(said)
        sys.exit(2)
