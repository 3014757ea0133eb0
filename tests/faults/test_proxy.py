"""The fault proxy does what its faults say: what arrives at the server, and what comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from tests.faults.breaking import (
    BlackHole,
    CutAnswer,
    CutRequest,
    Front,
    Garbage,
    HalfClosed,
    LostAnswer,
    Refused,
    ShortAnswer,
    SlowStart,
    StaleConnection,
    Trickle,
    kinds,
)
from tests.faults.proxy import Fault, Proxy

QUESTION = b"a question of some length, so that there is a middle in which it can be cut\n"
ANSWER = b"an answer of some length, which can be cut, too\n"
RESET, SILENCE = b"<reset>", b"<silence>"


@dataclass
class Answering:
    """A server that answers each line."""

    heard: list[bytes] = field(default_factory=list)
    base: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                self.heard.append(line)
                writer.write(ANSWER)
        except ConnectionError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Answering]:
    made = Answering()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.base = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield made
    listening.close()


@asynccontextmanager
async def connected(proxy: Proxy) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.base.rpartition(":")[2]))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience: float = 0.3) -> bytes:
    """Ask; return all that comes until the end, the whole answer or our patience."""
    got = b""
    try:
        writer.write(QUESTION)
        async with asyncio.timeout(patience):
            while got != ANSWER and (more := await reader.read(1000)):
                got += more
    except ConnectionError:
        return got + RESET
    except TimeoutError:
        return got + SILENCE
    return got


SEEN: list[tuple[Fault, list[bytes], bytes]] = [
    (Refused(), [], RESET),
    (BlackHole(), [], SILENCE),
    (SlowStart("late", 0.1), [QUESTION], ANSWER),
    (SlowStart("too late", 0.6), [QUESTION], SILENCE),
    (Trickle("in time", 0.001), [QUESTION], ANSWER),
    (CutRequest(), [QUESTION[:60]], RESET),
    (LostAnswer(), [QUESTION], b""),
    (ShortAnswer(), [QUESTION], ANSWER[:-20]),
    (HalfClosed(), [QUESTION], b""),
]


@pytest.mark.parametrize(("fault", "heard", "got"), SEEN, ids=lambda value: getattr(value, "name", ""))
async def test_each_fault(server: Answering, fault: Fault, heard: list[bytes], got: bytes) -> None:
    async with Proxy(server.base) as proxy:
        proxy.breaks(fault)
        async with connected(proxy) as (reader, writer):
            assert await asked(reader, writer) == got
            await asyncio.sleep(0.02)
        assert server.heard == heard
        assert proxy.met == {fault.name: 1}
        proxy.heals()
        async with connected(proxy) as (reader, writer):
            assert await asked(reader, writer) == ANSWER


async def test_a_trickle_never_ends_within_a_patience(server: Answering) -> None:
    async with Proxy(server.base) as proxy:
        proxy.breaks(Trickle("for ever", 0.1))
        async with connected(proxy) as (reader, writer):
            got = await asked(reader, writer)
    assert 2 <= len(got.removesuffix(SILENCE)) <= 4


async def test_a_cut_answer_loses_what_a_reset_overtakes(server: Answering) -> None:
    async with Proxy(server.base) as proxy:
        proxy.breaks(CutAnswer())
        async with connected(proxy) as (reader, writer):
            got = await asked(reader, writer)
    assert got in (RESET, ANSWER[:25] + RESET)
    assert server.heard == [QUESTION]


@pytest.mark.parametrize(("arrives", "heard"), [(True, [QUESTION]), (False, [])])
async def test_a_front_answers_for_itself(server: Answering, arrives: bool, heard: list[bytes]) -> None:  # noqa: FBT001
    async with Proxy(server.base) as proxy:
        proxy.breaks(Front("502 Bad Gateway", arrives))
        async with connected(proxy) as (reader, writer):
            assert (await asked(reader, writer)).startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert server.heard == heard


async def test_a_kept_connection_ends_at_its_second_question(server: Answering) -> None:
    async with Proxy(server.base) as proxy:
        proxy.breaks(StaleConnection())
        async with connected(proxy) as (reader, writer):
            assert await asked(reader, writer) == ANSWER
            assert await asked(reader, writer) == RESET
    assert server.heard == [QUESTION]


async def test_a_fault_begins_on_a_connection_that_was_whole(server: Answering) -> None:
    async with Proxy(server.base) as proxy, connected(proxy) as (reader, writer):
        assert await asked(reader, writer) == ANSWER
        proxy.breaks(Garbage())
        assert not (await asked(reader, writer)).startswith(ANSWER)
        assert (proxy.passed, proxy.most_open) == (1, 1)


async def test_only_what_holds_a_mark_is_broken(server: Answering) -> None:
    async with Proxy(server.base) as proxy:
        proxy.breaks(BlackHole(), only=b"some length")
        async with connected(proxy) as (reader, writer):
            writer.write(b"another question\n")
            assert await reader.readline() == ANSWER
            assert await asked(reader, writer) == SILENCE


async def test_shares_are_drawn_the_same_in_every_run(server: Answering) -> None:
    met = []
    for _ in range(2):
        async with Proxy(server.base, seed=3) as proxy:
            proxy.breaks(LostAnswer(), Refused(), share=0.5)
            for _ in range(20):
                async with connected(proxy) as (reader, writer):
                    await asked(reader, writer)
            met.append((dict(proxy.met), proxy.passed))
    assert met[0] == met[1]
    assert all(0 < number < 20 for number in (*met[0][0].values(), met[0][1]))


async def test_nobody_listens_until_it_returns(server: Answering) -> None:
    async with Proxy(server.base) as proxy:
        await proxy.leaves()
        with pytest.raises(ConnectionRefusedError):
            async with connected(proxy):
                pass
        await proxy.returns()
        async with connected(proxy) as (reader, writer):
            assert await asked(reader, writer) == ANSWER


def test_there_are_more_than_ten_kinds() -> None:
    names = [fault.name for fault in kinds(1.0)]
    assert len(names) == len(set(names)) >= 10
