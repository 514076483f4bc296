"""One grading kernel to run cells in, through nbclient and jupyter_client as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from kerasgrader.kernel import KERNEL_NAME, sandbox_layers
from kerasgrader.kernel.manager import ImpatientManager
from tests.support.course_folder import MODULES

START_ONE = """
from tests.support.kernels import Kernel
kernel = Kernel()
print([kernel.run("1")])
kernel.end()
"""


class Kernel:
    """A kernel to run cells in, through nbclient and jupyter_client as they are."""

    def __init__(
        self,
        folder: Path | None = None,
        files: Mapping[str, bytes] | None = None,
        modules: Sequence[str] = MODULES,
        launch: Mapping[str, object] | None = None,
        **settings: object,
    ) -> None:
        config = Config()
        config.SealedKernel.update({"sandbox": sandbox_layers.strongest_sandbox(), **settings})
        self.manager = ImpatientManager(kernel_name=KERNEL_NAME, config=config)
        resources = {"metadata": {"path": str(folder)}} if folder else {}
        self.client = NotebookClient(
            nbformat.v4.new_notebook(),
            km=self.manager,
            allow_errors=True,
            error_on_timeout={"ename": "Timeout", "evalue": "timeout", "traceback": []},
            interrupt_on_timeout=True,
            shutdown_kernel="immediate",
            resources=resources,
        )
        self.client.start_new_kernel(files=files, modules=modules, **(launch or {}))
        self.provisioner = self.manager.provisioner
        self.client.start_new_kernel_client()

    def run(self, source: str, seconds: float = 60) -> str:
        """What a cell prints, or shows, or the error that it ends with."""
        cell = nbformat.v4.new_code_cell(source)
        self.client.nb.cells.append(cell)
        self.client.timeout = seconds
        self.client.execute_cell(cell, len(self.client.nb.cells) - 1)
        return "".join(
            output.get("text")
            or output.get("evalue")
            or output.get("ename")
            or output.get("data", {}).get("text/plain", "")
            for output in cell.outputs
        )

    def end(self) -> None:
        if self.client.km is not None:
            self.client._cleanup_kernel()
