"""The stage of the sample world: one clock, one queue of what happens when, and the real service around them.

What happens is told by plots: generators that read like the story itself. A plot yields a moment to wait for it, or
a coroutine to have something done by then; what comes after the end of the simulated time simply does not happen.
"""

import heapq
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

from sqlalchemy import Connection

from bot.conversations import Conversations
from bot.delivery import Sender
from bot.intake import Intake
from bot.schedule import Schedule
from bot.scripts import SCRIPTS
from bot.words import Words, load_texts
from langnghe.demo.bulk import BulkDatabase
from langnghe.demo.waiting import has_due_work, has_letters
from langnghe.demo.wish import Wish
from langnghe.workers import Workers
from offices.worktime import LOCAL
from petitions.desk import PetitionDesk
from storage.desks import petition_desk
from storage.reference import Reference, ReferenceHolder
from storage.vault import Vault
from surveys.tokens import TokenKey

Plot = Generator[datetime | Coroutine[Any, Any, Any], Any, None]
Progress = Callable[[date], None]


@dataclass
class Stage:
    """A world in the making. `now` only ever moves forward."""

    wish: Wish
    database: BulkDatabase
    holder: ReferenceHolder
    now: datetime
    intake: Intake = field(init=False)
    schedule: Schedule = field(init=False)
    sender: Sender = field(init=False)
    _queue: list[tuple[datetime, int, Plot]] = field(default_factory=list)
    _entered: int = 0

    def __post_init__(self) -> None:
        """Build the service as `langnghe.app` does, on this clock and with random bits of the seed."""
        self._codes = self.chance("codes")
        words = Words(load_texts(), self.holder.name_of)
        talk = Conversations(SCRIPTS, words, self.token_key, Vault(self._secret))
        self.intake = Intake(self.database, talk, self.holder, self.clock, self._codes.getrandbits)
        workers = Workers(self.holder, talk, self.token_key).by_kind()
        self.schedule = Schedule(self.database, talk, self.holder, workers, self.clock)
        self.sender = Sender(self.database, {}, words, self.clock)

    @property
    def token_key(self) -> TokenKey:
        """The key of the sample world's rating codes: of its seed, so that the same world comes again."""
        return TokenKey.of(self._secret)

    @property
    def _secret(self) -> str:
        return f"sample world {self.wish.seed}"

    def clock(self) -> datetime:
        """Give the simulated moment, as the service asks for it."""
        return self.now

    def chance(self, purpose: str) -> Random:
        """Return a source of chance of its own for each purpose, so that one does not disturb another."""
        return Random(f"{self.wish.seed}:{purpose}")  # noqa: S311 - the same world again is what is wanted

    @property
    def reference(self) -> Reference:
        """The rules in force."""
        return self.holder.latest

    @property
    def today(self) -> date:
        """The simulated day in Vietnam."""
        return self.now.astimezone(LOCAL).date()

    def petition_desk(self, connection: Connection) -> PetitionDesk:
        """Return the desk for petitions at this moment."""
        return petition_desk(connection, self.reference, self.now, self._codes.getrandbits)

    def enter(self, at: datetime, plot: Plot) -> None:
        """Have a plot begin at a moment."""
        self._entered += 1
        heapq.heappush(self._queue, (at, self._entered, plot))

    async def play(self, progress: Progress) -> None:
        """Let everything happen in its order, up to the end of the simulated time."""
        month = 0
        while self._queue and self._queue[0][0] < self.wish.ends_at:
            at, _, plot = heapq.heappop(self._queue)
            self.now = max(self.now, at)
            if self.today.month != month:
                month = self.today.month
                self.database.save()
                progress(self.today)
            await self._go_on(plot)
        self.now = max(self.now, self.wish.ends_at)
        self._queue.clear()

    async def _go_on(self, plot: Plot) -> None:
        """Let a plot go on up to its next moment."""
        result: Any = None
        while True:
            try:
                wanted = plot.send(result)
            except StopIteration:
                return
            if isinstance(wanted, datetime):
                self.enter(wanted, plot)
                return
            result = await wanted

    async def deliver(self) -> None:
        """Send what waits to be sent, by the real sender, until nothing waits."""
        while await self.database.read(has_letters):
            await self.sender.round()

    async def do_due_work(self) -> None:
        """Do what is due, by the real schedule, until nothing is."""
        while await self.database.read(lambda connection: has_due_work(connection, self.now)):
            await self.schedule.round()
