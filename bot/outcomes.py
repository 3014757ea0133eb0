"""What the answer of a channel does to a letter: closed, put off, or given up; docs/reliability.md has the table."""

import logging
import random
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.letters import in_words
from bot.messages import SendOutcome, SendResult
from bot.posting import to_body
from bot.trouble import Trouble
from bot.words import Words
from storage import chats, outbox, outcomes, web_messages
from storage.claims import Letter
from storage.outbox import Urgency

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 8
LONGEST_WAIT = timedelta(minutes=10)
LONGEST_WAIT_OF_REPLY = timedelta(seconds=45)
"""Within a minute of a recovery everybody is answered (security.md R3)."""


def put_on_page(connection: Connection, letter: Letter, token: str, words: Words, now: datetime) -> None:
    """Write a letter onto our own page and close it in one transaction: there it comes exactly once."""
    if outcomes.finish(connection, letter, token, state="sent", now=now):
        body = to_body(in_words(letter, words))
        web_messages.add(connection, letter.chat_id, own=False, body=body, now=now, outbox_id=letter.id)


def write(
    connection: Connection, letter: Letter, token: str, result: SendResult, trouble: Trouble, now: datetime
) -> None:
    """Write down how sending a letter went, and what follows; nothing when its lease was lost meanwhile.

    trouble  of its account, whose failures say nothing of the letter
    """
    match result.outcome:
        case SendOutcome.SENT:
            outcomes.finish(connection, letter, token, state="sent", now=now, ref=result.message_ref)
        case SendOutcome.REFUSED:
            outcomes.finish(connection, letter, token, state="refused", now=now, error=result.reason)
        case SendOutcome.UNREACHABLE:
            # An answer that comes after the letter's lease may be old: meanwhile the person may be back.
            if outcomes.finish(connection, letter, token, state="unreachable", now=now, error=result.reason):
                chats.set_state(connection, letter.chat_id, "unreachable")
                outbox.drop_queued(connection, letter.chat_id, result.reason)
        case SendOutcome.NEEDLESS:
            outcomes.finish(connection, letter, token, state="cancelled", now=now, error=result.reason)
        case SendOutcome.PARKED:
            _park(connection, letter, token, result, now)
        case SendOutcome.UNKNOWN if letter.urgency >= Urgency.REMINDER:
            outcomes.finish(connection, letter, token, state="unknown", now=now, error=result.reason)
        case _:
            _again(connection, letter, token, result, trouble, now)


def _park(connection: Connection, letter: Letter, token: str, result: SendResult, now: datetime) -> None:
    """Put a letter aside until its time or until the person writes; a broadcast is not worth that."""
    if letter.urgency is Urgency.BROADCAST:
        outcomes.finish(connection, letter, token, state="expired", now=now, error=result.reason)
        return
    until = None if result.retry_after is None else now + timedelta(seconds=result.retry_after)
    outcomes.put_aside(connection, letter, token, until, now, result.reason)


def _again(
    connection: Connection, letter: Letter, token: str, result: SendResult, trouble: Trouble, now: datetime
) -> None:
    is_last = letter.attempts >= MOST_ATTEMPTS and result.outcome is SendOutcome.UNKNOWN
    if is_last and not result.moved_to and not trouble.is_in_trouble(letter):
        outcomes.finish(connection, letter, token, state="unknown", now=now, error=result.reason)
        return
    if result.outcome is SendOutcome.CHANNEL_DOWN:
        log.error("channel %s is down: %s", letter.channel, result.reason)
    until = now + _wait_before(letter, result)
    is_held = outcomes.postpone(connection, letter, token, until=until, error=result.reason)
    if is_held and result.moved_to and not chats.move(connection, letter.chat_id, result.moved_to):
        outbox.drop_queued(connection, letter.chat_id, result.reason)


def _wait_before(letter: Letter, result: SendResult) -> timedelta:
    if result.moved_to:
        return timedelta(0)
    if result.retry_after is not None:
        return timedelta(seconds=result.retry_after + random.random())  # noqa: S311 - spreading, not secrecy
    grown = timedelta(seconds=2.0 ** min(letter.attempts, 10)) * (0.75 + random.random() / 2)  # noqa: S311
    return min(grown, LONGEST_WAIT_OF_REPLY if letter.urgency is Urgency.REPLY else LONGEST_WAIT)
