"""What the running service tells of itself, over the real server."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar
from pydantic import SecretStr
from sqlalchemy import Connection

from langnghe import health
from langnghe.app import run_until, serving
from langnghe.config import Config
from langnghe.service import Service, open_service
from storage import channel_states, chats, conversations, outbox
from storage.chats import Caller
from storage.database import StoreUnavailable
from storage.outbox import Urgency
from tests.bot.channels.web_site import Browser
from tests.conversations.world import START, World
from tests.langnghe.prometheus_text import Family, parse

TOKEN = "sample-metrics-token-01"
PROXY = {"X-Forwarded-For": "203.0.113.9"}


@dataclass
class Served:
    """A service with its pages, and a client."""

    service: Service
    address: str
    session: ClientSession

    async def report(self) -> tuple[int, Any]:
        async with self.session.get(f"{self.address}/readyz") as response:
            return response.status, await response.json()

    async def metrics(self, status: int = 200, **headers: str) -> dict[str, Family]:
        async with self.session.get(f"{self.address}/metrics", headers=headers) as response:
            assert response.status == status
            text = await response.text()
            if status != 200:
                assert "langnghe_" not in text
                return {}
            assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
            return {family.name: family for family in parse(text)}


@asynccontextmanager
async def served(config: Config, world: World) -> AsyncIterator[Served]:
    async with (
        open_service(config, world.watch) as service,
        serving(service) as port,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
    ):
        yield Served(service, f"http://127.0.0.1:{port}", session)


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> World:
    made = World(tmp_path, database_url)
    await made.install()
    return made


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look anew each time."""
    monkeypatch.setattr(health, "FRESH_SECONDS", -1.0)


async def test_everything_is_told_with_its_time(world: World) -> None:
    async with served(world.config, world) as it:
        status, report = await it.report()
        assert (status, report["ready"]) == (200, True)
        assert set(report["checks"]) == {"store_readable", "store_writable", "schema", "disk"}
        for check in report["checks"].values():
            assert check["ok"] is True
            assert 0 <= check["ms"] < 3000


async def test_loops_are_looked_at_where_they_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", -1.0)
    async with served(world.config, world) as it:
        stopping = asyncio.Event()
        running = asyncio.create_task(run_until(it.service, stopping, "worker"))
        while not set(health.LOOPS.values()) <= set(it.service.beats):  # noqa: ASYNC110 - a loop tells nobody that it began
            await asyncio.sleep(0.01)
        status, report = await it.report()
        assert (status, report["checks"]["sender"]["ok"], report["checks"]["schedule"]["ok"]) == (200, True, True)
        assert (await it.metrics())["langnghe_loop_seconds"].value(loop="sending") < 60
        it.service.beats["the schedule"] -= health.BEAT_SECONDS + 1
        status, report = await it.report()
        assert (status, report["checks"]["schedule"]["problem"]) == (503, "stands_still")
        stopping.set()
        await running


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_service_whose_work_cannot_be_loaded_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langnghe.work", None)
    async with open_service(world.config, world.watch) as service, asyncio.timeout(30):
        with pytest.raises(ImportError):
            await run_until(service, asyncio.Event(), "worker")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_pages_alone_are_served_until_they_are_told_to_stop(world: World) -> None:
    async with open_service(world.config, world.watch) as service, asyncio.timeout(30):
        stopping = asyncio.Event()
        running = asyncio.create_task(run_until(service, stopping, "web"))
        while len(asyncio.all_tasks()) < 3:  # noqa: ASYNC110 - nothing tells that it began
            await asyncio.sleep(0.01)
        assert not (await asyncio.wait([running], timeout=1.0))[0]
        stopping.set()
        await running


