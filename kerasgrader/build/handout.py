"""What students are given: a unit's folder as a zip archive, or one notebook that carries all it needs.

Both hold the students' wheel, which `pip wheel` builds: the checks and the course's own package, nothing of
the grader.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath

import nbformat

from kerascheck.published import BESIDE, FOLDER
from kerasgrader.build.setup_cell import INSTALL_ID, carry
from kerasgrader.course.course import Course, Unit
from kerasgrader.course.lessons import notebook_text
from kerasgrader.errors import CourseError
from kerasgrader.files import publish_file

WHEELS = "dist"  # where a course's wheel is built, below its folder
BUILD = "pip wheel --no-deps --wheel-dir dist ."


def newest_wheel(course: Course, root: Path) -> Path:
    """The students' wheel that was built last. Raises CourseError."""
    pattern = f"{course.distribution.replace('-', '_')}-*.whl"
    wheels = sorted((root / WHEELS).glob(pattern), key=lambda wheel: wheel.stat().st_mtime)
    if not wheels:
        raise CourseError(
            f"there is no {pattern} in {root / WHEELS}: build it where its pyproject.toml is, `{BUILD}`, "
            "and name it with --wheel if that is in another folder"
        )
    return wheels[-1]


def standalone(unit: Unit, wheel: Path, folder: Path) -> Path:
    """Write the unit's notebook with the wheel inside into `folder`. Raises CourseError, OSError."""
    notebook = nbformat.reads(_released(unit).read_bytes().decode("utf-8"), as_version=4)
    first = [cell for cell in notebook.cells if cell.id == INSTALL_ID]
    if not first:
        raise CourseError(f"{unit.release_file} is older than this grader: run kerasgrader build")
    carry(first[0], _of_unit(wheel, unit))
    target = folder / unit.release_file.name
    publish_file(target, notebook_text(notebook))
    return target


def handout(unit: Unit, wheel: Path, target: Path) -> Path:
    """Write the unit's folder and the wheel as a zip archive. Raises CourseError, OSError."""
    _of_unit(wheel, unit)
    notebook = _released(unit)
    files = {notebook.name: notebook, **unit.released_files(), wheel.name: wheel}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            archive.write(path, f"{unit.id}/{name}")
    publish_file(target, content.getvalue())
    return target


def _released(unit: Unit) -> Path:
    if not unit.release_file.is_file():
        raise CourseError(f"{unit.release_file} does not exist: run kerasgrader build")
    return unit.release_file


def _of_unit(wheel: Path, unit: Unit) -> bytes:
    """The wheel to be carried. Raises CourseError if it does not fit the unit.

    It lacks what other units publish, and RECORD, which lists the whole wheel. Nothing in it is packed, and
    files of a kind stand together: packed as one, it takes a third less than file by file.
    """
    published = unit.published_file.read_bytes()
    inside = f"{unit.package.replace('.', '/')}/{FOLDER}/" if unit.package else ""
    content = io.BytesIO()
    fits = not inside
    try:
        with (
            zipfile.ZipFile(wheel) as whole,
            zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as part,
        ):
            for item in sorted(whole.infolist(), key=lambda item: _kind_and_name(item.filename)):
                data = whole.read(item)
                if inside and item.filename == f"{inside}{unit.id}.json":
                    fits = data == published
                elif inside and item.filename.startswith(inside):
                    continue
                if not item.filename.endswith(".dist-info/RECORD"):
                    part.writestr(zipfile.ZipInfo(item.filename, item.date_time), data)
            if not inside:
                part.writestr(f"kerascheck/{BESIDE}", published)
    except (OSError, zipfile.BadZipFile) as error:
        raise CourseError(f"{wheel} cannot be read as a wheel ({error})") from None
    if not fits:
        raise CourseError(
            f"{wheel} was built before {unit.id} as it is now: build it again, `{BUILD}`"
        )
    return content.getvalue()


def _kind_and_name(filename: str) -> tuple[str, str]:
    return PurePosixPath(filename).suffix, filename
