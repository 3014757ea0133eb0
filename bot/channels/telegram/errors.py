"""What the library raises -> `SendResult`: the table of what to do after each answer of Telegram."""

import os
from datetime import timedelta

from telegram.error import (
    BadRequest,
    ChatMigrated,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.telegram.request import NoAnswer, NotSent
from bot.messages import SendOutcome, SendResult

# The library warns at every RetryAfter unless its times are timedeltas; it reads this when raising.
os.environ.setdefault("PTB_TIMEDELTA", "1")

_GONE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "user_is_blocked",
    "chat_write_forbidden",
    "rights to send",
)
_NOTHING_LEFT_TO_EDIT = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
)


def result_of(error: TelegramError) -> SendResult:
    """Return how a call ended that raised `error`.

    BadRequest is a NetworkError for the library, so it is told apart first: repeating a 400 never helps.
    """
    reason = f"{type(error).__name__}: {error}"
    match error:
        case RetryAfter():
            return SendResult(SendOutcome.RETRY, retry_after=_seconds(error.retry_after), reason=reason)
        case ChatMigrated():
            return SendResult(SendOutcome.RETRY, retry_after=0.0, moved_to=str(error.new_chat_id), reason=reason)
        case InvalidToken() | EndPointNotFound():
            # The library's text may hold the token.
            return SendResult(SendOutcome.CHANNEL_DOWN, reason="Telegram refuses the bot's token or the method")
        case _:
            return SendResult(_outcome(error), reason=reason)


def _outcome(error: TelegramError) -> SendOutcome:
    """Return what a refusal of the message means, or whether a call that got none may have taken effect."""
    if isinstance(error, Forbidden):
        return SendOutcome.UNREACHABLE
    if isinstance(error, BadRequest):
        return SendOutcome.UNREACHABLE if _says(error, _GONE) else SendOutcome.REFUSED
    if isinstance(error, NotSent):
        return SendOutcome.RETRY
    if isinstance(error, TimedOut | NoAnswer):
        return SendOutcome.UNKNOWN
    # An answer of Telegram came, and it was no success: 409, 429 without parameters.
    return SendOutcome.RETRY if isinstance(error, NetworkError) or error.__cause__ is None else SendOutcome.UNKNOWN


def is_nothing_left_to_edit(error: TelegramError) -> bool:
    """Whether an edit failed because the message already is so, is gone or is too old: it is done."""
    return isinstance(error, BadRequest) and _says(error, _NOTHING_LEFT_TO_EDIT)


def _says(error: TelegramError, parts: tuple[str, ...]) -> bool:
    # The library changes the case of descriptions ("Message_id_invalid").
    text = str(error).lower()
    return any(part in text for part in parts)


def _seconds(given: int | timedelta) -> float:
    return given.total_seconds() if isinstance(given, timedelta) else float(given)
