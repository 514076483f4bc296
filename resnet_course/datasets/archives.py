"""Download of a published archive: one file, which is accepted only with the published checksum."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .data_set import DataError, downloader


@dataclass(frozen=True)
class Archive:
    """A published archive and its address.

    start: the first bytes of its format. variable: the environment variable for another address.
    loader: the function that works without the archive.
    """

    name: str
    url: str
    sha256: str
    start: bytes
    variable: str
    loader: str

    def fetch(self, place: Path, url: str | None) -> Path:
        """Download it into a folder, from another address if `url` gives one. Raises DataError."""
        pooch = downloader()

        address = url or os.environ.get(self.variable) or self.url
        if not address.startswith(("https://", "http://")):
            raise DataError(f"the address {address!r} does not start with https:// or http://.")
        try:
            kept = pooch.retrieve(
                address, f"sha256:{self.sha256}", self.name, place, downloader=self._checked
            )
        except ValueError as error:
            raise DataError(
                f"{address} sent an archive that is not the published {self.name} (other sha256); it "
                "was not kept. Try another address, or unpack the archive yourself and pass its folder."
            ) from error
        except OSError as error:
            raise DataError(
                f"{address} could not be fetched into {place}: {error}. Check the address, the network "
                f"and the folder's permissions; {self.loader}() works without any of them, on the "
                "stand-in."
            ) from error
        return Path(kept)

    def _checked(self, source: str, output_file: Any, pooch_: Any) -> None:
        """Download a file and check its first bytes: mirrors send web pages under this name."""
        pooch = downloader()

        pooch.HTTPDownloader(progressbar=False)(source, output_file, pooch_)
        with open(output_file, "rb") as file:
            start = file.read(1024)
        if not start.startswith(self.start):
            what = "a web page (HTML)" if b"<html" in start.lower() else "something else"
            raise DataError(
                f"{source} sent {what}, not an archive; it was not kept. Check the address: it "
                f"should be that of {self.name} itself."
            )
