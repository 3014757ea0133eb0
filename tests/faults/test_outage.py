"""Six hours without an answer of Telegram, with a backlog: over a whole service, by a clock that runs faster.

With FAULTS_LONG=1 100,000 letters. Afterwards the clock runs five times as fast as the world, and the service and the
fake may send five times as fast, so that by their clock the pace is the real one.
"""

import asyncio
import os
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from benchmarks.walks.serving import prepare
from bot import pacing
from bot.delivery import AT_ONCE
from bot.trouble import LOOKED_AT_EVERY, RISKED_EVERY
from storage import outbox as letters
from storage.database import Database
from storage.outbox import Urgency
from storage.tables.delivery import outbox
from storage.tables.people import chat
from tests.bot.test_broadcasting import add_chats
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram.faults import Pace
from tests.faults.breaking import LostAnswer
from tests.faults.fast_clock import FastClock
from tests.faults.haste import Haste
from tests.faults.letters import ONCE
from tests.faults.outcome import FIGURES, Outcome, Record, keep
from tests.faults.upstream import Behind, behind

LONG = bool(os.environ.get("FAULTS_LONG"))
MANY = 100_000 if LONG else 400
HOURS = timedelta(hours=6)
OUTAGE = 120.0 if LONG else 6.0
"""Real seconds that the six hours take."""
BEGINS_IN, LATE_IN = timedelta(minutes=10), timedelta(hours=3)
"""When the letters fall due, and when those that are too late in the end are too late."""
FASTER = 5
PER_SECOND = pacing.BOT_PER_SECOND * FASTER
HASTE = Haste(
    answer=1.5, look=LOOKED_AT_EVERY.total_seconds(), risk=RISKED_EVERY.total_seconds(), per_bot=PER_SECOND, idle=0.5
)
PATIENCE = 2400.0 if LONG else 60.0
pytestmark = pytest.mark.timeout(3600 if LONG else 120)


def _write(connection: Connection, now: datetime) -> Mapping[str, str]:
    """Write one letter to each of MANY chats, of all classes by turns; return who is to read which words."""
    add_chats(connection, MANY)
    places = connection.execute(select(chat.c.id, chat.c.external_chat)).all()
    rows = []
    for number, place in enumerate(places):
        urgency = Urgency(number % len(Urgency))
        is_late = urgency in ONCE and number % 16 >= len(Urgency)
        text = f"{urgency.name}{' late' if is_late else ''} {number}"
        expires = now + LATE_IN if is_late else None
        due = now + BEGINS_IN
        rows.append(letters.row_of(place.id, {"text": text}, urgency, text, now, not_before=due, expires=expires))
    letters.put_each(connection, rows)
    return {row["unique_key"]: place.external_chat for row, place in zip(rows, places, strict=True)}


async def _until_sent(service: Behind) -> float:
    """Wait until nothing is to be sent any more; return the seconds until the last reply was out."""
    begun, replied = time.monotonic(), 0.0
    waits = select(outbox.c.id).where(outbox.c.state.in_(("queued", "sending"))).limit(1)
    answers = waits.where(outbox.c.urgency == Urgency.REPLY)
    async with asyncio.timeout(PATIENCE):
        while await service.database.read(lambda c: c.scalar(waits)) is not None:
            if not replied and await service.database.read(lambda c: c.scalar(answers)) is None:
                replied = time.monotonic() - begun
            await asyncio.sleep(0.5)
    return replied


def _most_in_a_second(fake: FakeTelegram, since: float) -> int:
    """Return how many messages came within one second at most, after a moment of the loop."""
    moments = [call.at for call in fake.called("sendMessage") if call.at >= since]
    return max(bisect_left(moments, moment + 1) - place for place, moment in enumerate(moments))


def _cpu(pid: int) -> float:
    """Return the seconds of CPU time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _is_away(service: Behind, clock: FastClock) -> None:
    """Let Telegram take everything and answer nothing for six hours; the process is well meanwhile."""
    service.proxy.breaks(LostAnswer())
    clock.runs(HOURS.total_seconds() / OUTAGE)
    await asyncio.sleep(OUTAGE)
    await service.ready()


async def test_six_hours_without_answers_then_everything_at_its_pace(tmp_path: Path, record_property: Record) -> None:
    url = f"sqlite:///{tmp_path}/langnghe.db"
    await prepare(url)
    clock = FastClock(tmp_path / "clock")
    clock.runs(1)
    database = await Database.open(url)
    written = await database.write(lambda connection: _write(connection, clock()))
    await database.close()
    async with behind(tmp_path, HASTE, clock=clock) as service:
        for external in written.values():
            service.fake.person(int(external)).chat.started = True
        before = service.held()
        await _is_away(service, clock)
        cpu, tried = _cpu(service.served.pid), len(service.fake.called("sendMessage"))
        clock.runs(FASTER)
        service.fake.world.pace = Pace(asyncio.get_running_loop().time, overall=30 * FASTER)
        service.proxy.heals()
        healed = asyncio.get_running_loop().time()
        replied = await _until_sent(service)
        took = asyncio.get_running_loop().time() - healed
        await service.ready()
        record_property(FIGURES, _figures(service, before.megabytes, cpu, tried, replied, took))
        keep(record_property, await _outcome(service, written))
        assert tried <= AT_ONCE + HOURS / LOOKED_AT_EVERY
        assert _most_in_a_second(service.fake, healed) <= 2 * 30 * FASTER
        assert service.held().most_megabytes - before.megabytes < 150


def _figures(service: Behind, before: float, cpu: float, tried: int, replied: float, took: float) -> str:
    """Say what was measured; it is shown under the table of faults."""
    most = service.held().most_megabytes
    return (
        f"{MANY:,} letters: {tried} tried in six hours ({cpu:.0f} s of CPU time in {OUTAGE:.0f} s), then replies out"
        f" after {replied:.0f} s, all after {took:.0f} s; memory {before:.0f} MB, at most {most:.0f} MB"
    )


async def _outcome(service: Behind, written: Mapping[str, str]) -> Outcome:
    """Count what arrived, and what should not have."""
    query = select(outbox.c.unique_key, outbox.c.state)
    states = {row[0]: row[1] for row in await service.database.read(lambda c: c.execute(query).all())}
    arrived = {text: service.fake.person(int(external)).hears().count(text) for text, external in written.items()}
    found = Counter(states[text] for text in written)
    once = [text for text in written if text.startswith(tuple(each.name for each in ONCE))]
    late = [text for text in once if " late " in text]
    assert {states[text] for text in late} <= {"expired", "unknown"}
    assert not any(arrived[text] for text in late if states[text] == "expired")
    assert found["unknown"] <= AT_ONCE + HOURS / RISKED_EVERY
    lost = sum(states[text] != "sent" or not arrived[text] for text in written.keys() - set(once))
    lost += sum(states[text] not in {"sent", "unknown"} or (states[text] == "sent" and not arrived[text])
                for text in set(once) - set(late))  # fmt: skip
    doubled = sum(arrived[text] > 1 for text in once)
    name = f"six hours without answers ({found['expired']:,} too late)"
    return Outcome(name, 1, MANY, sum(arrived.values()), lost, doubled, found["unknown"])
