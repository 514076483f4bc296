"""Names of files, which may be made of anything, as text that can be shown."""

from __future__ import annotations

import os
import unicodedata
import zipfile
from email.message import Message

LONGEST_NAME = 200  # characters of one part of a path


def parts_of(member: zipfile.ZipInfo) -> list[str]:
    """The parts of a member's name, from any operating system."""
    name = member.filename
    if not member.flag_bits & 0x800:  # not flagged as UTF-8, but often UTF-8 all the same
        try:
            name = name.encode("cp437").decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            pass
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return [readable(part) for part in parts] or ["(without a name)"]


def name_of(part: Message) -> str:
    """The name of an attachment, "" for what is none; Python's own reader fails for some names."""
    try:
        return readable(name) if (name := str(part.get_filename() or "")) else ""
    except (ValueError, LookupError, TypeError, AttributeError):
        return "attachment"


def readable(name: str) -> str:
    """A name as text that can be shown: one line, no control characters, of sensible length."""
    if any("\ud800" <= c <= "\udfff" for c in name):  # bytes that are not text
        name = os.fsencode(name).decode("utf-8", "replace")
    name = unicodedata.normalize("NFC", name)
    shown = "".join(c if c.isprintable() else "\ufffd" for c in name)
    if len(shown) > LONGEST_NAME:
        shown = f"{shown[: LONGEST_NAME - 20]}…{shown[-15:]}"
    return shown or "(without a name)"
