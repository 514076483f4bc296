"""A kernel as JupyterLab starts it: unsealed, in a folder, told the id of the cell that runs."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from jupyter_client.manager import KernelManager

from kerascheck.quiet import LEVEL

PATIENCE = 300
# Set by these tests, not by JupyterLab. Under pytest a kernel would not show what descriptor 2 gets.
NOT_INHERITED = (LEVEL, "PYTEST_CURRENT_TEST")


@dataclass
class Shown:
    """What a cell has shown: text, streams, its error, and what is to be put into a cell."""

    text: str = ""
    stderr: str = ""
    error: str = ""
    next_input: tuple[str, bool] | None = None
    kinds: list[str] = field(default_factory=list)


class PlainKernel:
    """A kernel, for use in a `with` statement."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        inherited = {name: os.environ[name] for name in os.environ if name not in NOT_INHERITED}
        self.environment = {**inherited, **environment}
        self.manager = KernelManager(kernel_name="python3")

    def __enter__(self) -> Self:
        self.manager.start_kernel(cwd=str(self.folder), env=self.environment)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)
        return self

    def __exit__(self, *error: object) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, code: str, cell: str = "") -> Shown:
        """Run a cell, which the front end knows by this id."""
        shown = Shown()

        def collect(message: dict[str, Any]) -> None:
            content, kind = message["content"], message["msg_type"]
            shown.kinds.append(kind)
            if kind == "stream" and content["name"] == "stderr":
                shown.stderr += content["text"]
            elif kind == "stream":
                shown.text += content["text"]
            elif kind in ("display_data", "execute_result"):
                shown.text += content["data"].get("text/plain", "")
            elif kind == "error":
                shown.error = f"{content['ename']}: {content['evalue']}"

        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell})
        self.client.shell_channel.send(message)
        while True:
            arrived = self.client.get_iopub_msg(timeout=PATIENCE)
            if arrived["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            collect(arrived)
            if arrived["content"].get("execution_state") == "idle":
                break
        reply = self.client.get_shell_msg(timeout=PATIENCE)
        while reply["parent_header"]["msg_id"] != message["header"]["msg_id"]:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
        for payload in reply["content"].get("payload", ()):
            if payload["source"] == "set_next_input":
                shown.next_input = payload["text"], payload["replace"]
        return shown
