"""Delivery: one sender takes letters from the outbox and gives them to their channels.

In order per chat, paced per bot and per chat, repeated by rule. What may come twice (replies, notices) is sent
again after a doubt; what must not (reminders, broadcasts) is marked before it is sent and left as `unknown`.
Of several processes one sends for a bot (`Sender.take_turn`): its pace is kept by whoever sends. All write onto our own
page.
"""

import asyncio
import logging
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.carrying import Carrier, Channel
from bot.leasing import Held, Steady, steady_seconds
from bot.loops import keep_going, news
from bot.messages import Clock
from bot.pacing import Pacing
from bot.tally import Tally
from bot.trouble import Trouble
from bot.turns import Claim, Turn
from bot.words import Words
from storage import claims
from storage.claims import Account, Letter, Uploads
from storage.database import Database, StoreUnavailable
from storage.faults import fault_of
from storage.leases import LeaseLost
from storage.outbox import Urgency

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""Longer than any channel takes to answer or to fail."""
FILE_LEASE = timedelta(minutes=10)
"""The same where a file goes along: uploaded as a picture, and where that is refused once more as a document."""
LATEST_START = LEASE / 2
"""A letter that has waited so long for its pace is put back: what begins must end under its lease."""
LAST_SECONDS = 2.0
"""How long a sender that is told to stop waits for answers: a letter without one may have to be sent again."""
AT_ONCE = 50
"""Letters being sent at the same time, each to another chat."""
UPLOADS_AT_ONCE = 4
"""Of these so many with a file: each file is whole in memory, and they share one line."""
BROADCASTS_AT_ONCE = 15
"""Of all so many letters of broadcasts: what is under way cannot be paused, and is `unknown` after a kill."""
IDLE_SECONDS = 1.0
RESTS = 5
"""After a look into the outbox the sender rests so many times as long: milliseconds, but where tens of thousands wait
that may not go now. There it would otherwise look all the time, and slow everybody down."""


@dataclass(slots=True)
class Sender:
    """The loop that empties the outbox; `channels` are found by their name.

    turns     the accounts for which it sends, beside our own page; None: all, where no other process is at work
    doubtful  tokens of claims of which we do not know whether they were committed; nothing of them was begun
    look_seconds  how long the last look took that was to find out whether there is anything to do
    """

    database: Database
    channels: Mapping[str, Channel]
    words: Words
    clock: Clock
    pacing: Pacing = field(default_factory=Pacing)
    trouble: Trouble = field(default_factory=Trouble)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: dict[asyncio.Task[None], Letter] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    look_seconds: float = 0.0
    turns: dict[Account, Turn] | None = None
    own: Turn = field(default_factory=Turn)
    steady: Steady = steady_seconds
    tally: Tally = field(default_factory=Tally)
    carrier: Carrier = field(init=False)

    def __post_init__(self) -> None:
        """Make what carries the letters."""
        self.carrier = Carrier(
            self.database, self.channels, self.words, self.clock, self.steady, self.tally, self.pacing, self.trouble
        )

    async def run(self) -> None:
        """Send what is there until cancelled."""
        self.database.on_commit(self.wake.set)
        try:
            await keep_going("sending", self._woken_round, self.rest)
        finally:
            self.own.over.set()
            await self._finish(list(self.under_way))

    async def rest(self) -> None:
        """Wait for something to do; after a look that took long, for much waits for an account in trouble, more."""
        await asyncio.sleep(self.look_seconds * RESTS)
        await news(self.wake, IDLE_SECONDS)

    async def take_turn(self, account: Account, held: Held) -> None:
        """Send the letters of an account while its lease is ours, until cancelled: the work of that lease.

        Raises LeaseLost, StoreUnavailable.
        """
        turn = Turn(held, asyncio.get_running_loop().time())
        if known := self._under_way(account, answered=True):
            await asyncio.wait(known, timeout=LAST_SECONDS)  # or taking over would send again what was sent
        await self.database.write(lambda connection: self._take_over(connection, account, turn))
        self.pacing.forget(account)
        self.turns = {**(self.turns or {}), account: turn}
        self.wake.set()
        try:
            await turn.over.wait()
            raise LeaseLost(held.lease.name)
        finally:
            turn.over.set()
            self.turns = {each: other for each, other in self.turns.items() if other is not turn}
            # What is answered goes on until it is stored: if it is by then another's, that changes nothing.
            await self._finish(self._under_way(account, answered=False))

    def _under_way(self, account: Account, *, answered: bool) -> list[asyncio.Task[None]]:
        """Name the letters of an account that wait for their answer, or for its being stored."""
        return [
            task
            for task, letter in self.under_way.items()
            if (letter.channel, letter.account) == account and (letter.id in self.carrier.answered) is answered
        ]

    def _take_over(self, connection: Connection, account: Account, turn: Turn) -> None:
        """Free what a former sender of the account left under way: he has lost the account's lease."""
        _check([turn], connection)
        claims.hand_over(connection, account, self.clock())

    async def _finish(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Wait for the answers that are on their way, not for long; what waited for its pace is put back."""
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=LAST_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _woken_round(self) -> int:
        """Begin to send what may go now, and wait for none of it: a slow chat holds up no other (security.md R9)."""
        self.wake.clear()  # before looking: a commit during the round calls again
        free = await self._room()
        if not free:
            return 0
        claim = await self._claim(free, self.turns)
        for letter in claim.letters:
            task = asyncio.create_task(self.carrier.deliver(letter, claim))
            self.under_way[task] = letter
            task.add_done_callback(self._ended)
        return len(claim.letters)

    async def _room(self) -> int:
        """Say how many letters may be begun: while a broadcast goes out, few of it and all that is more urgent."""
        free = AT_ONCE - len(self.under_way)
        bulk = sum(letter.urgency is Urgency.BROADCAST for letter in self.under_way.values())
        if not bulk or not free:
            return free
        now = self.clock()
        on, closed = self._usable(now, self.turns)
        urgent = await self.database.read(lambda connection: claims.more_urgent(connection, now, free, on, closed))
        return min(free, max(urgent, BROADCASTS_AT_ONCE - bulk))

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Make room; an outcome that could not be written down leaves its letter to the end of the lease."""
        self.carrier.answered.discard(self.under_way.pop(task).id)
        self.wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("a letter stays under its lease: %s", fault_of(error))

    async def round(self) -> int:
        """Claim what may go now, of all accounts, and send it, different chats beside each other; return how many."""
        claim = await self._claim(AT_ONCE, None)
        await asyncio.gather(*(self.carrier.deliver(letter, claim) for letter in claim.letters))
        return len(claim.letters)

    async def _claim(self, most: int, turns: Mapping[Account, Turn] | None) -> Claim:
        """Take letters under a lease, of the accounts whose turn it is; a turn that was lost ends."""
        token, now, latest = secrets.token_hex(16), self.clock(), self.steady() + LATEST_START.total_seconds()
        letters: list[Letter] = []
        doubtful = frozenset(self.doubtful)
        on, closed = self._usable(now, turns)
        room = UPLOADS_AT_ONCE - sum(letter.has_upload for letter in self.under_way.values())

        def take(connection: Connection) -> list[Letter]:
            claims.let_go(connection, doubtful, now)
            _check((on or {}).values(), connection)
            return claims.claim(
                connection, now=now, lease=LEASE, token=token, limit=most, accounts=on,
                but=closed, uploads=Uploads(FILE_LEASE, room),
            )  # fmt: skip

        if bool(doubtful) or await self._has_work(now, on, closed, with_uploads=room > 0):
            try:
                letters = await self.database.write(take)
                self.doubtful -= doubtful
            except LeaseLost as lost:
                self._end_turn(str(lost))
            except StoreUnavailable:
                self.doubtful.add(token)
                raise
        ends, file_ends = (latest + (each - LATEST_START).total_seconds() for each in (LEASE, FILE_LEASE))
        return Claim(token, letters, latest, ends, file_ends, on or {}, self.own)

    def _usable(
        self, now: datetime, turns: Mapping[Account, Turn] | None
    ) -> tuple[dict[Account, Turn] | None, list[Account]]:
        """Name the accounts that can be sent for now, None for all, and those of all that cannot."""
        closed = self.trouble.closed(now)
        if turns is None:
            return None, closed
        return {account: turn for account, turn in turns.items() if turn.is_on and account not in closed}, []

    async def _has_work(
        self,
        now: datetime,
        accounts: Collection[Account] | None,
        but: Collection[Account],
        *,
        with_uploads: bool,
    ) -> bool:
        begun = self.steady()
        found = await self.database.read(
            lambda connection: claims.has_work(connection, now, accounts, but, with_uploads=with_uploads)
        )
        self.look_seconds = self.steady() - begun
        return found

    def _end_turn(self, lease: str) -> None:
        """End the turn whose lease another process has taken, and look again for the others."""
        for turn in (self.turns or {}).values():
            if turn.held is not None and turn.held.lease.name == lease:
                turn.over.set()
        self.wake.set()


def _check(turns: Iterable[Turn], connection: Connection) -> None:
    """Let the transaction go on only if these turns are still ours. Raises LeaseLost."""
    for turn in turns:
        if turn.held is not None:
            turn.held.check(connection)
