"""Raw Zalo event -> `Incoming`: tolerant, never raises, ids as text (zalo.md A4).

One event may carry several files; each becomes an event of its own. What asks for nothing gives nothing: receipts,
reactions, echoes of our own messages, events of other accounts and those that nobody has heard of yet.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.channels.receiving import as_text
from bot.channels.untrusted_json import Json, encodable, member, words
from bot.channels.zalo import content
from bot.channels.zalo.content import Content
from bot.channels.zalo.seal import Seal
from bot.messages import Incoming, IncomingKind

CHANNEL = "zalo"
LONGEST_ID = 64
_LONGEST_KEY = 96
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MILLISECONDS = re.compile(r"[0-9]{1,15}")
_LATEST = 253_402_300_799_000  # 9999-12-31, the last second that a datetime holds

_CONTENT: Mapping[str, Callable[[Json], list[Content]]] = {
    "user_send_text": content.written,
    "user_send_image": content.pictures,
    "user_send_file": content.documents,
    "user_send_location": content.position,
    "user_send_link": content.link,
    "user_send_sticker": content.nothing_we_read,
    "user_send_gif": content.nothing_we_read,
    "user_send_audio": content.nothing_we_read,
    "user_send_video": content.nothing_we_read,
    "user_send_business_card": content.nothing_we_read,
}
"""What a person sends in the chat."""
SENT_BY_PEOPLE = tuple(_CONTENT)
"""The names of these events."""
_COMES_AND_GOES: Mapping[str, IncomingKind] = {
    "follow": IncomingKind.ARRIVED,
    "user_click_chatnow": IncomingKind.ARRIVED,
    "unfollow": IncomingKind.BLOCKED,
}
_SILENT = frozenset(
    {
        "user_received_message",
        "user_seen_message",
        "user_reacted_message",
        "oa_reacted_message",
        "user_withdraw",
        "update_user_info",
        "add_user_to_tag",
        "remove_user_from_tag",
    }
)
"""Known, and nothing is to be done about them."""
OF_TEMPLATES = frozenset({"change_template_status", "change_template_quality", "change_oa_daily_quota"})
"""Say that a template may be sent (no) more, or how many."""
_OTHERS = frozenset({"user_submit_info", "user_feedback"}) | OF_TEMPLATES
"""Read by ways of their own."""


@dataclass(frozen=True, slots=True)
class ZaloAccount:
    """Whose events are read.

    seal           knows our own buttons among the texts
    shares_phone   whether a submitted number is the writer's own for sure
    """

    app_id: str
    account: str
    seal: Seal
    shares_phone: bool = False

    def is_ours(self, raw: Any) -> bool:
        """Say whether an event is of this app and account; the console's test event is of neither."""
        if type(raw) is not dict:
            return False
        parties = (raw.get("oa_id"), member(raw, "sender").get("id"), member(raw, "recipient").get("id"))
        app_id = raw.get("app_id")
        return (app_id is None or id_of(app_id) == self.app_id) and self.account in map(id_of, parties)


def parse_event(raw: Any, zalo: ZaloAccount, received_at: datetime) -> list[Incoming]:
    """Return what one event of the webhook says; nothing when nothing is to be done. Never raises.

    received_at  aware UTC; stands in where Zalo gives no time that can be read
    """
    if not zalo.is_ours(raw):
        return []
    name = words(raw, "event_name")
    event = Incoming(
        CHANNEL, zalo.account, "", "", key_of(raw), moment_of(raw) or received_at, IncomingKind.UNSUPPORTED
    )
    if name in _CONTENT:
        return _of_person(raw, event, zalo, name)
    if name in _COMES_AND_GOES:
        return _in_chat(replace(event, kind=_COMES_AND_GOES[name]), _follower(raw))
    if name == "user_submit_info":
        return _submitted(raw, event, zalo)
    if name.startswith("oa_send"):
        return _by_hand(raw, event, zalo)
    return []


