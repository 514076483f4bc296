"""What platforms make of an uploaded archive of pages, by the rules that their public source has.

Each reads an archive as the platform does, and gives the pages by its own id of the student. The sources
are named in `kerasgrader.export.page_names`; nothing here comes from that module.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Collection
from pathlib import Path


def pages(archive: Path) -> dict[str, bytes]:
    """The files of an archive, by path."""
    with zipfile.ZipFile(archive) as bundle:
        assert bundle.testzip() is None
        names = bundle.namelist()
        assert len(names) == len(set(names))
        return {name: bundle.read(name) for name in names}


def canvas(archive: Path, submitted: Collection[tuple[str, str]]) -> dict[str, bytes]:
    """submitted: the numbers of students and of the files that they have submitted."""
    found: dict[str, bytes] = {}
    for path, data in pages(archive).items():
        name = posixpath.basename(path)
        parts = [part for part in name.split("_") if part != "LATE"]
        student, file = [part for part in parts if part.isdigit()][:2]
        ignored = parts[-1].startswith("link") or name.startswith("._")
        assert (student, file) in submitted and not ignored, path
        assert student not in found
        found[student] = data
    return found


def moodle(archive: Path, participants: Collection[str]) -> dict[str, tuple[str, bytes]]:
    """The name of the feedback file, and its content. participants: their numbers."""
    found: dict[str, tuple[str, bytes]] = {}
    for path, data in pages(archive).items():
        assert not posixpath.basename(path).startswith((".", "~"))
        parts = path.split("/")
        while parts:
            info = parts.pop(0).split("_", 4)
            if len(info) < 4 or info[1] not in participants:
                continue
            assert info[2] == "assignsubmission" and info[3] in ("file", "onlinetext"), path
            name = "/".join([*info[4:], *parts] if info[4:] else ["", *parts])
            assert info[1] not in found
            found[info[1]] = name, data
            break
        else:
            raise AssertionError(f"Moodle does not know whose {path} is")
    return found


def ilias(archive: Path, accounts: Collection[str]) -> dict[str, bytes]:
    """accounts: their numbers."""
    found: dict[str, bytes] = {}
    for path, data in pages(archive).items():
        outer, folder, name = path.split("/")
        account = folder.split("_")[-1]
        assert outer.startswith("multi_feedback") and not name.startswith("."), path
        assert account in accounts and account not in found, path
        found[account] = data
    return found


def sakai(archive: Path, accounts: Collection[str]) -> dict[str, bytes]:
    """accounts: the names with which people log in."""
    found: dict[str, bytes] = {}
    for path, data in pages(archive).items():
        parts = path.split("/")
        assert len(parts) > 2 and "/." not in path, path
        account = parts[1][parts[1].rindex("(") + 1 : parts[1].rindex(")")]
        assert account in accounts and account not in found, path
        assert "/Feedback Attachment(s)/" in path, path
        assert not any(word in path for word in ("comments", "feedbackText", "timestamp"))
        found[account] = data
    return found


def brightspace(archive: Path, download: Path) -> dict[str, bytes]:
    """The pages by the number of the user. No public text says how they are found: they are in folders that
    its own download has."""
    with zipfile.ZipFile(download) as bundle:
        folders = {name.split("/")[1] for name in bundle.namelist()}
    found: dict[str, bytes] = {}
    for path, data in pages(archive).items():
        folder, _ = path.split("/")
        user = folder.split("-")[0]
        assert folder in folders and user not in found, path
        found[user] = data
    return found
