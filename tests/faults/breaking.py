"""The faults of an upstream, each a small value: what it does to one exchange between a client and the server."""

import asyncio
from dataclasses import dataclass

from tests.faults.proxy import Fault
from tests.faults.wire import Reset, Wire

PAGE = b"<html><head><title>%s</title></head><body><center><h1>%s</h1></center><hr>front</body></html>"
GARBAGE = bytes(range(255, 0, -1)) * 2


@dataclass(frozen=True)
class Refused:
    """Accepted and reset at once: nothing arrives."""

    name: str = "accepted, then reset"

    async def strike(self, wire: Wire, first: bytes) -> None:  # noqa: ARG002 - nothing is looked at
        """Do it."""
        raise Reset


@dataclass(frozen=True)
class BlackHole:
    """Accepted, taken and never answered: nothing arrives."""

    name: str = "never answered"

    async def strike(self, wire: Wire, first: bytes) -> None:  # noqa: ARG002 - nothing is looked at
        """Do it."""
        await wire.hold()


@dataclass(frozen=True)
class SlowStart:
    """It arrives; the first byte of the answer comes after so many seconds."""

    name: str
    seconds: float

    async def strike(self, wire: Wire, first: bytes) -> None:
        """Do it."""
        answer = await wire.whole_answer(first)
        await asyncio.sleep(self.seconds)
        await wire.say(answer)


@dataclass(frozen=True)
class Trickle:
    """It arrives; the answer comes byte by byte, with so many seconds before each."""

    name: str
    pause: float

    async def strike(self, wire: Wire, first: bytes) -> None:
        """Do it, until the client has enough of it."""
        answer = await wire.whole_answer(first)
        for at in range(len(answer)):
            await wire.say(answer[at : at + 1])
            await asyncio.sleep(self.pause)


@dataclass(frozen=True)
class CutRequest:
    """The server gets no more than the beginning of a request, then both sides are reset."""

    name: str = "request cut in the middle"
    kept: int = 60

    async def strike(self, wire: Wire, first: bytes) -> None:
        """Do it."""
        await wire.forward(first[: self.kept])
        await asyncio.sleep(0)
        raise Reset


@dataclass(frozen=True)
class CutAnswer:
    """It arrives; the connection is reset within the head of the answer."""

    name: str = "answer cut in the middle"
    kept: int = 25

    async def strike(self, wire: Wire, first: bytes) -> None:
        """Do it."""
        answer = await wire.whole_answer(first)
        await wire.say(answer[: self.kept])
        raise Reset


@dataclass(frozen=True)
class LostAnswer:
    """It arrives; the connection is closed in order without an answer."""

    name: str = "answer lost"

    async def strike(self, wire: Wire, first: bytes) -> None:
        """Do it."""
        await wire.whole_answer(first)


@dataclass(frozen=True)
class ShortAnswer:
    """It arrives; the last bytes of the answer are missing, so it is shorter than it says."""

    name: str = "answer shorter than it says"
    missing: int = 20

    async def strike(self, wire: Wire, first: bytes) -> None:
        """Do it."""
        answer = await wire.whole_answer(first)
        await wire.say(answer[: -self.missing])


@dataclass(frozen=True)
class Garbage:
    """It arrives; what comes back is no HTTP."""

    name: str = "garbage instead of an answer"

    async def strike(self, wire: Wire, first: bytes) -> None:
        """Do it."""
        await wire.whole_answer(first)
        await wire.say(GARBAGE)


@dataclass(frozen=True)
class Front:
    """A front answers with a page of its own.

    arrives  whether the server had the request before; who calls cannot know
    """

    status: str
    arrives: bool

    @property
    def name(self) -> str:
        """Say what it answers, and when."""
        return f"a front's page: {self.status}, {'after' if self.arrives else 'before'} it arrived"

    async def strike(self, wire: Wire, first: bytes) -> None:
        """Do it, once the request has come whole as far as its silence tells."""
        if self.arrives:
            await wire.whole_answer(first)
        else:
            await asyncio.sleep(0.02)
        status = self.status.encode()
        page = PAGE % (status, status)
        head = f"HTTP/1.1 {self.status}\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n"
        await wire.say(f"{head}Connection: close\r\n\r\n".encode() + page)


@dataclass(frozen=True)
class HalfClosed:
    """It arrives; our side is closed for writing without an answer, and the connection stays."""

    name: str = "half-closed without an answer"

    async def strike(self, wire: Wire, first: bytes) -> None:
        """Do it."""
        await wire.whole_answer(first)
        wire.writer.write_eof()
        await wire.hold()


@dataclass(frozen=True)
class StaleConnection:
    """A kept connection is reset just as the next request comes; the first exchange on each is whole."""

    name: str = "kept connection closed at the next request"

    async def strike(self, wire: Wire, first: bytes) -> None:
        """Do it."""
        if not wire.exchanges:
            await wire.say(await wire.whole_answer(first))
            await wire.request()
        raise Reset


def kinds(patience: float) -> tuple[Fault, ...]:
    """Return all of them for a client that waits so many seconds for the next byte of an answer."""
    return (
        Refused(), BlackHole(), SlowStart("first byte late", patience / 3),
        SlowStart("first byte too late", patience * 2), Trickle("answer byte by byte, in time", patience / 5000),
        Trickle("answer byte by byte, for ever", patience / 3), CutRequest(), CutAnswer(), LostAnswer(), ShortAnswer(),
        Garbage(), Front("502 Bad Gateway", arrives=False), Front("504 Gateway Timeout", arrives=True),
        Front("403 Forbidden", arrives=False), HalfClosed(), StaleConnection(),
    )  # fmt: skip
