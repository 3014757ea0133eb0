"""How soon the service is through with what waited for it, and how many messages each person gets for it.

    uv run python benchmarks/backlog.py            # 20,000 messages of 2,000 people, about four minutes
    uv run python benchmarks/backlog.py --chats 20 --json

Everybody wrote ten messages while the service was away: a whole rating, then a petition begun and called after.
Telegram delivers all of it, two hours old, at once. `langnghe run` polls as a process the fake Bot API server,
which enforces the limits on sending. Refuses to print figures when somebody was not told that the rating counts
or was asked more than a few times.
"""

import argparse
import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from benchmarks.walks.serving import prepare
from tests.fakes.telegram import TOKEN, FakeTelegram, Phone
from tests.faults.served import Served, config_of, free_port

LINK = "u_xa-mau_tram-y-te"
SAID = ("5", "bỏ qua", "không", "phản ánh", "1", "alo", "có ai không", "sao không trả lời", "alo alo")
"""What everybody writes after the link of the poster was opened."""
THANKS = "Cảm ơn Ông/Bà"
AWAY = timedelta(hours=2)
FIRST_PERSON = 20_000_000
MOST_QUESTIONS = 4
"""Mere questions that one person may get: one, and some that were on their way while he was still being caught up."""
QUIET = 12.0
"""Seconds without a message after which nothing more is to come: longer than a question waits for later events."""
LONGEST = 900


class FloodedError(Exception):
    """The service lost something, or flooded somebody."""


@dataclass
class Past:
    """The fake server's clock: two hours ago while people write, then the present."""

    back: timedelta = AWAY

    def __call__(self) -> datetime:
        """Read it."""
        return datetime.now(UTC) - self.back


async def measure(chats: int) -> dict[str, Any]:
    """Let people write, bring the service back, wait until all is said; FloodedError when it was not said well."""
    past = Past()
    with tempfile.TemporaryDirectory(prefix="langnghe-backlog-") as name:
        database = Path(name) / "langnghe.db"
        url = f"sqlite:///{database}"
        await prepare(url)
        async with FakeTelegram(clock=past, paced=True) as fake:
            phones = [fake.person(FIRST_PERSON + number) for number in range(chats)]
            events = await _write(phones)
            past.back = timedelta(0)
            config = config_of(Path(name), url, free_port()).model_copy(
                update={
                    "telegram_api_base": fake.base, "telegram_mode": "polling",
                    "telegram_bot_token": SecretStr(TOKEN), "telegram_webhook_secret": None,
                }
            )  # fmt: skip
            served = Served(config)
            began = time.perf_counter()
            await served.start()
            try:
                taken = await _until_taken(database, events) - began
                said = await _until_quiet(fake, database) - began
            finally:
                await served.stop()
            return _report(phones, fake, database, events, taken, said)


async def _write(phones: list[Phone]) -> int:
    """Let everybody write by turns, as it happens; return how many updates wait."""
    for phone in phones:
        await phone.starts(LINK)
    for text in SAID:
        for phone in phones:
            await phone.types(text)
    return len(phones) * (len(SAID) + 1)


async def _until_taken(database: Path, events: int) -> float:
    """Wait until every update is stored; return the moment."""
    async with asyncio.timeout(LONGEST):
        while _count(database, "SELECT count(*) FROM event") < events:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
    return time.perf_counter()


async def _until_quiet(fake: FakeTelegram, database: Path) -> float:
    """Wait until nothing waits and nothing was sent for a while; return the moment of the last message."""
    last, heard, waiting = time.perf_counter(), -1, "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')"
    async with asyncio.timeout(LONGEST):
        while time.perf_counter() - last < QUIET or _count(database, waiting):
            if (now_heard := len(fake.called("sendMessage"))) != heard:
                last, heard = time.perf_counter(), now_heard
            await asyncio.sleep(0.2)
    return last


def _count(database: Path, query: str) -> int:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        return int(connection.execute(query).fetchone()[0])
    finally:
        connection.close()


def _report(
    phones: list[Phone], fake: FakeTelegram, database: Path, events: int, taken: float, said: float
) -> dict[str, Any]:
    heard = [phone.hears() for phone in phones]
    untold = sum(not any(THANKS in text for text in each) for each in heard)
    twice = sum(Counter(each)[text] > 1 for each in heard for text in set(each) if THANKS in text)
    mere = "SELECT chat_id, count(*) AS n FROM outbox WHERE state = 'sent' AND stale_at IS NOT NULL GROUP BY chat_id"
    most_asked = _count(database, f"SELECT coalesce(max(n), 0) FROM ({mere})")  # noqa: S608 - no value of anybody's
    if untold or twice or most_asked > MOST_QUESTIONS:
        raise FloodedError(f"{untold} people not told, {twice} told twice, one asked {most_asked} times")
    messages = [len(each) for each in heard]
    return {
        "updates": events,
        "chats": len(phones),
        "drained_seconds": round(taken, 1),
        "updates_per_second": round(events / taken),
        "answered_seconds": round(said, 1),
        "messages": sum(messages),
        "messages_per_chat": round(sum(messages) / len(messages), 2),
        "most_messages": max(messages),
        "most_questions": most_asked,
        "collapsed": _count(database, "SELECT count(*) FROM outbox WHERE state = 'collapsed'"),
        "told_to_slow_down": sum(1 for call in fake.calls if call.method == "sendmessage") - sum(messages),
    }


def main() -> int:
    """Measure and print; 1 when it was not said well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=2000, help="people, of whom each wrote ten messages")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()
    try:
        figures = asyncio.run(measure(given.chats))
    except FloodedError as error:
        print(f"no figures: {error}", file=sys.stderr)
        return 1
    lines = (f"{name.replace('_', ' '):22}{value:>12,}" for name, value in figures.items())
    print(json.dumps(figures, indent=2) if given.json else "\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
