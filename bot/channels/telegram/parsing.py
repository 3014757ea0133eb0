"""Raw Telegram update -> `Incoming`: our own tolerant decoder, some microseconds an update.

The library's decoder raises for a missing field and stops a whole batch; this one never raises. What is not
understood becomes UNSUPPORTED where a person waits for an answer, None where nobody does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.telegram.content import Content, command_target, content_of
from bot.channels.untrusted_json import Json, member, whole, words
from bot.messages import Incoming, IncomingKind

CHANNEL = "telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

_LATEST = 253_402_300_799  # 9999-12-31, the last second that a datetime holds
_MEMBERSHIP = {"kicked": IncomingKind.BLOCKED, "member": IncomingKind.UNBLOCKED}


@dataclass(frozen=True, slots=True)
class Telegram:
    """Which bot the updates belong to.

    account   the bot's numeric id as text
    username  the bot's name without @, None while it is not known
    """

    account: str
    username: str | None = None


def parse_update(raw: Any, bot: Telegram, received_at: datetime) -> Incoming | None:
    """Return the event of one update; None when nothing is to be done. Never raises, whatever `raw` is.

    received_at  aware UTC; stands in where Telegram gives no time (presses) or none that can be read

    Personal matters stay in private chats: elsewhere the bot answers only when addressed, as GROUP.
    """
    if type(raw) is not dict or (number := whole(raw, "update_id")) is None:
        return None
    for kind, read in _READERS.items():
        if kind in raw:
            return read(member(raw, kind), bot, str(number), received_at)
    return None


def events_of(raw: Any, bot: Telegram, received_at: datetime) -> list[Incoming]:
    """Return the event of one update in a list, which is empty when nothing is to be done."""
    found = parse_update(raw, bot, received_at)
    return [] if found is None else [found]


def _message(message: Json, bot: Telegram, key: str, received_at: datetime) -> Incoming | None:
    sender = member(message, "from")
    if member(message, "chat").get("type") != "private":
        addressed = _is_addressed(message, bot)
        return _incoming(message, bot, key, received_at, {"kind": IncomingKind.GROUP}) if addressed else None
    if sender.get("is_bot") is True:
        return None
    content = content_of(message, whole(sender, "id"))
    return None if content is None else _incoming(message, bot, key, received_at, content)


def _is_addressed(message: Json, bot: Telegram) -> bool:
    """Whether somebody in a group speaks to this bot: a command that names no other one, a reply, a mention."""
    text = words(message, "text") or words(message, "caption")
    replied = whole(member(member(message, "reply_to_message"), "from"), "id")
    if replied is not None and str(replied) == bot.account:
        return True
    name = (bot.username or "").casefold()
    target = command_target(text)
    if target is not None:
        return target.casefold() in {"", name}
    return bool(name) and f"@{name}" in text.casefold()


def _edit(message: Json, bot: Telegram, key: str, received_at: datetime) -> Incoming | None:
    """Return a person's correction of words or file; a live position that moves is none."""
    if member(message, "chat").get("type") != "private" or "location" in message:
        return None
    content = content_of(message, None)
    if content is None or content["kind"] is IncomingKind.CONTACT:
        return None
    text = words(message, "text") or words(message, "caption")
    corrected = {"kind": IncomingKind.EDIT, "text": text, "file": content.get("file")}
    return _incoming(message, bot, key, received_at, corrected, when="edit_date")


def _press(query: Json, bot: Telegram, key: str, received_at: datetime) -> Incoming | None:
    """Return a press. Its message may be too old to be shown (date 0): only its number counts."""
    message = member(query, "message")
    private = member(message, "chat").get("type") == "private"
    content: Content = {
        "kind": IncomingKind.PRESS if private else IncomingKind.GROUP,
        "data": words(query, "data"),
        "press_id": words(query, "id") or None,
    }
    pressed = {"chat": message.get("chat"), "message_id": message.get("message_id"), "from": query.get("from")}
    return _incoming(pressed, bot, key, received_at, content)


def _membership(change: Json, bot: Telegram, key: str, received_at: datetime) -> Incoming | None:
    status = member(change, "new_chat_member").get("status")
    kind = _MEMBERSHIP.get(status) if type(status) is str else None
    if kind is None or member(change, "chat").get("type") != "private":
        return None
    return _incoming(change, bot, key, received_at, {"kind": kind})


def _incoming(
    source: Json, bot: Telegram, key: str, received_at: datetime, content: Content, *, when: str = "date"
) -> Incoming | None:
    """Join content and sender; None when the chat cannot be told. In a channel the sender is the chat itself."""
    sender, chat = member(source, "from"), whole(member(source, "chat"), "id")
    if chat is None:
        return None
    person, message_id = whole(sender, "id"), whole(source, "message_id")
    return Incoming(
        channel=CHANNEL,
        account=bot.account,
        chat=str(chat),
        person=str(chat if person is None else person),
        event_key=key,
        at=_moment(whole(source, when), received_at),
        message_ref=None if message_id is None else str(message_id),
        language=words(sender, "language_code") or None,
        name=f"{words(sender, 'first_name')} {words(sender, 'last_name')}".strip() or None,
        username=words(sender, "username") or None,
        **content,
    )


def _moment(seconds: int | None, otherwise: datetime) -> datetime:
    """Return a Unix time as aware UTC; 0 and what no calendar holds count as missing."""
    if seconds is None or not 0 < seconds <= _LATEST:
        return otherwise
    return datetime.fromtimestamp(seconds, UTC)


_READERS: dict[str, Callable[[Json, Telegram, str, datetime], Incoming | None]] = {
    "message": _message,
    "callback_query": _press,
    "edited_message": _edit,
    "my_chat_member": _membership,
    "channel_post": _message,
}
