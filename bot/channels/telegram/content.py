"""What a Telegram message carries: command, text, file, position, contact."""

import re
from typing import Any

from bot.channels.untrusted_json import Json, degrees, member, whole, words
from bot.messages import FileRef, IncomingKind, Place

Content = dict[str, Any]
"""The fields of `Incoming` that depend on the content, `kind` among them."""

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w{1,64}))?(?:\s+(.*))?", re.DOTALL)
_START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FORWARDED = ("forward_origin", "forward_date", "forward_from", "forward_from_chat")
_UNREADABLE = frozenset(
    {
        "animation",
        "audio",
        "sticker",
        "story",
        "video",
        "video_note",
        "voice",
        "dice",
        "game",
        "poll",
        "invoice",
        "paid_media",
        "checklist",
        "live_photo",
    }
)


def content_of(message: Json, sender: int | None) -> Content | None:
    """Return what a private message says; None for service messages, which nobody expects an answer to.

    sender  id of the writer: only his own contact counts as his phone
    """
    if "text" in message:
        return _written(words(message, "text"), forwarded=is_forwarded(message))
    if _UNREADABLE & message.keys():
        return {"kind": IncomingKind.UNSUPPORTED, "text": words(message, "caption")}
    if "photo" in message or "document" in message:
        return _attached(message)
    if "location" in message or "venue" in message:
        return _located(message)
    if "contact" in message:
        return _contact(message, sender)
    return None


def is_forwarded(message: Json) -> bool:
    """Whether the message was written by or for somebody else: then it is no command and no own contact."""
    return any(name in message for name in _FORWARDED)


def command_target(text: str) -> str | None:
    """Return the bot named in a command ("/huy@bot" gives "bot"), "" for none named; None when it is no command."""
    found = _COMMAND.fullmatch(text)
    return None if found is None else (found[2] or "")


def _written(text: str, *, forwarded: bool) -> Content:
    found = None if forwarded or not text.startswith("/") else _COMMAND.fullmatch(text)
    if found is None:
        return {"kind": IncomingKind.TEXT, "text": text}
    name, parameter = found[1].lower(), (found[3] or "").strip()
    if name == "start":
        # What does not look like a link's parameter was typed by hand and means nothing.
        return {"kind": IncomingKind.START, "data": parameter if _START_PARAMETER.fullmatch(parameter) else ""}
    return {"kind": IncomingKind.COMMAND, "text": f"{name} {parameter}".strip()}


def _attached(message: Json) -> Content:
    file = _document(message) if "document" in message else _largest_photo(message)
    kind = IncomingKind.UNSUPPORTED if file is None else IncomingKind.FILE
    return {"kind": kind, "file": file, "text": words(message, "caption")}


def _largest_photo(message: Json) -> FileRef | None:
    """Return the last size of a picture; Telegram lists them from small to large."""
    sizes = message.get("photo")
    last = sizes[-1] if type(sizes) is list and sizes else None
    if type(last) is not dict or not words(last, "file_id"):
        return None
    return FileRef(
        ref=words(last, "file_id"),
        media="photo",
        name="",
        size=max(whole(last, "file_size") or 0, 0),
        mime="image/jpeg",
        group=words(message, "media_group_id") or None,
    )


def _document(message: Json) -> FileRef | None:
    document = member(message, "document")
    if not words(document, "file_id"):
        return None
    return FileRef(
        ref=words(document, "file_id"),
        media="document",
        name=words(document, "file_name"),
        size=max(whole(document, "file_size") or 0, 0),
        mime=words(document, "mime_type"),
        group=words(message, "media_group_id") or None,
    )


def _located(message: Json) -> Content:
    venue = member(message, "venue")
    place = member(message, "location") or member(venue, "location")
    latitude, longitude = degrees(place, "latitude", 90.0), degrees(place, "longitude", 180.0)
    if latitude is None or longitude is None:
        return {"kind": IncomingKind.UNSUPPORTED}
    named = ", ".join(filter(None, (words(venue, "title"), words(venue, "address"))))
    return {"kind": IncomingKind.LOCATION, "place": Place(latitude, longitude), "text": named}


def _contact(message: Json, sender: int | None) -> Content:
    contact = member(message, "contact")
    own = sender is not None and whole(contact, "user_id") == sender and not is_forwarded(message)
    return {"kind": IncomingKind.CONTACT, "phone": (words(contact, "phone_number") or None) if own else None}
