"""A TCP proxy that breaks what goes through it: between a service and the server that it calls.

It reads no HTTP. An exchange begins with the first bytes of a connection, and again when the client speaks after an
answer; which fault each exchange meets is set for all, or drawn by a seeded random.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlsplit

from tests.faults.wire import Reset, Wire


class Fault(Protocol):
    """What happens to one exchange."""

    @property
    def name(self) -> str:
        """What it is called in tables."""

    async def strike(self, wire: Wire, first: bytes) -> None:
        """Do it to the exchange that begins with `first`; the connection ends afterwards. Raises Reset."""


class Proxy:
    """Listens on a free port of this machine. Use as `async with Proxy(fake.base) as proxy:`.

    base    where the client has to call
    met     how many exchanges met each fault
    passed  how many were left whole
    open    connections of clients at this moment; `most_open` at once so far
    """

    def __init__(self, server: str, seed: int = 1) -> None:
        self.base = ""
        self.met: Counter[str] = Counter()
        self.passed = self.most_open = 0
        self._port = urlsplit(server).port or 80
        self._random = random.Random(seed)  # noqa: S311 - the same faults in every run
        self._faults: Sequence[Fault] = ()
        self._share, self._only = 1.0, b""
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.returns()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all connections."""
        await self.leaves()
        self.drops()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def returns(self) -> None:
        """Listen, at the same port as before."""
        port = urlsplit(self.base).port or 0
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", port, backlog=200)
        self.base = f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"

    async def leaves(self) -> None:
        """Listen no more: connecting is refused by the system. Connections that are open stay."""
        if self._listener is not None:
            self._listener.close()
        self._listener = None
        await asyncio.sleep(0)

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._tasks)

    def breaks(self, *faults: Fault, share: float = 1.0, only: bytes = b"") -> None:
        """From now on let a share of all exchanges meet one of these faults.

        only  leave exchanges alone until these bytes are in what the client says, and strike there
        """
        self._faults, self._share, self._only = faults, share, only

    def heals(self) -> None:
        """Leave new exchanges whole."""
        self.breaks()

    def drops(self) -> None:
        """End all connections that are open."""
        for task in self._tasks:
            task.cancel()

    def _draw(self, first: bytes) -> Fault | None:
        if not self._faults or self._only not in first or self._random.random() >= self._share:
            return None
        return self._random.choice(self._faults)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(Wire(reader, writer, self._port)))
        self._tasks.add(task)
        self.most_open = max(self.most_open, self.open)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, wire: Wire) -> None:
        """Serve a connection to its end, one exchange after the other."""
        try:
            first = await wire.request()
            while first:
                fault = self._draw(first)
                if fault is not None:
                    self.met[fault.name] += 1
                    await fault.strike(wire, first)
                    break
                self.passed += 1
                first = await self._pass(wire, first)
        except Reset:
            wire.reset()
        except ConnectionError:
            pass  # a side has gone, so the other one goes, too
        finally:
            wire.close()

    async def _pass(self, wire: Wire, first: bytes) -> bytes:
        """Leave an exchange whole; return what the next one begins with, nothing at the end of the connection."""
        await wire.forward(first)
        answered = False
        while True:
            asked, said = await wire.next_of_either()
            if said:
                answered = True
                await wire.say(said)
            if asked:
                if answered or (self._only and self._draw(asked)):
                    wire.exchanges += answered
                    return asked
                await wire.forward(asked)
            if b"" in (asked, said):
                return b""