def unknown_name(raw: Json) -> str | None:
    """Return the name of an event of a kind that we do not know, in ASCII; None for one that is known."""
    name = words(raw, "event_name")
    known = (_CONTENT, _COMES_AND_GOES, _SILENT, _OTHERS)
    if any(name in each for each in known) or name.startswith(("oa_send", "anonymous_")):
        return None
    return name[:LONGEST_ID].encode("ascii", "replace").decode()


def _of_person(raw: Json, event: Incoming, zalo: ZaloAccount, name: str) -> list[Incoming]:
    sender, message = id_of(member(raw, "sender").get("id")), member(raw, "message")
    if sender == zalo.account:
        return []
    pressed = zalo.seal.opened(sender, words(message, "text")) if name == "user_send_text" else None
    if pressed is not None:
        return _in_chat(replace(event, kind=IncomingKind.PRESS, data=pressed), sender)
    contents = _CONTENT[name](message)
    album = event.event_key if len(contents) > 1 else None
    reference = id_of(message.get("msg_id")) or None
    return [
        each
        for number, part in enumerate(contents)
        for each in _in_chat(_numbered(replace(event, message_ref=reference, **part), number, album), sender)
    ]


def _numbered(event: Incoming, number: int, album: str | None) -> Incoming:
    """Give each file of an album its own key."""
    if album is None or event.file is None:
        return event
    key = f"{event.event_key}.{number}" if number else event.event_key
    return replace(event, event_key=key, file=replace(event.file, group=album))


def _submitted(raw: Json, event: Incoming, zalo: ZaloAccount) -> list[Incoming]:
    """Return the number that somebody shared, and whether it is known to be his own; `84…` or `0…`, text or number."""
    given = member(raw, "info").get("phone")
    digits = re.sub(r"[^0-9]", "", str(given)) if type(given) in (int, str) else ""
    if not digits:
        return []
    phone = f"84{digits[1:]}" if digits.startswith("0") else digits
    shared = replace(event, kind=IncomingKind.CONTACT, phone=phone, own_phone=zalo.shares_phone)
    return _in_chat(shared, id_of(member(raw, "sender").get("id")))


def _by_hand(raw: Json, event: Incoming, zalo: ZaloAccount) -> list[Incoming]:
    """Return that somebody answered in OA Manager: an echo that names him. Others are of our own messages."""
    sender = member(raw, "sender")
    if id_of(sender.get("id")) != zalo.account or not id_of(sender.get("admin_id")):
        return []
    reference = id_of(member(raw, "message").get("msg_id")) or None
    by_hand = replace(event, kind=IncomingKind.BY_HAND, message_ref=reference)
    return _in_chat(by_hand, id_of(member(raw, "recipient").get("id")))


def _in_chat(event: Incoming, user: str) -> list[Incoming]:
    """Put an event into its user's chat; nothing when nobody can be told."""
    return [replace(event, chat=user, person=user)] if user else []


def _follower(raw: Json) -> str:
    return (
        id_of(member(raw, "follower").get("id")) or id_of(raw.get("user_id")) or id_of(member(raw, "sender").get("id"))
    )


def id_of(value: Any) -> str:
    """Return an id as text, whether it came as text or as number; empty for anything else."""
    if type(value) is int:
        value = str(value) if abs(value) < 10**LONGEST_ID else ""
    return value if type(value) is str and _ID.fullmatch(value) else ""


def key_of(raw: Json) -> str:
    """Return what a repeated delivery has in common with the first: event and message, else the whole content."""
    message_id, name = words(member(raw, "message"), "msg_id"), words(raw, "event_name")
    key = f"{name}:{message_id}"
    if message_id and len(key) <= _LONGEST_KEY:
        return key
    return f"sha256:{hashlib.sha256(encodable(as_text(raw)).encode()).hexdigest()}"


def moment_of(raw: Json) -> datetime | None:
    """Return when something happened, of milliseconds written as text or number; None when it cannot be read."""
    given = raw.get("timestamp")
    text = str(given) if type(given) in (int, str) else ""
    if not _MILLISECONDS.fullmatch(text) or not 0 < int(text) <= _LATEST:
        return None
    return datetime.fromtimestamp(int(text) / 1000, UTC)
