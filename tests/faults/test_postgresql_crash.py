"""PostgreSQL crashes, throws connections out, stands still or is full: the services go on by themselves.

Nothing that was acknowledged is lost and nothing happens twice (security.md R1, R2, R5, R9, R11). The server is the
test's own and flushes every commit.
"""

import asyncio
import os
import random
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import aiohttp
import pytest

from benchmarks.walks.serving import prepare
from bot.channels.telegram.channel import TelegramChannel
from bot.delivery import Sender
from bot.words import Words, load_texts
from storage import outbox
from storage.database import Database, StoreUnavailable
from storage.postgresql_pool import LOCK_SECONDS
from storage.reference import ReferenceHolder
from tests.fakes.telegram import TOKEN, FakeTelegram, Phone
from tests.faults.crashing import CrashingServer, crashing_server
from tests.faults.crowd import Crowd
from tests.faults.effects import check, stored, until_taken
from tests.faults.outcome import Record, keep
from tests.faults.senders import HEADERS
from tests.faults.served import Served
from tests.faults.workers import SENDING, Crew, working

LONG = bool(os.environ.get("FAULTS_LONG"))
ROUNDS = 5 if LONG else 1
"""Of the six kinds of fault."""
PEOPLE = 500 if LONG else 24
PATIENCE = 900 if LONG else 100
WELL_WITHIN = 15.0
"""Seconds after the server answers again until each service has stored something."""
pytestmark = pytest.mark.timeout(1200 if LONG else 240)

Crash = Callable[[CrashingServer, random.Random], Awaitable[None]]


@pytest.fixture
async def server() -> AsyncIterator[CrashingServer]:
    """Return a running server of the test's own."""
    with crashing_server() as made:
        if made is None:
            warnings.warn(pytest.PytestWarning("NOT RUN: no PostgreSQL server here to crash"), stacklevel=1)
            pytest.skip("no PostgreSQL programs: install a server, or use the `pg` dependency group")
        await made.start()
        yield made


@pytest.fixture
async def url(server: CrashingServer) -> str:
    """Return the address of a database on it, with the sample commune."""
    address = server.database("crash")
    await prepare(address)
    return address


async def _stopped(server: CrashingServer, chance: random.Random) -> None:
    """End it as the machine's own control does in a hurry; it is away for a while and then recovers."""
    await server.stop_immediately()
    await asyncio.sleep(chance.uniform(0, 1))
    await server.start()


async def _killed(server: CrashingServer, chance: random.Random) -> None:
    """Kill all of it at once."""
    await server.kill()
    await asyncio.sleep(chance.uniform(0, 1))
    await server.start()


async def _one_killed(server: CrashingServer, chance: random.Random) -> None:
    """Kill one process: the server throws everybody out and recovers by itself."""
    server.kill_one_backend(chance.randrange(100))
    await server.answers()


async def _thrown_out(server: CrashingServer, _: random.Random) -> None:
    """End connections, in whatever they are doing."""
    server.end_backends("random() < 0.7")


async def _unanswered(server: CrashingServer, chance: random.Random) -> None:
    """Let transactions be durable and tell nobody (R11)."""
    await server.commits_without_answer(chance.uniform(0.2, 0.6))


async def _full(server: CrashingServer, chance: random.Random) -> None:
    """Take all connections, so that the services get none."""
    with server.full():
        await asyncio.sleep(chance.uniform(0.2, 1))


CRASHES: tuple[Crash, ...] = (_stopped, _killed, _one_killed, _thrown_out, _unanswered, _full)


async def _until_ready(workers: Sequence[Served]) -> float:
    """Return after how many seconds all of them are ready."""
    begun = time.monotonic()
    for worker in workers:
        address = f"http://127.0.0.1:{worker.config.http_port}"
        async with aiohttp.ClientSession(address) as session, asyncio.timeout(60):
            while await _status(session, "/readyz") != 200:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)
    return time.monotonic() - begun


async def _until_taking(workers: Sequence[Served], crowd: Crowd, bringing: "asyncio.Task[None]") -> float:
    """Return after how many seconds all of them have stored something again, unless nothing more is to come."""
    begun = time.monotonic()
    ports = [worker.config.http_port for worker in workers]
    while not bringing.done() and any(crowd.last_taken.get(port, 0) < begun for port in ports):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return time.monotonic() - begun


async def _status(session: aiohttp.ClientSession, path: str) -> int:
    async with session.get(path) as answer:
        return answer.status


async def _crash_all_along(
    server: CrashingServer, crew: Crew, crowd: Crowd, crashes: Sequence[Crash], bringing: "asyncio.Task[None]"
) -> tuple[list[float], int]:
    """Crash it at moments spread over all that the crowd says.

    Returns the seconds until both services stored something again after each, and how many acknowledged updates were
    not stored.
    """
    waits, lost, chance = [], 0, random.Random(len(crashes))  # noqa: S311 - the same faults in every run
    for number, crash in enumerate(crashes):
        await until_taken(crowd, (number + chance.random()) / len(crashes))
        await crash(server, chance)
        promised = set(crowd.acked)
        waits.append(await _until_taking(crew.workers, crowd, bringing))
        lost += len(promised - await crew.database.read(stored))
    return waits, lost


