"""How a message to 100,000 chats goes out, and how soon somebody who writes meanwhile is answered.

    uv run python benchmarks/broadcast.py                    # 100,000 chats, about half an hour
    uv run python benchmarks/broadcast.py --chats 2000 --seconds 10 --part sending --json

`langnghe run` polls as a process the fake Bot API server, and every quarter of a second somebody new writes to it.

    writing   all letters are written at once, as no service does: how long, how much memory
    sending   as shipped, for some seconds against the limits that Telegram enforces; then it is paused, goes on, is
              killed in the middle and started again
    lifted    as shipped but for the pace, against a server without limits, to the last chat

Refuses to print figures when a chat was told twice, or when one of the whole was not told.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection, func, insert, select

from benchmarks.walks.serving import prepare, utc_now
from bot import pacing
from langnghe.app import serve
from langnghe.config import Config
from offices.staff import Role
from storage import staff
from storage.broadcasts import drafting, feeding, progress, records, steps
from storage.broadcasts.records import Audience, Draft
from storage.database import Database
from storage.tables.delivery import outbox
from storage.tables.people import chat, person
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.faults.served import config_of, free_port

ACCOUNT = TOKEN.partition(":")[0]
FIRST_READER, FIRST_ASKER = 20_000_000, 50_000_000
SIGN = "📢"
NO_PASSWORD = "-"  # noqa: S105 - what nothing hashes to
ASKED_EVERY = 0.25
ANSWERED_WITHIN = 60.0
STARTS_WITHIN = 30.0
LIFTED_PACE = 5000.0
TEXT = Draft(
    "Mai từ 8 giờ đến 11 giờ cắt điện để sửa đường dây.", "No power tomorrow, 8 to 11, for repairs.", Audience.ALL,
    night_reason="Đo trên dữ liệu mẫu",
)  # fmt: skip

_processes = multiprocessing.get_context("forkserver")


class DoubledError(Exception):
    """Somebody was told twice, or not at all."""


@dataclass(frozen=True)
class Changed:
    """What a measured service has other than as shipped: letters that may wait, sends a second."""

    window: int = feeding.WINDOW
    per_second: float = pacing.BOT_PER_SECOND


def _serve(config: Config, changed: Changed) -> None:
    feeding.WINDOW, pacing.BOT_PER_SECOND = changed.window, changed.per_second
    asyncio.run(serve(config))


@dataclass
class Town:
    """The chats, the server that stands for Telegram, and the database of the service."""

    fake: FakeTelegram
    database: Database
    config: Config
    process: ForkServerProcess | None = None
    asked: list[float] = field(default_factory=list)
    askers: int = 0

    async def start(self, changed: Changed) -> None:
        """Start the service and wait until it answers."""
        self.process = _processes.Process(target=_serve, args=(self.config, changed), daemon=True)
        self.process.start()
        async with asyncio.timeout(STARTS_WITHIN):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.config.http_port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return

    async def end(self, how: signal.Signals) -> None:
        """End the service and wait until it is gone."""
        if self.process is not None and self.process.pid is not None and self.process.is_alive():
            os.kill(self.process.pid, how)
            while self.process.is_alive():  # noqa: ASYNC110 - a process tells nobody that it ends
                await asyncio.sleep(0.01)

    def memory(self) -> float:
        """Return the most memory that the service has taken, in MB."""
        assert self.process is not None
        told = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(told[1]) / 1024 if told else 0.0

    async def asks(self) -> None:
        """Write as somebody new and note the seconds until the answer."""
        self.askers += 1
        phone, began = self.fake.person(FIRST_ASKER + self.askers), time.perf_counter()
        await phone.starts()
        async with asyncio.timeout(ANSWERED_WITHIN):
            while not phone.hears():  # noqa: ASYNC110 - what a phone shows calls nobody
                await asyncio.sleep(0.005)
        self.asked.append(time.perf_counter() - began)

    async def keep_asking(self) -> None:
        """Ask for ever."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self.asks())
                await asyncio.sleep(ASKED_EVERY)

    def told(self) -> list[tuple[str, float]]:
        """Return whom the broadcast was sent to and when, as the server took it."""
        return [
            (str(call.values["chat_id"]), call.at)
            for call in self.fake.calls
            if call.method == "sendmessage" and str(call.values["text"]).startswith(SIGN)
        ]

    async def first_told(self) -> None:
        """Wait until somebody was told: who writes from now on is nobody the broadcast is for."""
        while not self.told():  # noqa: ASYNC110 - a server of the test tells nobody
            await asyncio.sleep(0.05)

    async def states(self) -> dict[str, int]:
        """Count the letters of the broadcast by their state."""
        query = select(outbox.c.state, func.count()).where(outbox.c.broadcast_id == 1).group_by(outbox.c.state)
        return await self.database.read(lambda c: dict(c.execute(query).all()))


