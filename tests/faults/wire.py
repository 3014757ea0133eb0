"""One connection through the fault proxy: what both sides say, and how a side can be left alone."""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field

PIECE = 65_536
QUIET_SECONDS = 0.05
"""An answer is whole when nothing more has come for so long: nothing here reads HTTP."""
_NO_LINGER = struct.pack("ii", 1, 0)


class Reset(Exception):  # noqa: N818 - what is done to the connection
    """The connection is to end at once, by RST."""


@dataclass
class Wire:
    """A client's connection; the one to the server behind is opened by the first byte that is forwarded.

    exchanges  how many answers have begun on it
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    port: int
    exchanges: int = 0
    _server: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None, repr=False)

    async def request(self) -> bytes:
        """Return what the client says next, nothing at its end."""
        with contextlib.suppress(ConnectionError):
            return await self.reader.read(PIECE)
        return b""

    async def forward(self, data: bytes) -> None:
        """Give bytes to the server."""
        if self._server is None:
            self._server = await asyncio.open_connection("127.0.0.1", self.port)
        self._server[1].write(data)
        await self._server[1].drain()

    async def next_of_either(self) -> tuple[bytes | None, bytes | None]:
        """Return what the client and what the server said next; nothing at an end, None for who was silent."""
        assert self._server is not None
        both = asyncio.create_task(self.request()), asyncio.create_task(self._server[0].read(PIECE))
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()  # what it would have read stays where it is
            await asyncio.gather(*both, return_exceptions=True)
        asked, answered = (_result(task) for task in both)
        return asked, answered

    async def arrive(self, first: bytes) -> bytes:
        """Forward a request until the server answers, so that it certainly arrived; return what the answer begins with.

        Nothing where either side ended before.
        """
        await self.forward(first)
        while True:
            asked, answered = await self.next_of_either()
            if asked:
                await self.forward(asked)
            if answered is not None:
                self.exchanges += 1
                return answered
            if asked == b"":
                return b""

    async def whole_answer(self, first: bytes) -> bytes:
        """Let a request arrive; return all of its answer."""
        answer = bytearray(await self.arrive(first))
        assert self._server is not None
        while True:
            try:
                async with asyncio.timeout(QUIET_SECONDS):
                    more = await self._server[0].read(PIECE)
            except TimeoutError:
                return bytes(answer)
            if not more:
                return bytes(answer)
            answer += more

    async def say(self, data: bytes) -> None:
        """Give bytes to the client."""
        self.writer.write(data)
        await self.writer.drain()

    async def hold(self) -> None:
        """Answer nothing until the client has gone."""
        while await self.request():
            pass

    def reset(self) -> None:
        """End the client's connection by RST, as a machine does that knows nothing of it."""
        connection = self.writer.get_extra_info("socket")
        with contextlib.suppress(OSError):  # it has gone meanwhile
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.writer.transport.abort()

    def close(self) -> None:
        """End both connections."""
        self.writer.close()
        if self._server is not None:
            self._server[1].transport.abort()


def _result(task: asyncio.Task[bytes]) -> bytes | None:
    """Return what was read, None when the task was still reading; a connection that broke has ended."""
    if task.cancelled():
        return None
    return b"" if task.exception() is not None else task.result()
