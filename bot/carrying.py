"""Carrying one letter: its pace kept, given to its channel, and how that went stored."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, runtime_checkable

from sqlalchemy import Connection

from bot import outcomes
from bot.leasing import Steady, steady_seconds
from bot.letters import in_words
from bot.messages import Clock, Outgoing, SendOutcome, SendResult
from bot.pacing import Pacing
from bot.tally import Tally
from bot.trouble import Trouble
from bot.turns import Claim
from bot.words import Words
from storage import outcomes as stored
from storage import web_messages
from storage.claims import Letter
from storage.database import Database, StoreUnavailable
from storage.faults import fault_of

log = logging.getLogger(__name__)

INSIST_SECONDS = 0.25
"""How soon an outcome that could not be stored is stored again: while it is not, its chat waits."""


class Channel(Protocol):
    """What delivery needs of a channel."""

    async def send(self, chat: str, outgoing: Outgoing) -> SendResult:
        """Send one message; say how it ended, never raise."""

    async def clear_buttons(self, chat: str, message_ref: str) -> SendResult:
        """Take the buttons of an old message away."""


@runtime_checkable
class Reacting(Protocol):
    """A channel that can put a sign onto a message of the person's: a receipt where nothing is answered at once."""

    async def react(self, chat: str, message_ref: str) -> SendResult:
        """Put the sign there; say how it ended, never raise."""


@dataclass(slots=True)
class Carrier:
    """Carries letters that were taken; `channels` are found by their name.

    answered  letters under way whose outcome is known and only has to be stored
    """

    database: Database
    channels: Mapping[str, Channel]
    words: Words
    clock: Clock
    steady: Steady = steady_seconds
    tally: Tally = field(default_factory=Tally)
    pacing: Pacing = field(default_factory=Pacing)
    trouble: Trouble = field(default_factory=Trouble)
    answered: set[int] = field(default_factory=set)

    async def deliver(self, letter: Letter, claim: Claim) -> None:
        """Send one letter and write down how it went; one that cannot be sent holds up neither its chat nor others."""
        try:
            result = await self._attempt(letter, claim)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("letter %s could not be sent", letter.id)
            result = SendResult(SendOutcome.REFUSED, reason=fault_of(error))
        if result is not None:
            await self._insist(claim, letter, lambda c: self._write_outcome(c, letter, claim, result))

    async def _attempt(self, letter: Letter, claim: Claim) -> SendResult | None:
        """Return the channel's answer; None where the letter is settled already: on our own page, or not tried now."""
        if letter.channel in web_messages.DIRECT_CHANNELS:
            put = outcomes.put_on_page
            await self._insist(claim, letter, lambda c: put(c, letter, claim.token, self.words, self.clock()))
            self._count(letter, SendOutcome.SENT)
            return None
        channel = self.channels.get(letter.channel)
        if channel is None:
            return SendResult(SendOutcome.RETRY, reason="the channel is not connected here")
        if (rest := self.trouble.wait(letter, self.clock())) > timedelta(0):
            await self._put_back(letter, claim, rest)
            return None
        turn = claim.turn_of(letter)
        await self.pacing.keep(letter, turn, claim.latest)
        if not turn.is_on or self.steady() >= claim.latest:
            # Not begun, so put back whatever its kind; if another has taken it meanwhile, this changes nothing.
            return SendResult(SendOutcome.RETRY, retry_after=0.0, reason="the time of its sender was over")
        result = await self._send(channel, letter)
        self._count(letter, result.outcome)
        self.trouble.told(letter, result, self.clock())
        return result

    async def _put_back(self, letter: Letter, claim: Claim, rest: timedelta) -> None:
        """Put a letter back that was not tried, to be taken again after `rest`."""
        until = self.clock() + rest
        await self._insist(claim, letter, lambda c: stored.put_back(c, letter, claim.token, until))

    def _count(self, letter: Letter, outcome: SendOutcome) -> None:
        self.tally.tried[letter.urgency.name.lower(), outcome] += 1

    async def _send(self, channel: Channel, letter: Letter) -> SendResult:
        if "clear" in letter.body:
            return await channel.clear_buttons(letter.external_chat, letter.body["clear"])
        if "react" in letter.body:
            assert isinstance(channel, Reacting)  # noqa: S101 - written for no other channel
            return await channel.react(letter.external_chat, letter.body["react"])
        return await channel.send(letter.external_chat, in_words(letter, self.words))

    async def _insist(self, claim: Claim, letter: Letter, job: Callable[[Connection], None]) -> None:
        """Store what became of a letter, as often as it takes while it is under our lease: its chat waits for that.

        A job that took effect although its answer was lost finds the letter closed and changes nothing more.
        """
        self.answered.add(letter.id)
        while True:
            try:
                await self.database.write(job)
            except StoreUnavailable:
                if self.steady() >= claim.end_of(letter):
                    log.warning("the outcome of letter %s could not be written; it may be sent again", letter.id)
                    return
                await asyncio.sleep(INSIST_SECONDS)
            else:
                return

    def _write_outcome(self, connection: Connection, letter: Letter, claim: Claim, result: SendResult) -> None:
        outcomes.write(connection, letter, claim.token, result, self.trouble, self.clock())
