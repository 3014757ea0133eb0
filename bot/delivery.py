"""Delivery: one sender takes letters from the outbox and gives them to their channels.

In order per chat, paced per bot and per chat, repeated by rule. What may come twice (replies, notices) is sent
again after a doubt; what must not (reminders, broadcasts) is marked before it is sent and left as `unknown`.
Of several processes one sends for a bot (`Sender.take_turn`): its pace is kept by whoever sends. All write onto our own
page.
"""

import asyncio
import logging
import random
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from bot.leasing import Held, Steady, steady_seconds
from bot.letters import in_words
from bot.loops import keep_going, news
from bot.messages import Clock, Outgoing, SendOutcome, SendResult
from bot.pace import Pace, begun
from bot.posting import to_body
from bot.tally import Tally
from bot.trouble import Trouble
from bot.turns import Claim, Turn
from bot.words import Words
from storage import chats, claims, outbox, web_messages
from storage.broadcasts import letters
from storage.claims import Account, Letter
from storage.database import Database, StoreUnavailable
from storage.faults import fault_of
from storage.leases import LeaseLost
from storage.outbox import Urgency

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""Longer than any channel takes to answer or to fail."""
LATEST_START = LEASE / 2
"""A letter that has waited so long for its pace is put back: what begins must end under its lease."""
LAST_SECONDS = 2.0
"""How long a sender that is told to stop waits for answers: a letter without one may have to be sent again."""
AT_ONCE = 50
"""Letters being sent at the same time, each to another chat."""
BROADCASTS_AT_ONCE = 15
"""Of these so many letters of broadcasts: what is under way cannot be paused, and is `unknown` after a kill."""
IDLE_SECONDS = 1.0
RESTS = 5
"""After a look into the outbox the sender rests so many times as long: milliseconds, but where tens of thousands wait
that may not go now. There it would otherwise look all the time, and slow everybody down."""
INSIST_SECONDS = 0.25
"""How soon an outcome that could not be stored is stored again: while it is not, its chat waits."""
MOST_ATTEMPTS = 8
LONGEST_WAIT = timedelta(minutes=10)
LONGEST_WAIT_OF_REPLY = timedelta(seconds=45)
"""Within a minute of a recovery everybody is answered (security.md R3)."""
CHAT_GAP_SECONDS = 1.0
CHAT_BURST = 4
BOT_PER_SECOND = 28.0
"""Telegram lets a bot send about 30 messages a second over all chats, about one a second in each."""


class Channel(Protocol):
    """What delivery needs of a channel."""

    async def send(self, chat: str, outgoing: Outgoing) -> SendResult:
        """Send one message; say how it ended, never raise."""

    async def clear_buttons(self, chat: str, message_ref: str) -> SendResult:
        """Take the buttons of an old message away."""


@dataclass(slots=True)
class Sender:
    """The loop that empties the outbox; `channels` are found by their name.

    turns     the accounts for which it sends, beside our own page; None: all, where no other process is at work
    answered  letters under way whose outcome is known and only has to be stored
    doubtful  tokens of claims of which we do not know whether they were committed; nothing of them was begun
    look_seconds  how long the last look took that was to find out whether there is anything to do
    """

    database: Database
    channels: Mapping[str, Channel]
    words: Words
    clock: Clock
    bot_pace: dict[str, Pace] = field(default_factory=dict)
    chat_pace: dict[int, Pace] = field(default_factory=dict)
    broadcast_line: dict[str, asyncio.Lock] = field(default_factory=dict)
    trouble: Trouble = field(default_factory=Trouble)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: dict[asyncio.Task[None], Letter] = field(default_factory=dict)
    answered: set[int] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    look_seconds: float = 0.0
    turns: dict[Account, Turn] | None = None
    own: Turn = field(default_factory=Turn)
    steady: Steady = steady_seconds
    tally: Tally = field(default_factory=Tally)

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
        self._forget_pace(account)
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
            if (letter.channel, letter.account) == account and (letter.id in self.answered) is answered
        ]

    def _take_over(self, connection: Connection, account: Account, turn: Turn) -> None:
        """Free what a former sender of the account left under way: he has lost the account's lease."""
        _check([turn], connection)
        claims.hand_over(connection, account, self.clock())

    def _forget_pace(self, account: Account) -> None:
        """Begin without what we remember: another process has sent since."""
        self.bot_pace.pop(f"{account[0]}:{account[1]}", None)
        self.chat_pace.clear()

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
            task = asyncio.create_task(self._deliver(letter, claim))
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
        urgent = await self.database.read(lambda connection: letters.more_urgent(connection, now, free))
        return min(free, max(urgent, BROADCASTS_AT_ONCE - bulk))

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Make room; an outcome that could not be written down leaves its letter to the end of the lease."""
        self.answered.discard(self.under_way.pop(task).id)
        self.wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("a letter stays under its lease: %s", fault_of(error))

    async def round(self) -> int:
        """Claim what may go now, of all accounts, and send it, different chats beside each other; return how many."""
        claim = await self._claim(AT_ONCE, None)
        await asyncio.gather(*(self._deliver(letter, claim) for letter in claim.letters))
        return len(claim.letters)

    async def _claim(self, most: int, turns: Mapping[Account, Turn] | None) -> Claim:
        """Take letters under a lease, of the accounts whose turn it is; a turn that was lost ends."""
        token, now, latest = secrets.token_hex(16), self.clock(), self.steady() + LATEST_START.total_seconds()
        letters: list[Letter] = []
        closed, doubtful = self.trouble.closed(now), frozenset(self.doubtful)
        on = None
        if turns is not None:
            # Left out here, an account in trouble costs nothing; named as `but`, each of its letters was looked at.
            on = {account: turn for account, turn in turns.items() if turn.is_on and account not in closed}
            closed = []

        def take(connection: Connection) -> list[Letter]:
            claims.let_go(connection, doubtful, now)
            _check((on or {}).values(), connection)
            return claims.claim(connection, now=now, lease=LEASE, token=token, limit=most, accounts=on, but=closed)

        if bool(doubtful) or await self._has_work(now, on, closed):
            try:
                letters = await self.database.write(take)
                self.doubtful -= doubtful
            except LeaseLost as lost:
                self._end_turn(str(lost))
            except StoreUnavailable:
                self.doubtful.add(token)
                raise
        return Claim(token, letters, latest, latest + (LEASE - LATEST_START).total_seconds(), on or {}, self.own)

    async def _has_work(self, now: datetime, accounts: Collection[Account] | None, but: Collection[Account]) -> bool:
        begun = self.steady()
        found = await self.database.read(lambda connection: claims.has_work(connection, now, accounts, but))
        self.look_seconds = self.steady() - begun
        return found

    def _end_turn(self, lease: str) -> None:
        """End the turn whose lease another process has taken, and look again for the others."""
        for turn in (self.turns or {}).values():
            if turn.held is not None and turn.held.lease.name == lease:
                turn.over.set()
        self.wake.set()

    async def _deliver(self, letter: Letter, claim: Claim) -> None:
        """Send one letter and write down how it went; one that cannot be sent holds up neither its chat nor others."""
        try:
            result = await self._attempt(letter, claim)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("letter %s could not be sent", letter.id)
            result = SendResult(SendOutcome.REFUSED, reason=fault_of(error))
        if result is not None:
            await self._insist(claim, letter, lambda c: self._write_outcome(c, letter, claim.token, result))

    async def _attempt(self, letter: Letter, claim: Claim) -> SendResult | None:
        """Return the channel's answer; None where the letter is settled already: on our own page, or not tried now."""
        if letter.channel in web_messages.DIRECT_CHANNELS:
            await self._insist(claim, letter, lambda c: self._put_on_page(c, letter, claim.token))
            self._count(letter, SendOutcome.SENT)
            return None
        channel = self.channels.get(letter.channel)
        if channel is None:
            return SendResult(SendOutcome.RETRY, reason="the channel is not connected here")
        if (rest := self.trouble.wait(letter, self.clock())) > timedelta(0):
            until = self.clock() + rest
            await self._insist(claim, letter, lambda c: claims.put_back(c, letter, claim.token, until))
            return None
        turn = claim.turn_of(letter)
        await self._keep_pace(letter, turn, claim.latest)
        if not turn.is_on or self.steady() >= claim.latest:
            # Not begun, so put back whatever its kind; if another has taken it meanwhile, this changes nothing.
            return SendResult(SendOutcome.RETRY, retry_after=0.0, reason="the time of its sender was over")
        result = await self._send(channel, letter)
        self._count(letter, result.outcome)
        self.trouble.told(letter, result, self.clock())
        return result

    def _count(self, letter: Letter, outcome: SendOutcome) -> None:
        self.tally.tried[letter.urgency.name.lower(), outcome] += 1

    def _put_on_page(self, connection: Connection, letter: Letter, token: str) -> None:
        """Write a letter onto our own page and close it in one transaction: there it comes exactly once."""
        now = self.clock()
        if claims.finish(connection, letter, token, state="sent", now=now):
            body = to_body(in_words(letter, self.words))
            web_messages.add(connection, letter.chat_id, own=False, body=body, now=now, outbox_id=letter.id)

    async def _send(self, channel: Channel, letter: Letter) -> SendResult:
        if "clear" in letter.body:
            return await channel.clear_buttons(letter.external_chat, letter.body["clear"])
        return await channel.send(letter.external_chat, in_words(letter, self.words))

    async def _keep_pace(self, letter: Letter, turn: Turn, latest: float) -> None:
        """Wait until the bot and the chat may be used again; a broadcast lets all go before that comes meanwhile."""
        clock, account = asyncio.get_running_loop().time, f"{letter.channel}:{letter.account}"
        bot = self.bot_pace.setdefault(account, begun(BOT_PER_SECOND, BOT_PER_SECOND, turn))
        if letter.urgency is Urgency.BROADCAST:
            async with self.broadcast_line.setdefault(account, asyncio.Lock()):
                while (rest := bot.free_in(clock())) > 0 and turn.is_on and self.steady() < latest:
                    await news(turn.over, rest)
                wait = self._take_pace(letter, bot, turn, clock())
        else:
            wait = self._take_pace(letter, bot, turn, clock())
        if wait > 0:
            await news(turn.over, min(wait, LEASE.total_seconds() / 3))

    def _take_pace(self, letter: Letter, bot: Pace, turn: Turn, now: float) -> float:
        """Take a send of the bot and of the chat; return how many seconds it has to wait for them."""
        chat = self.chat_pace.setdefault(letter.chat_id, begun(1 / CHAT_GAP_SECONDS, CHAT_BURST, turn))
        # Taking buttons away tells nobody anything: only the bot's own pace counts for it.
        in_chat = 0.0 if "clear" in letter.body else chat.wait(now)
        self._forget_quiet_chats(now)
        return max(bot.wait(now), in_chat)

    def _forget_quiet_chats(self, now: float, most: int = 10_000) -> None:
        if len(self.chat_pace) > most:
            self.chat_pace = {chat: pace for chat, pace in self.chat_pace.items() if now - pace.at < CHAT_BURST}

    async def _insist(self, claim: Claim, letter: Letter, job: Callable[[Connection], None]) -> None:
        """Store what became of a letter, as often as it takes while it is under our lease: its chat waits for that.

        A job that took effect although its answer was lost finds the letter closed and changes nothing more.
        """
        self.answered.add(letter.id)
        while True:
            try:
                await self.database.write(job)
            except StoreUnavailable:
                if self.steady() >= claim.ends:
                    log.warning("the outcome of letter %s could not be written; it may be sent again", letter.id)
                    return
                await asyncio.sleep(INSIST_SECONDS)
            else:
                return

    def _write_outcome(self, connection: Connection, letter: Letter, token: str, result: SendResult) -> None:
        now = self.clock()
        match result.outcome:
            case SendOutcome.SENT:
                claims.finish(connection, letter, token, state="sent", now=now, ref=result.message_ref)
            case SendOutcome.REFUSED:
                claims.finish(connection, letter, token, state="refused", now=now, error=result.reason)
            case SendOutcome.UNREACHABLE:
                # An answer that comes after the letter's lease may be old: meanwhile the person may be back.
                if claims.finish(connection, letter, token, state="unreachable", now=now, error=result.reason):
                    chats.set_state(connection, letter.chat_id, "unreachable")
                    outbox.drop_queued(connection, letter.chat_id, result.reason)
            case SendOutcome.UNKNOWN if letter.urgency >= Urgency.REMINDER:
                claims.finish(connection, letter, token, state="unknown", now=now, error=result.reason)
            case _:
                self._again(connection, letter, token, result)

    def _again(self, connection: Connection, letter: Letter, token: str, result: SendResult) -> None:
        now = self.clock()
        is_last = letter.attempts >= MOST_ATTEMPTS and result.outcome is SendOutcome.UNKNOWN
        if is_last and not result.moved_to and not self.trouble.is_in_trouble(letter):
            claims.finish(connection, letter, token, state="unknown", now=now, error=result.reason)
            return
        if result.outcome is SendOutcome.CHANNEL_DOWN:
            log.error("channel %s is down: %s", letter.channel, result.reason)
        until = now + self._wait_before(letter, result)
        is_held = claims.postpone(connection, letter, token, until=until, error=result.reason)
        if is_held and result.moved_to and not chats.move(connection, letter.chat_id, result.moved_to):
            outbox.drop_queued(connection, letter.chat_id, result.reason)

    def _wait_before(self, letter: Letter, result: SendResult) -> timedelta:
        if result.moved_to:
            return timedelta(0)
        if result.retry_after is not None:
            return timedelta(seconds=result.retry_after + random.random())  # noqa: S311 - spreading, not secrecy
        grown = timedelta(seconds=2.0 ** min(letter.attempts, 10)) * (0.75 + random.random() / 2)  # noqa: S311
        return min(grown, LONGEST_WAIT_OF_REPLY if letter.urgency is Urgency.REPLY else LONGEST_WAIT)


def _check(turns: Iterable[Turn], connection: Connection) -> None:
    """Let the transaction go on only if these turns are still ours. Raises LeaseLost."""
    for turn in turns:
        if turn.held is not None:
            turn.held.check(connection)
