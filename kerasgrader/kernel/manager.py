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
MOST_WAITING = 50  # messages queued here; the kernel's side queues, or drops, the rest
POLL_SECONDS = 0.005


class ImpatientClient(AsyncKernelClient):
    """A client that is ready when both the kernel's answer and its broadcast have arrived."""

    def _create_connected_socket(self, channel: str, identity: bytes | None = None) -> zmq.Socket:
        # Limits must be set before the socket connects: new sockets inherit them from the context.
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
        """Start no heartbeat, which a kernel could fake: process 1 reports whether it is alive."""
        super().start_channels(shell, iopub, stdin, False, control)

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Raise RuntimeError if the kernel ends, or does not answer for `timeout` seconds."""
        deadline = time.monotonic() + (timeout or float("inf"))
        while time.monotonic() < deadline:
            if not await self._async_is_alive():
                raise RuntimeError("the kernel ended before it was ready")
            asked = self.kernel_info()
            try:
                reply = await self._async_recv_reply(asked, timeout=1)
                # The first broadcast is lost if its channel connected too late: ask again.
                await self._async_get_iopub_msg(timeout=0.2)
            except (Empty, TimeoutError):
                continue
            self._handle_kernel_info_reply(reply)
            return
        raise RuntimeError(f"the kernel was not ready after {timeout} seconds")

    wait_for_ready = _async_wait_for_ready


class ImpatientManager(AsyncKernelManager):
    """A manager that checks more often whether its kernel has ended."""

    client_factory: Any = Type(ImpatientClient, klass=AsyncKernelClient)

    async def _async_wait(self, pollinterval: float = POLL_SECONDS) -> None:
        while await self._async_is_alive():
            await asyncio.sleep(POLL_SECONDS)