@asynccontextmanager
async def town(chats: int, *, paced: bool) -> AsyncIterator[Town]:
    """Make the sample commune with so many chats and a broadcast to all of them that was approved just now."""
    with tempfile.TemporaryDirectory(prefix="langnghe-broadcast-") as name:
        url = f"sqlite:///{name}/langnghe.db"
        await prepare(url)
        database = await Database.open(url)
        await database.write(lambda connection: _people(connection, chats))
        async with FakeTelegram(paced=paced) as fake:
            for number in range(chats):
                fake.person(FIRST_READER + number).chat.started = True
            config = config_of(Path(name), url, free_port()).model_copy(
                update={
                    "telegram_api_base": fake.base, "telegram_mode": "polling",
                    "telegram_bot_token": SecretStr(TOKEN), "telegram_webhook_secret": None,
                }
            )  # fmt: skip
            made = Town(fake, database, config)
            try:
                yield made
            finally:
                await made.end(signal.SIGTERM)
                await database.close()


def _people(connection: Connection, chats: int) -> None:
    now = utc_now()
    connection.execute(insert(person), [{"id": each + 1, "created_at": now} for each in range(chats)])
    rows = [
        {
            "channel": "telegram", "account": ACCOUNT, "external_chat": str(FIRST_READER + each),
            "external_person": str(FIRST_READER + each), "person_id": each + 1, "language": "vi", "state": "active",
            "created_at": now, "last_seen_at": now,
        }
        for each in range(chats)
    ]  # fmt: skip
    connection.execute(insert(chat), rows)
    writer, reader = (
        staff.add(
            connection, login=f"mau{each}", name=f"Cán bộ mẫu 0{each}", unit="xa-mau.van-phong",
            roles=[Role.COORDINATOR], password_hash=NO_PASSWORD, now=now, actor="system",
        )
        for each in (1, 2)
    )  # fmt: skip
    number = drafting.write(connection, TEXT, writer, now)
    steps.submit(connection, number, writer, now)
    steps.approve(connection, number, reader, 1, now)


@contextmanager
def asking(place: Town) -> Iterator[None]:
    """Have people write while the block runs."""
    place.asked.clear()
    task = asyncio.create_task(place.keep_asking())
    try:
        yield
    finally:
        task.cancel()


def _answers(place: Town) -> dict[str, Any]:
    times = sorted(place.asked)
    centiles = quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
    return {
        "answers": len(times),
        "answer_p50_ms": round(median(times or [0.0]) * 1000),
        "answer_p99_ms": round(centiles[98] * 1000),
        "answer_longest_ms": round(max(times, default=0.0) * 1000),
    }


async def writing(chats: int) -> dict[str, Any]:
    """Measure writing all letters without a window."""
    async with town(chats, paced=True) as place:
        began = time.perf_counter()
        await place.start(Changed(window=10 * chats))
        with asking(place):
            while sum((await place.states()).values()) < chats:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
            seconds = time.perf_counter() - began
            found = {"letters": chats, "seconds": round(seconds, 1), "memory_mb": round(place.memory())}
        return found | _answers(place)


async def sending(chats: int, seconds: float) -> dict[str, Any]:
    """Measure the pace as shipped, the pause, and a kill in the middle."""
    async with town(chats, paced=True) as place:
        await place.start(Changed())
        await place.first_told()
        await asyncio.sleep(3)  # past the burst with which both sides begin
        with asking(place):
            before, began = len(place.told()), time.perf_counter()
            await asyncio.sleep(seconds)
            took = time.perf_counter() - began
            sent, answers = len(place.told()) - before, len(place.asked)
            found = {"seconds": round(took), "sent_per_second": round(sent / took, 1)}
            found |= {"with_answers_per_second": round((sent + answers) / took, 1)} | _answers(place)
            found |= await _paused(place)
            found |= await _killed(place)
        refused = [call for call in place.fake.calls if call.method == "sendmessage"]
        said = sum(sum(mine.mine for mine in each.messages.values()) for each in place.fake.world.chats.values())
        return found | {"told_to_slow_down": len(refused) - said, "memory_mb": round(place.memory())}


