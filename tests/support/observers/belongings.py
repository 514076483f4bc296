"""The files of a world: secrets that an attack may look for, and folders that must stay as they are."""

from __future__ import annotations

import os
import site
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import nbformat

import kerascheck
import resnet_course
from kerasgrader.course.course import Unit
from kerasgrader.course.seed import seed_of
from tests.students.submissions import reference_cells, with_answers, write_as_it_is
from tests.support.observers.folders import Canaries, Leftovers
from tests.support.observers.markers import Trace, marks_in

VICTIM = "victim"
BYSTANDER = "bystander"


class Belongings:
    """Files of the course, of its students and of the account, laid out around a unit.

    outside: an empty folder for what lies outside the course folder. tokens: what to hide, by the
    names in `secret_files`; the grading seed, which the course draws itself, is added to them.
    """

    def __init__(self, unit: Unit, outside: Path, tokens: dict[str, str]) -> None:
        self.unit, self.outside = unit, outside
        self.home, self.writable = outside / "home", outside / "writable"
        self._lay_out_folders()
        self._lay_out_secrets(tokens)
        self.remember()

    @property
    def secret_files(self) -> Mapping[str, Path]:
        """The files with a token in them, by the name of the secret."""
        grader = self.unit.grader_folder
        return {
            "home": self.home / "letters" / "private.txt",
            "account": self.home / ".config" / "account.key",
            "submission": self.folders_of_others["submission"] / f"{self.unit.notebook}.ipynb",
            "source": self.unit.root / "source" / "notes.txt",
            "gradebook": self.unit.root / "gradebook.db",
            "grader": grader / "recovery.txt",
            "seed": grader / "seed",
            "store": grader / "executed" / "00" / f"{'0' * 64}.json",
        }

    @property
    def folders_of_others(self) -> Mapping[str, Path]:
        """Folders of two other students: one submitted, the other was graded long ago."""
        root, unit = self.unit.root, self.unit.id
        return {
            "submission": root / "submitted" / VICTIM / unit,
            "autograded": root / "autograded" / BYSTANDER / unit,
            "feedback": root / "feedback" / BYSTANDER / unit,
        }

    def remember(self) -> None:
        """From now on, what changes is somebody's doing."""
        folders = [self.writable, self.home, self.unit.root]
        self._canaries = Canaries(folders, self._may_change)
        self._leftovers = Leftovers(self._shared_folders(), self.outside)

    def traces(self) -> Iterator[Trace]:
        """What has changed, and what was left in folders that the machine shares."""
        yield from self._canaries.traces()
        yield from self._leftovers.traces()
        gradebook = self.secret_files["gradebook"]
        if gradebook.exists():
            marks = marks_in(gradebook.read_bytes().decode("latin-1"))
            for mark in sorted(marks):
                yield Trace("wrote into the gradebook", mark)

    def clean_up(self) -> None:
        """Remove what attacks left outside the course folder."""
        self._leftovers.remove()

    def _lay_out_folders(self) -> None:
        for folder in (self.home, self.writable, *self.folders_of_others.values()):
            folder.mkdir(parents=True, exist_ok=True)
        kept = [self.writable, *map(self.folders_of_others.get, ("autograded", "feedback"))]
        for folder in filter(None, kept):
            (folder / "kept.txt").write_text("as it was")

    def _lay_out_secrets(self, tokens: dict[str, str]) -> None:
        files = self.secret_files
        for path in files.values():
            path.parent.mkdir(parents=True, exist_ok=True)
        for name in ("home", "account", "source", "grader"):
            files[name].write_text(tokens[name])
        files["account"].chmod(0o600)
        seed_of(self.unit)
        tokens["seed"] = files["seed"].read_text().strip()
        self._hand_in_for_the_victim(files["submission"], tokens["submission"])
        _write_executed(files["store"], tokens["store"])
        if files["gradebook"].exists():
            _add_student(files["gradebook"], VICTIM, tokens["gradebook"])

    def _hand_in_for_the_victim(self, path: Path, token: str) -> None:
        release = nbformat.read(self.unit.release_file, as_version=4)
        reference = reference_cells(nbformat.read(self.unit.source_file, as_version=4))
        notebook = with_answers(release, reference, ())
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source += f"\n# my own words: {token}"
        write_as_it_is(notebook, path)

    def _may_change(self, path: Path) -> bool:
        """Whether grading itself writes there."""
        root = self.unit.root
        if not path.is_relative_to(root):
            return False
        first, *rest = path.relative_to(root).parts
        if first in ("autograded", "feedback", "attempts"):
            return not rest or (root / "submitted" / rest[0]).is_dir()
        if first == ".kerasgrader":
            return path not in self.secret_files.values()
        return first.startswith(("gradebook.db", ".nbgrader.log"))

    def _shared_folders(self) -> list[Path]:
        fixed = ["/", "/run", "/tmp", "/var/tmp", "/dev/shm", tempfile.gettempdir()]
        folders = [Path(folder) for folder in fixed] + [Path.home(), Path.cwd(), self.outside]
        return [*folders, *package_folders(), *self.unit.root.parents]


def package_folders() -> list[Path]:
    """Where a program could be changed that every later kernel runs."""
    packages = [Path(path) for path in site.getsitepackages()]
    ours = [Path(package.__file__).parent for package in (kerascheck, resnet_course)]
    return [*ours, ours[0].parent, *packages, Path(os.__file__).parent, Path(sys.executable).parent]


def _write_executed(path: Path, token: str) -> None:
    """An executed notebook, as the store keeps them."""
    cell = nbformat.v4.new_code_cell("print(word)", id="own-0")
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=token)]
    write_as_it_is(nbformat.v4.new_notebook(cells=[cell]), path)


def _add_student(gradebook: Path, student: str, last_name: str) -> None:
    with closing(sqlite3.connect(gradebook)) as connection, connection:
        connection.execute(
            "INSERT OR REPLACE INTO student (id, last_name) VALUES (?, ?)", (student, last_name)
        )
