"""What Zalo's error codes mean for a message: the table of `docs/zalo.md`, after the official list of error codes.

Codes are looked up by host first: -100 is an attachment that is gone on the one, an unknown failure on the other.
"""

from enum import StrEnum

from bot.channels.untrusted_json import member, words
from bot.channels.zalo.client import TOKEN_REFUSED, Answer, Family, NoToken
from bot.channels.zalo.http import NoAnswer, NotSent
from bot.messages import SendOutcome, SendResult

RATE_SECONDS = 60.0
"""Calls are counted per minute; delivery adds its own spreading."""
_LONGEST_REASON = 200
BOUGHT = "purchase_quota"
"""What Zalo says that a consultation message went on for which it takes money (zalo.md, A5)."""


class ErrorClass(StrEnum):
    """What is to be done after an error.

    TOKEN      the token is refused, also the one after a refresh: an administrator authorises us anew
    RATE       too many calls: again in the next minute
    RECIPIENT  this person cannot be written to this way (now): the next way, no repeat
    QUOTA      a daily number is used up: again after its reset
    MONEY      no money, no package, no verified account: again when an administrator has acted
    ATTACHMENT the uploaded file is gone: upload it once more
    PAYLOAD    this message will never be accepted
    SETUP      the application, a permission or a template is not as it must be: an administrator acts
    NIGHT      not at this hour: in the morning
    GENERIC    Zalo failed and knows not why: a few times more
    UNKNOWN    a code that we do not know: not repeated, told to the administrator
    """

    TOKEN = "token"  # noqa: S105 - a class of errors
    RATE = "rate"
    RECIPIENT = "recipient"
    QUOTA = "quota"
    MONEY = "money"
    ATTACHMENT = "attachment"
    PAYLOAD = "payload"
    SETUP = "setup"
    NIGHT = "night"
    GENERIC = "generic"
    UNKNOWN = "unknown"


_CODES: dict[Family, dict[ErrorClass, frozenset[int]]] = {
    Family.OPENAPI: {
        ErrorClass.TOKEN: TOKEN_REFUSED[Family.OPENAPI],
        ErrorClass.RATE: frozenset({-32}),
        ErrorClass.RECIPIENT: frozenset({-213, -217, -218, -227, -230, -232, -244}),
        ErrorClass.QUOTA: frozenset({-211}),
        ErrorClass.MONEY: frozenset({-221, -224, -320, -321}),
        ErrorClass.ATTACHMENT: frozenset({-100}),
        ErrorClass.PAYLOAD: frozenset({-201, -210, -233}),
        ErrorClass.SETUP: frozenset({-204, -205, -209, -212, -219, -223, -240, -249}),
        ErrorClass.NIGHT: frozenset({-234}),
        ErrorClass.GENERIC: frozenset({-200}),
    },
    Family.BUSINESS: {
        ErrorClass.TOKEN: TOKEN_REFUSED[Family.BUSINESS],
        ErrorClass.RATE: frozenset({-32}),
        # -108, a number that is none, is a fault of the number, not of the letter: it still has other ways.
        ErrorClass.RECIPIENT: frozenset({-108, -114, -118, -119, -139, -140, -141}),
        ErrorClass.QUOTA: frozenset({-144, -147}),
        ErrorClass.MONEY: frozenset({-115, -136, -137}),
        ErrorClass.PAYLOAD: frozenset({-1121, -1122, *range(-1139, -1129)}),
        ErrorClass.SETUP: frozenset({*range(-105, -100), -117, -120, -126, -127, -131, -135, -138, -146}),
        ErrorClass.NIGHT: frozenset({-133}),
        ErrorClass.GENERIC: frozenset({-100}),
    },
}
_CLASS = {
    (family, code): each for family, classes in _CODES.items() for each, codes in classes.items() for code in codes
}
_OUTCOME = {
    ErrorClass.RATE: SendOutcome.RETRY,
    ErrorClass.NIGHT: SendOutcome.RETRY,
    ErrorClass.GENERIC: SendOutcome.RETRY,
    ErrorClass.RECIPIENT: SendOutcome.PARKED,
    ErrorClass.TOKEN: SendOutcome.CHANNEL_DOWN,
    ErrorClass.QUOTA: SendOutcome.CHANNEL_DOWN,
    ErrorClass.MONEY: SendOutcome.CHANNEL_DOWN,
    ErrorClass.SETUP: SendOutcome.CHANNEL_DOWN,
}


def class_of(code: int, family: Family) -> ErrorClass:
    """Say what is to be done after an error other than 0."""
    return _CLASS.get((family, code), ErrorClass.UNKNOWN)


def result_of(answer: Answer, family: Family) -> SendResult:
    """Return how a message ended about which Zalo told this; REFUSED where no repeat helps."""
    if answer.is_good:
        reference = answer.data.get("message_id") or answer.data.get("msg_id")
        is_paid = words(member(dict(answer.data), "quota"), "quota_type") == BOUGHT
        return SendResult(SendOutcome.SENT, message_ref=str(reference) if reference else None, is_paid=is_paid)
    each = class_of(answer.error, family)
    after = RATE_SECONDS if each is ErrorClass.RATE else None
    outcome = _OUTCOME.get(each, SendOutcome.REFUSED)
    return SendResult(outcome, retry_after=after, reason=reason_of(answer), code=answer.error)


def result_without_answer(error: NotSent | NoAnswer | NoToken) -> SendResult:
    """Return how a message ended about which Zalo told nothing."""
    match error:
        case NotSent():
            outcome = SendOutcome.RETRY
        case NoAnswer():
            outcome = SendOutcome.UNKNOWN
        case _:
            outcome = SendOutcome.CHANNEL_DOWN
    return SendResult(outcome, reason=str(error))


def reason_of(answer: Answer) -> str:
    """Return a line for administrators: number and words of an error."""
    return f"Zalo {answer.error}: {answer.message}"[:_LONGEST_REASON]
