"""Raw event of a Zalo bot -> `Incoming`: tolerant, never raises (zalo.md, part B).

The event does not name its bot; own messages may come back. Pictures, voices and what Zalo hides are told to be
unsupported, with the way to the web chat.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.channels.untrusted_json import Json, member, whole, words
from bot.channels.zalo.content import unsupported, written
from bot.channels.zalo.parsing import id_of
from bot.messages import Incoming, IncomingKind

CHANNEL = "zalo_bot"
_LATEST = 253_402_300_799_000  # 9999-12-31, the last second that a datetime holds


def bot_events(raw: Any, account: str, received_at: datetime, page: str) -> Sequence[Incoming]:
    """Return what one update says; nothing when nothing is to be done. Never raises.

    raw          with or without the wrapper `{"ok": true, "result": …}`
    received_at  aware UTC; stands in where the platform gives no time that can be read
    page         address of the web chat, which takes more than text
    """
    if type(raw) is not dict:
        return ()
    event = member(raw, "result") or raw
    message = member(event, "message")
    chat, sender = member(message, "chat"), member(message, "from")
    ids = tuple(id_of(each.get("id")) for each in (chat, sender))
    key = words(message, "message_id")[:96]
    if not all((*ids, key)) or ids[1] == account or sender.get("is_bot") is True:
        return ()
    at = _moment(message) or received_at
    made = Incoming(
        CHANNEL, account, ids[0], ids[1], key, at, IncomingKind.GROUP, message_ref=key,
        name=words(sender, "display_name") or None,
    )  # fmt: skip
    if chat.get("chat_type") == "GROUP":
        return (made,)
    is_text = words(event, "event_name") == "message.text.received"
    said = written(message) if is_text else [{**unsupported(message), "data": page}]
    return tuple(replace(made, **content) for content in said)


def _moment(message: Json) -> datetime | None:
    """Return when it was sent, of milliseconds; None when it cannot be read."""
    given = whole(message, "date")
    return datetime.fromtimestamp(given / 1000, UTC) if given is not None and 0 < given <= _LATEST else None