@pytest.mark.usefixtures("at_once")
async def test_a_store_that_cannot_be_written_is_not_ready(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(world.config, world) as it:

        async def away(_job: object) -> None:
            raise StoreUnavailable("no space left on device: /secret/place")

        with monkeypatch.context() as patch:
            patch.setattr(it.service.database, "write", away)
            status, report = await it.report()
        assert (status, report["ready"]) == (503, False)
        assert report["checks"]["store_writable"]["problem"] == "failed"
        assert report["checks"]["store_readable"]["ok"] is True
        assert "secret" not in str(report)
        assert (await it.report())[0] == 200


@pytest.mark.usefixtures("at_once")
async def test_a_database_of_another_version_is_not_ready(world: World) -> None:
    async with served(world.config, world) as it:
        await world.writes(lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num='0'"))
        status, report = await it.report()
        assert (status, report["checks"]["schema"]["ok"]) == (503, False)


@pytest.mark.usefixtures("at_once")
async def test_a_channel_that_is_down_and_a_full_disk_do_not_take_the_pages_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = world.config.model_copy(update={"telegram_bot_token": SecretStr("1:" + "a" * 35)})
    full = shutil.disk_usage(world.folder)._replace(free=0)
    async with served(config, world) as it:
        monkeypatch.setattr(shutil, "disk_usage", lambda _place: full)
        await world.writes(
            lambda connection: channel_states.put(
                connection, ("telegram", "1"), problem="unreachable", now=START, reason="NetworkError: Bad Gateway"
            )
        )
        status, report = await it.report()
        assert status == 200
        assert report["checks"]["telegram"]["problem"] == "unreachable"
        assert report["checks"]["disk"]["problem"] == "disk_nearly_full"
        assert "Bad Gateway" not in str(report)


async def test_a_check_that_hangs_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LONGEST_CHECK", 0.05)
    async with served(world.config, world) as it:

        async def hangs(_job: object) -> None:
            await asyncio.sleep(60)

        with monkeypatch.context() as patch:
            patch.setattr(it.service.database, "write", hangs)
            status, report = await it.report()
        assert (status, report["checks"]["store_writable"]["problem"]) == (503, "too_slow")


async def test_many_who_ask_at_once_cost_one_look(world: World) -> None:
    async with served(world.config, world) as it:
        jobs = it.service.database.pulse.jobs
        await asyncio.gather(*(it.report() for _ in range(30)))
        assert it.service.database.pulse.jobs - jobs <= 3


def fill(connection: Connection, at: Any) -> None:
    chat = chats.welcome(connection, Caller("telegram", "1", "7", "7", "vi"), at)
    for number, urgency in enumerate((Urgency.REPLY, Urgency.REPLY, Urgency.BROADCAST)):
        outbox.put_words(
            connection, chat_id=chat.id, body={"text": "mẫu"}, unique_key=f"n{number}", now=at, urgency=urgency
        )
    conversations.bury(connection, channel="telegram", account="1", raw={}, reason="KeyError", now=at)
    channel_states.put(connection, ("telegram", "1"), problem="growing", now=at, waiting=31)


async def test_the_figures_are_there(world: World) -> None:
    async with served(world.config, world) as it:
        await it.service.database.write(partial(fill, at=world.watch.now))
        world.watch.passes(timedelta(seconds=90))
        browser = Browser(it.address, it.session)
        await browser.opens("/chat")
        await browser.says("xin chào")
        figures = await it.metrics()
    assert figures["langnghe_events_total"].value(channel="web", kind="text") == 1
    assert figures["langnghe_event_seconds"].samples[-1][2] >= 1
    assert figures["langnghe_outbox_messages"].value(**{"class": "reply", "state": "queued"}) == 2
    assert figures["langnghe_outbox_messages"].value(**{"class": "broadcast", "state": "queued"}) == 1
    assert figures["langnghe_outbox_oldest_seconds"].value(**{"class": "reply"}) == 90
    assert figures["langnghe_dead_letters"].value(state="new") == 1
    assert figures["langnghe_channel_waiting"].value(channel="telegram", account="1") == 31
    assert figures["langnghe_channel_up"].value(channel="telegram", account="1") == 0
    assert "langnghe_messages_total" in figures
    assert figures["langnghe_store_readable"].value() == 1
    assert figures["langnghe_store_jobs_total"].value() >= figures["langnghe_store_commits_total"].value() >= 1
    assert {"langnghe_events_failed_total", "langnghe_events_refused_total", "langnghe_lease_held"} <= set(figures)


async def test_refused_events_are_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(world.config, world) as it:
        browser = Browser(it.address, it.session)
        await browser.opens("/chat")

        async def away(_job: object) -> None:
            raise StoreUnavailable("the disk is full")

        with monkeypatch.context() as patch:
            patch.setattr(it.service.database, "write", away)
            await browser.says("xin chào")
        assert (await it.metrics())["langnghe_events_refused_total"].value(channel="web") == 1


async def test_a_store_that_cannot_be_read_leaves_the_figures_of_the_process(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(world.config, world) as it:

        async def away(_job: object) -> None:
            raise StoreUnavailable("no server")

        monkeypatch.setattr(it.service.database, "read", away)
        figures = await it.metrics()
    assert figures["langnghe_store_readable"].value() == 0
    assert "langnghe_event_seconds" in figures
    assert "langnghe_outbox_messages" not in figures


async def test_without_a_token_only_this_machine_itself_reads_the_figures(world: World) -> None:
    async with served(world.config, world) as it:
        await it.metrics(200)
        for header in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"):
            await it.metrics(403, **{header: "203.0.113.9"})


@pytest.mark.parametrize(
    "change", [{"public_url": "https://langnghe.example"}, {"trusted_proxies": frozenset({"127.0.0.1"})}]
)
async def test_behind_a_proxy_nobody_reads_them_without_a_token(world: World, change: dict[str, Any]) -> None:
    async with served(world.config.model_copy(update=change), world) as it:
        await it.metrics(403)


async def test_whoever_brings_the_token_reads_them(world: World) -> None:
    config = world.config.model_copy(update={"metrics_token": SecretStr(TOKEN), "public_url": "https://a.example"})
    async with served(config, world) as it:
        await it.metrics(200, Authorization=f"Bearer {TOKEN}", **PROXY)
        for wrong in ("", f"Bearer {TOKEN}x", TOKEN, "Bearer ", f"bearer {TOKEN}", "Bearer ấ"):
            await it.metrics(403, Authorization=wrong)
        await it.metrics(403)
