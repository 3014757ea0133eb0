"""People whose updates come as Telegram brings them: each again and again until it is acknowledged, some twice."""

import asyncio
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import aiohttp
import psycopg

from benchmarks.walks import walk
from benchmarks.walks.phones import Mailbox
from benchmarks.walks.walk import Json

PAUSE = 0.02
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": walk.SECRET}


class Replies(Protocol):
    """Reads the messages that answer updates, where a service has stored them."""

    def reply_to(self, update_id: int) -> Json:
        """Return the body of the message that answers an update; LookupError when the 200 promised too much."""


@dataclass(frozen=True)
class PostgresMailbox:
    """Reads them in PostgreSQL, each in a transaction of its own."""

    connection: psycopg.Connection[tuple[Json]]

    def reply_to(self, update_id: int) -> Json:
        """Return the body of the message that answers an update; LookupError when the 200 promised too much."""
        found = self.connection.execute("SELECT body FROM outbox WHERE unique_key = %s", (walk.reply_key(update_id),))
        row = found.fetchone()
        if row is None:
            raise LookupError(f"update {update_id} was acknowledged before it was stored")
        return row[0]


@dataclass
class Senders:
    """Walks (one rating each) of somebody new, over a service that may be away for a while.

    twice   how many of the updates come a second time, at once or after later ones; from 0 to 1
    others  ports of more workers of the same service: a delivery comes to any of them
    acked   updates that were answered by a 200; `refused` counts the 503s, each with its Retry-After
    """

    port: int
    mailbox: Replies
    seed: int
    twice: float = 0.3
    others: Sequence[int] = ()
    acked: set[int] = field(default_factory=set)
    posts: int = 0
    refused: int = 0
    walks: int = 0
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _earlier: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - the same faults in every run

    @classmethod
    def to(cls, port: int, database: Path, seed: int, twice: float = 0.3) -> "Senders":
        """Send to a service on this machine, and read its answers in its SQLite file."""
        return cls(port, Mailbox.of(database), seed, twice)

    async def walk_many(self, chats: int, walks: int) -> None:
        """Let `chats` people walk beside each other, `walks` times each."""
        async with aiohttp.ClientSession(headers=HEADERS, timeout=aiohttp.ClientTimeout(total=20)) as session:
            await asyncio.gather(*(self._walk_again(session, walks) for _ in range(chats)))

    async def _walk_again(self, session: aiohttp.ClientSession, walks: int) -> None:
        for _ in range(walks):
            number, self.walks = self.walks, self.walks + 1
            await self._walk(session, number)

    async def _walk(self, session: aiohttp.ClientSession, number: int) -> None:
        person, update_id = 10_000_000 + number, next(self._ids)
        await self._bring(session, walk.opening(update_id, person))
        for step in range(len(walk.ENDINGS)):
            data = walk.chosen(self.mailbox.reply_to(update_id)["buttons"], step, number)
            update_id = next(self._ids)
            await self._bring(session, walk.press(update_id, person, 2 * step + 2, data))
        self.mailbox.reply_to(update_id)

    async def _bring(self, session: aiohttp.ClientSession, update: Json) -> None:
        """Post an update until it is taken; now and then it, or an earlier one, comes once more beside."""
        more = []
        if self._random.random() < self.twice:
            more.append(update)
        if self._earlier and self._random.random() < self.twice:
            more.append(self._random.choice(self._earlier))
        again = [asyncio.create_task(self._post(session, each)) for each in more]
        while not await self._post(session, update):  # noqa: ASYNC110 - as Telegram does: again after a pause
            await asyncio.sleep(PAUSE)
        await asyncio.gather(*again)
        self._earlier.append(update)

    async def _post(self, session: aiohttp.ClientSession, update: Json) -> bool:
        self.posts += 1
        body = json.dumps(update, ensure_ascii=False).encode()
        port = self._random.choice((self.port, *self.others)) if self.others else self.port
        try:
            async with session.post(f"http://127.0.0.1:{port}{walk.PATH}", data=body) as answer:
                if answer.status == 503:
                    assert answer.headers["Retry-After"].isdigit()
                    self.refused += 1
                    return False
                assert answer.status == 200, answer.status
        except (aiohttp.ClientError, TimeoutError):
            return False
        self.acked.add(update["update_id"])
        return True
