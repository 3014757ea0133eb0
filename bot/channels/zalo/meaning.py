"""What an answer means for a letter: whether it found no way, has to wait, or somebody has to act. Pure."""

from datetime import datetime, timedelta

from bot.channels.zalo.client import Family
from bot.channels.zalo.errors import ErrorClass, class_of
from bot.channels.zalo.routes import Way, until_day, until_next_day
from bot.messages import SendOutcome, SendResult
from storage.zalo_attempts import Earlier

BROKE_FOR = timedelta(hours=1)
"""How long a letter waits when there is no money, no package, or a template or a right is missing."""


def finds_no_way(result: SendResult) -> bool:
    """Say whether Zalo lets nothing through to the person by this way."""
    return result.outcome is SendOutcome.PARKED and result.retry_after is None


def as_before(earlier: Earlier) -> SendResult:
    """Say what follows where the message was sent already, or perhaps."""
    if earlier.is_sent:
        return SendResult(SendOutcome.SENT, message_ref=earlier.message_id, is_paid=True)
    return SendResult(SendOutcome.PARKED, reason="doubt")


def understood(way: Way, answer: SendResult, now: datetime) -> SendResult:
    """Say what an answer means for what costs: most refusals are no fault of the channel, and park the letter."""
    match class_of(answer.code, family_of(way)):
        case ErrorClass.QUOTA:
            wait = until_next_day(now)
        case ErrorClass.NIGHT:
            wait = until_day(now) or BROKE_FOR
        case ErrorClass.MONEY | ErrorClass.SETUP:
            wait = BROKE_FOR
        case _ if is_broken(way, answer):
            return SendResult(SendOutcome.PARKED, reason=answer.reason)
        case _:
            return answer
    return SendResult(SendOutcome.PARKED, retry_after=wait.total_seconds(), reason=answer.reason)


def is_broken(way: Way, answer: SendResult) -> bool:
    """Say whether an administrator has to act: a template refused for whatever reason is no letter's fault."""
    is_refused = way is not Way.BILLED and answer.outcome is SendOutcome.REFUSED
    return is_refused or class_of(answer.code, family_of(way)) in (ErrorClass.MONEY, ErrorClass.SETUP)


def family_of(way: Way) -> Family:
    """Say by whose codes a way's refusals are told."""
    return Family.BUSINESS if way is Way.PHONE else Family.OPENAPI