async def test_crashes_lose_and_double_nothing_and_all_goes_on(
    server: CrashingServer, url: str, tmp_path: Path, record_property: Record
) -> None:
    crashes = CRASHES * ROUNDS
    database = await Database.open(url)
    async with FakeTelegram() as fake, asyncio.timeout(PATIENCE):
        crowd = Crowd(fake, PEOPLE)
        await crowd.is_known(database)
        async with working(fake, database, url, tmp_path, "webhook") as crew:
            await crew.holder(SENDING)
            bringing = asyncio.create_task(crowd.posts_to(crew.workers))
            waits, lost = await _crash_all_along(server, crew, crowd, crashes, bringing)
            await bringing
            assert lost == 0
            assert max(waits) < WELL_WITHIN
            assert crowd.refused > 0
            fault = f"PostgreSQL crashed; goes on within {max(waits):.1f} s"
            keep(record_property, await check(database, crowd, fault, len(crashes)))
    await database.close()


async def test_letters_whose_taking_was_never_answered_go_out_at_once(server: CrashingServer, url: str) -> None:
    """Nobody knows whether the claim was committed; it was, and none of its letters was begun."""
    database = await Database.open(url)
    async with FakeTelegram() as fake, asyncio.timeout(PATIENCE):
        crowd = Crowd(fake, 6)
        await crowd.is_known(database)
        channel = TelegramChannel(TOKEN, fake.base)
        sender = Sender(
            database, {"telegram": channel}, Words(load_texts(), ReferenceHolder().name_of), fake.world.clock
        )
        with pytest.raises(StoreUnavailable):
            await asyncio.gather(server.commits_without_answer(1.0), sender.round())
        assert await _states(database) == {"sending": crowd.size}
        while await sender.round():
            pass
        assert await _states(database) == {"sent": crowd.size}
        assert crowd.reminded() == {1: crowd.size}
        await channel.close()
    await database.close()


async def _states(database: Database) -> dict[str, int]:
    return await database.read(outbox.count_by_state)


async def test_a_process_of_the_server_that_stands_still_holds_up_nobody_for_long(
    server: CrashingServer, url: str, tmp_path: Path, record_property: Record
) -> None:
    """Whoever needs its locks is sent away after seconds, so that others get through; when it wakes, all goes on."""
    database = await Database.open(url)
    async with FakeTelegram() as fake, asyncio.timeout(PATIENCE):
        crowd, stranger = Crowd(fake, 24), fake.person(1)
        await crowd.is_known(database)
        async with working(fake, database, url, tmp_path, "webhook") as crew:
            await crew.holder(SENDING)
            bringing = asyncio.create_task(crowd.posts_to(crew.workers, patience=30))
            await until_taken(crowd, 0.2)
            with server.locked("tally", url):  # all rate one unit, so all need its counts
                async with server.paused_holder():
                    await asyncio.sleep(2)  # by now everybody waits who needs what it holds
                    waited = [await _asks_for_help(stranger, worker) for worker in crew.workers]
                    assert max(waited) < LONG_WAIT
                    while not crowd.refused:  # noqa: ASYNC110 - a count tells nobody that it grows
                        await asyncio.sleep(0.05)
            await bringing
            keep(record_property, await check(database, crowd, "a process of PostgreSQL paused", 1, STRANGER))
    await database.close()


LONG_WAIT = 5 * LOCK_SECONDS
"""Seconds; who comes last waits until all before him had a connection, ten at a time, and were sent away."""
STRANGER = {
    "events": 2, "persons": 1, "identities": 1, "chats": 1, "conversations": 2, "conversations that ended well": 2,
    "outgoing messages": 2, "outgoing messages with an end": 2,
}  # fmt: skip
"""What somebody leaves behind who asks for help twice."""


async def _asks_for_help(stranger: Phone, worker: Served) -> float:
    """Return the seconds until somebody whom all this does not concern is taken."""
    begun = time.monotonic()
    await stranger.types("trợ giúp")
    update = stranger.world.mailbox.waiting()[-1].update
    stranger.world.mailbox.clear()
    async with aiohttp.ClientSession(headers=HEADERS) as session:
        while True:
            address = f"http://127.0.0.1:{worker.config.http_port}/webhook/telegram"
            async with session.post(address, json=update) as answer:
                if answer.status == 200:
                    return time.monotonic() - begun


PAGES = ("/", "/chat", "/admin")


async def test_pages_say_politely_that_the_store_is_away_and_come_back(
    server: CrashingServer, url: str, tmp_path: Path
) -> None:
    database = await Database.open(url)
    async with FakeTelegram() as fake, working(fake, database, url, tmp_path, "webhook") as crew:
        worker = crew.workers[0]
        async with aiohttp.ClientSession(f"http://127.0.0.1:{worker.config.http_port}") as session:
            await server.stop_immediately()
            assert [await _page(session, path, "vi") for path in PAGES] == [(503, True, True)] * len(PAGES)
            assert [await _page(session, path, "en") for path in PAGES] == [(503, True, True)] * len(PAGES)
            async with session.get("/readyz") as answer:
                assert answer.status == 503
                checks = (await answer.json())["checks"]
            assert {name for name, each in checks.items() if not each["ok"]} >= {"store_readable", "store_writable"}
            assert checks["disk"]["ok"]
            assert await _status(session, "/healthz") == 200
            await server.start()
            assert await _until_ready(crew.workers) < WELL_WITHIN
            assert [await _status(session, path) for path in ("/", "/chat", "/readyz")] == [200] * 3
    await database.close()


async def _page(session: aiohttp.ClientSession, path: str, language: str) -> tuple[int, bool, bool]:
    """Return the status, whether it says when to come back, and whether it says it in this language."""
    words = {"vi": ("ít phút",), "en": ("in a few minutes", "try again shortly")}[language]
    async with session.get(path, headers={"Cookie": f"ln_language={language}"}) as answer:
        told = await answer.text()
        return answer.status, answer.headers.get("Retry-After", "").isdigit(), any(each in told for each in words)
