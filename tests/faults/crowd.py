"""People who each rate the health station once, by typing four messages, and what they hear."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from sqlalchemy import Connection, func, select

from benchmarks.walks import walk
from storage import chats, outbox
from storage.chats import Caller
from storage.database import Database
from storage.outbox import Urgency
from storage.tables.conversations import event
from storage.tables.ratings import answer, rating
from tests.bot.office import HEALTH
from tests.fakes.telegram import FakeTelegram, Phone
from tests.faults.senders import HEADERS
from tests.faults.served import Served
from tests.faults.workers import ACCOUNT

FIRST_ID = 2**40
NAME = "Công dân mẫu"
REMINDER = "Xin nhắc Ông/Bà một lần."
HEARD = ("hài lòng ở mức nào", "muốn nói thêm điều gì", "Đánh giá đã được ghi nhận", "đã dành thời gian")
"""What each of the four messages is answered with."""


@dataclass
class Crowd:
    """`size` people; each has a reminder waiting that must not come twice.

    pause     the longest time between two messages that somebody types, in seconds
    first_id  of the people
    """

    fake: FakeTelegram
    size: int
    pause: float = 2.0
    first_id: int = FIRST_ID
    phones: list[Phone] = field(default_factory=list)
    taken: int = 0
    posts: int = 0
    refused: int = 0
    """Deliveries that were answered by a 503, each with its Retry-After."""
    acked: set[int] = field(default_factory=set)
    """Updates that were answered by a 200."""
    last_taken: dict[int, float] = field(default_factory=dict)
    """Port of a worker -> when it answered so last, by `time.monotonic`."""

    def __post_init__(self) -> None:
        self.phones = [self.fake.person(self.first_id + number) for number in range(self.size)]
        self._random = random.Random(self.size)  # noqa: S311 - the same order in every run

    def says(self, number: int) -> tuple[str, ...]:
        """Return what somebody types."""
        return (f"/start {HEALTH}", "5", self.comment(number), "Không, cảm ơn")

    def comment(self, number: int) -> str:
        """Return the words by which a rating is known."""
        return f"Góp ý của người thứ {number}, {self.first_id}."

    async def is_known(self, database: Database) -> None:
        """Let everybody's chat be known, with a reminder waiting in it."""
        await database.write(self._add)

    def _add(self, connection: Connection) -> None:
        now = self.fake.world.clock()
        for phone in self.phones:
            phone.chat.started = True
            caller = Caller("telegram", ACCOUNT, str(phone.person.id), str(phone.person.id), "vi", NAME)
            known = chats.welcome(connection, caller, now)
            outbox.put_words(
                connection, chat_id=known.id, body={"text": REMINDER}, unique_key=f"sample:{known.id}", now=now,
                urgency=Urgency.REMINDER,
            )  # fmt: skip

    async def types(self) -> None:
        """Let everybody type in front of his phone, beside each other."""
        await asyncio.gather(*(self._types(number) for number in range(self.size)))

    async def _types(self, number: int) -> None:
        for text in self.says(number):
            await asyncio.sleep(self._random.uniform(0, self.pause))
            await self.phones[number].types(text)

    async def posts_to(self, workers: Sequence[Served], patience: float = 3.0) -> None:
        """Bring everybody's updates to any worker, as Telegram does: in order per chat, until taken, some twice.

        patience  seconds after which a delivery without an answer is made again
        """
        updates = [await self._written(number) for number in range(self.size)]
        self._random.shuffle(updates)
        limit = asyncio.Semaphore(40)
        async with aiohttp.ClientSession(headers=HEADERS, timeout=aiohttp.ClientTimeout(total=patience)) as session:
            await asyncio.gather(*(self._bring(session, workers, chat, limit) for chat in updates))

    async def _written(self, number: int) -> list[dict[str, Any]]:
        """Return the updates of what somebody types, out of the server's hands."""
        for text in self.says(number):
            await self.phones[number].types(text)
        written = [waiting.update for waiting in self.fake.world.mailbox.waiting()]
        self.fake.world.mailbox.clear()
        return written

    async def _bring(
        self, session: aiohttp.ClientSession, workers: Sequence[Served], updates: list[dict[str, Any]],
        limit: asyncio.Semaphore,
    ) -> None:  # fmt: skip
        for place, update in enumerate(updates):
            async with limit:
                beside = [update] * (self._random.random() < 0.3) + updates[:place][: self._random.random() < 0.2]
                again = [
                    asyncio.create_task(self._post(session, self._random.choice(workers), each)) for each in beside
                ]
                update["message"]["date"] = self.fake.world.date()
                while not await self._post(session, self._random.choice(workers), update):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
                self.taken += 1
                await asyncio.gather(*again)

    async def _post(self, session: aiohttp.ClientSession, worker: Served, update: dict[str, Any]) -> bool:
        self.posts += 1
        try:
            url = f"http://127.0.0.1:{worker.config.http_port}{walk.PATH}"
            async with session.post(url, json=update) as answer:
                assert answer.status in (200, 503), answer.status
                if answer.status == 503:
                    assert answer.headers["Retry-After"].isdigit()
                    self.refused += 1
                    return False
        except (aiohttp.ClientError, TimeoutError):
            return False
        self.acked.add(update["update_id"])
        self.last_taken[worker.config.http_port] = time.monotonic()
        return True

    def repeated(self, said: Mapping[str, list[str]]) -> int:
        """Check that everybody heard what was said in his chat, first in order; count what was repeated.

        said  the replies that the service says it has sent, by chat
        """
        repeated = 0
        for phone in self.phones:
            answers = [text for text in phone.hears() if text != REMINDER]
            first = list(dict.fromkeys(answers))
            assert first == said[str(phone.person.id)], phone.person.id
            assert all(part in text for part, text in zip(HEARD[-2:], first[-2:], strict=True)), first
            repeated += len(answers) - len(first)
        return repeated

    def reminded(self) -> Counter[int]:
        """Count how many people heard the reminder how often."""
        return Counter(phone.hears().count(REMINDER) for phone in self.phones)


def effects(connection: Connection) -> tuple[int, int, Counter[str]]:
    """Return how many events were taken and ratings made, and the comments."""
    events = connection.scalar(select(func.count()).select_from(event)) or 0
    ratings = connection.scalar(select(func.count()).select_from(rating)) or 0
    comments = connection.scalars(select(answer.c.text).where(answer.c.text.is_not(None)))
    return events, ratings, Counter(str(each) for each in comments)
