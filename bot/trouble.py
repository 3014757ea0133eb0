"""What a sender remembers of a channel's answers, so that an outage costs nobody a message.

A letter that may come only once is lost when no answer comes: with Telegram away for hours, trying them all would
lose them all. And trying everything again and again helps nobody. So after a few failures in a row an account is only
looked at now and then, with one letter, preferably one that may come twice, until an answer comes.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.messages import SendOutcome, SendResult
from storage.claims import Account, Letter
from storage.outbox import Urgency

IN_A_ROW = 3
"""Failures of one account, whatever the chat, from which on the account itself is in trouble."""
LOOKED_AT_EVERY = timedelta(seconds=20)
"""Short enough for everybody to be answered within a minute of the recovery (security R3)."""
RISKED_EVERY = timedelta(minutes=10)
"""How often a letter that may come only once is tried when there is no other to look with."""
_ANSWERS = frozenset({SendOutcome.SENT, SendOutcome.REFUSED, SendOutcome.UNREACHABLE})
_NOW = timedelta(0)


@dataclass(slots=True)
class _State:
    """What is known of one account; `asked` says until when a chat of it is to be left alone."""

    failures: int = 0
    looked_at: datetime | None = None
    risked_at: datetime | None = None
    asked: dict[int, datetime] = field(default_factory=dict)
    quiet_until: datetime | None = None
    bulk_until: datetime | None = None


@dataclass(slots=True)
class Trouble:
    """The troubles of all accounts for which a process sends."""

    accounts: dict[Account, _State] = field(default_factory=dict)

    def closed(self, now: datetime) -> list[Account]:
        """Name the accounts of which no letter need be taken now."""
        return [account for account, state in self.accounts.items() if self._rest(state, now) > _NOW]

    def wait(self, letter: Letter, now: datetime) -> timedelta:
        """Say how long a letter is not to be tried; nothing: try it, and tell how it went."""
        state = self._of(letter)
        rest = self._rest(state, now)
        if letter.urgency is Urgency.BROADCAST:
            rest = max(rest, _left(state.bulk_until, now))
        if rest > _NOW or state.failures < IN_A_ROW:
            return rest
        if letter.urgency >= Urgency.REMINDER:
            risk = _since(state.risked_at, RISKED_EVERY, now)
            if risk > _NOW:
                return min(risk, LOOKED_AT_EVERY)
            state.risked_at = now
        state.looked_at = now
        return _NOW

    def told(self, letter: Letter, result: SendResult, now: datetime) -> None:
        """Remember how a letter went; what its channel may not have been asked about tells nothing."""
        if result.outcome in (SendOutcome.PARKED, SendOutcome.NEEDLESS):
            return
        state = self._of(letter)
        if result.outcome in _ANSWERS or result.moved_to:
            state.failures, state.looked_at, state.risked_at = 0, None, None
        elif result.retry_after is not None:
            self._slow_down(state, letter, now + timedelta(seconds=result.retry_after), now)
        else:
            state.failures += 1
            # From the answer on, for a timeout is long.
            state.looked_at = now if state.failures >= IN_A_ROW else None
            state.risked_at = state.looked_at if letter.urgency >= Urgency.REMINDER else state.risked_at

    def is_in_trouble(self, letter: Letter) -> bool:
        """Say whether the account of a letter is in trouble, so that its failure says nothing of the letter."""
        return self._of(letter).failures >= IN_A_ROW

    def _of(self, letter: Letter) -> _State:
        return self.accounts.setdefault((letter.channel, letter.account), _State())

    @staticmethod
    def _rest(state: _State, now: datetime) -> timedelta:
        """Say how long the account is left alone."""
        looking = _since(state.looked_at, LOOKED_AT_EVERY, now) if state.failures >= IN_A_ROW else _NOW
        return max(looking, _left(state.quiet_until, now))

    @staticmethod
    def _slow_down(state: _State, letter: Letter, until: datetime, now: datetime) -> None:
        """Obey a "wait": one chat's alone, of a broadcast all its letters, and everybody's when several chats are told.

        Telegram does not say whether a chat or the bot is too fast.
        """
        state.failures = 0  # it answers
        state.asked = {chat: end for chat, end in state.asked.items() if end > now} | {letter.chat_id: until}
        if letter.urgency is Urgency.BROADCAST:
            state.bulk_until = until
        if len(state.asked) > 1:
            state.quiet_until = max(state.asked.values())


def _left(until: datetime | None, now: datetime) -> timedelta:
    return _NOW if until is None else max(until - now, _NOW)


def _since(last: datetime | None, every: timedelta, now: datetime) -> timedelta:
    """Say how long is left of a distance; a clock that was set back does not make it longer."""
    return _NOW if last is None or now < last else max(last + every - now, _NOW)
