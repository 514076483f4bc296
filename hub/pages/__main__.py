"""`python -m hub.pages COURSE`: the pages of a course, as a service that the Hub starts."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuth

from hub.pages.application import Desk, application, server_of


async def main(root: Path) -> None:
    """Serve until the Hub ends this process."""
    address = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    # Who has logged in asks the Hub again after a restart: no secret has to be stored.
    app = application(Desk(root), HubOAuth(), secrets.token_bytes(32))
    server_of(app).listen(address.port or 80, address.hostname or "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