async def _paused(place: Town) -> dict[str, Any]:
    """Pause; say how long, and how many, letters went on going out; then let it go on."""
    await place.database.write(lambda c: steps.pause(c, 1, "system", utc_now()))
    paused, before = asyncio.get_running_loop().time(), len(place.told())
    await asyncio.sleep(6)
    late = place.told()[before:]
    await place.database.write(lambda c: steps.resume(c, 1, "system", utc_now()))
    return {
        "after_pause": len(late),
        "after_pause_seconds": round(max((at for _, at in late), default=paused) - paused, 2),
    }


async def _killed(place: Town) -> dict[str, Any]:
    """Kill the service while it sends, start it again, and count who was told twice."""
    await asyncio.sleep(4)
    await place.end(signal.SIGKILL)
    await place.start(Changed())
    await asyncio.sleep(10)
    await place.database.write(lambda c: steps.cancel(c, 1, "system", utc_now()))
    await asyncio.sleep(5)
    _check(place, [])
    states = await place.states()
    return {"after_kill_unknown": states.get("unknown", 0), "doubled": 0}


async def lifted(chats: int) -> dict[str, Any]:
    """Measure the whole broadcast without anybody's limit but our own work."""
    async with town(chats, paced=False) as place:
        began = time.perf_counter()
        await place.start(Changed(per_second=LIFTED_PACE))
        await place.first_told()
        with asking(place):
            while (await place.database.read(lambda c: records.by_id(c, 1))).ended_at is None:  # noqa: ASYNC110
                await asyncio.sleep(0.5)
            took = time.perf_counter() - began
        _check(place, [str(FIRST_READER + number) for number in range(chats)])
        shown = await place.database.read(lambda c: progress.progress_of(c, records.by_id(c, 1), utc_now()))
        found = {"sent": shown.sent, "unknown": shown.unknown, "seconds": round(took, 1)}
        return found | {"per_second": round(chats / took), "memory_mb": round(place.memory())} | _answers(place)


def _check(place: Town, wanted: list[str]) -> None:
    shown = Counter({str(number): sum(m.mine and m.text.startswith(SIGN) for m in each.messages.values())
                     for number, each in place.fake.world.chats.items()})  # fmt: skip
    twice = sum(count > 1 for count in shown.values())
    missing = sum(not shown[each] for each in wanted)
    if twice or missing:
        raise DoubledError(f"{twice} chats told twice, {missing} not at all")


Parts = Mapping[str, Callable[[], Awaitable[dict[str, Any]]]]


def parts(chats: int, seconds: float) -> Parts:
    """Name what can be measured; each raises DoubledError when it did not go as promised."""
    return {
        "writing": lambda: writing(chats),
        "sending": lambda: sending(chats, seconds),
        "lifted": lambda: lifted(chats),
    }


async def _whole(measure: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    return await measure()


def _show(part: str, found: dict[str, Any], *, as_json: bool) -> None:
    """Print one part as soon as it is measured: the next may take half an hour."""
    lines = (f"  {name.replace('_', ' '):26}{value:>12,}" for name, value in found.items())
    print(json.dumps({"part": part, **found}) if as_json else "\n".join((part, *lines)), flush=True)


def main() -> int:
    """Measure and print; 1 when it did not go as promised."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=100_000, help="chats the message is for")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long sending at Telegram's pace is watched")
    parser.add_argument(
        "--part", action="append", choices=("writing", "sending", "lifted"), help="only this; repeatable"
    )
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each part")
    given = parser.parse_args()
    try:
        for name, measure in parts(given.chats, given.seconds).items():
            if not given.part or name in given.part:
                _show(name, asyncio.run(_whole(measure)), as_json=given.json)
    except DoubledError as error:
        print(f"no figures: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
