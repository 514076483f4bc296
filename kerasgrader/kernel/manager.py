"""A manager and a client for kernels that start at once, without the fixed waits of jupyter_client.

The client also limits the size of a message: ZMQ disconnects a kernel that sends a larger one.
"""

from __future__ import annotations

import asyncio
import time
from queue import Empty
from typing import Any

import zmq
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from traitlets import Type

LONGEST_FRAME = 16 * 2**20  # bytes of one part of a message
MOST_WAITING = 50  # messages that wait here to be read; the kernel's side keeps, or drops, the rest
POLL_SECONDS = 0.005


class ImpatientClient(AsyncKernelClient):
    """A client that is ready when both the kernel's answer and its broadcast have arrived."""

    def _create_connected_socket(self, channel: str, identity: bytes | None = None) -> zmq.Socket:
        # A limit has to be set before the socket connects: the context hands it to new sockets.
        self.context.setsockopt(zmq.MAXMSGSIZE, LONGEST_FRAME)
        self.context.setsockopt(zmq.RCVHWM, MOST_WAITING)
        return super()._create_connected_socket(channel, identity)

    def start_channels(
        self,
        shell: bool = True,
        iopub: bool = True,
        stdin: bool = True,
        hb: bool = False,
        control: bool = True,
    ) -> None:
        """Without a heartbeat: process 1 tells whether the kernel lives, and a kernel could garble it."""
        super().start_channels(shell, iopub, stdin, False, control)

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Raises RuntimeError when the kernel ends, or says nothing for `timeout` seconds."""
        deadline = time.monotonic() + (timeout or float("inf"))
        while time.monotonic() < deadline:
            if not await self._async_is_alive():
                raise RuntimeError("the kernel ended before it was ready")
            asked = self.kernel_info()
            try:
                reply = await self._async_recv_reply(asked, timeout=1)
                # The first broadcast is lost when the line for it came up too late: ask again.
                await self._async_get_iopub_msg(timeout=0.2)
            except (Empty, TimeoutError):
                continue
            self._handle_kernel_info_reply(reply)
            return
        raise RuntimeError(f"the kernel was not ready after {timeout} seconds")

    wait_for_ready = _async_wait_for_ready


class ImpatientManager(AsyncKernelManager):
    """A manager that looks more often whether a kernel has ended."""

    client_factory: Any = Type(ImpatientClient, klass=AsyncKernelClient)

    async def _async_wait(self, pollinterval: float = POLL_SECONDS) -> None:
        while await self._async_is_alive():
            await asyncio.sleep(POLL_SECONDS)
