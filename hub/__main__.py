"""`python -m hub`: prepare the machine for the class, and run JupyterHub until Ctrl-C."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from hub.classroom import CLASS_FILE, ROOT, Classroom, load_classroom
from hub.preparing import prepare
from kerasgrader.errors import GraderError


@click.command()
@click.option(
    "--class",
    "class_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=ROOT / "hub" / "class.toml",
    show_default=True,
    help="The file that lists the members of the class.",
)
@click.option("--prepare-only", is_flag=True, help="Prepare the machine, and start nothing.")
def main(class_file: Path, prepare_only: bool) -> None:
    """Run a JupyterHub for the class."""
    console = Console(soft_wrap=True)
    os.environ[CLASS_FILE] = str(class_file.resolve())
    try:
        classroom = load_classroom()
        prepare(classroom, lambda line: console.print(line, markup=False, highlight=False))
    except GraderError as error:
        said = Text("hub: ", style="bold red") + Text(str(error), style="default")
        Console(stderr=True, soft_wrap=True).print(said)
        sys.exit(2)
    if not classroom.apart:
        _warn(console, classroom)
    if prepare_only:
        return
    console.print(f"The Hub: {classroom.address}", markup=False)
    config = ROOT / "hub" / "jupyterhub_config.py"
    os.chdir(classroom.state)
    os.environ["PYTHONPATH"] = str(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "jupyterhub", "--config", str(config)])


def _warn(console: Console, classroom: Classroom) -> None:
    console.print("[bold red]A trial, for one person on one machine.[/] You are not root, so")
    console.print(
        "everything runs as you: students are not kept apart from one another, nor from the"
    )
    console.print("solutions and the marks. For a class: sudo make hub")
    password = (classroom.state / "password").read_text().strip()
    console.print(
        f"Log in as {', '.join(classroom.people)}, with the password {password}", markup=False
    )


if __name__ == "__main__":
    main()
