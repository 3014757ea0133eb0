"""What a Zalo event carries: text, press, picture, file, position, shared number."""

import re
from collections.abc import Callable
from typing import Any

from bot.channels.untrusted_json import Json, member, words
from bot.messages import FileRef, IncomingKind, Place
from bot.starts import start_of

Content = dict[str, Any]
"""The fields of `Incoming` that depend on the content, `kind` among them."""

_COMMAND = re.compile(r"[#/]([a-z]{2,20})(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
"""A menu item of the account (`#phananh`, an automatic query), or a command as other channels have it."""
START = "start"
"""With a parameter it is what a deep link is on other channels, typed."""
_WHOLE = re.compile(r"[0-9]{1,12}")
_NORTHMOST, _EASTMOST = 90.0, 180.0
_PICTURE = "image/jpeg"


def written(message: Json) -> list[Content]:
    """Return a text that is no press: a command, or words."""
    text = words(message, "text")
    found = _COMMAND.fullmatch(text.strip())
    if found and found[1].lower() == START and found[2]:
        return [{"kind": IncomingKind.START, "data": found[2].strip()}]
    if found and start_of(found[1].lower(), found[2] or "") is not None:
        return [{"kind": IncomingKind.COMMAND, "text": f"{found[1].lower()} {found[2] or ''}".strip()}]
    return [{"kind": IncomingKind.TEXT, "text": text}] if text else [unsupported(message)]


def pictures(message: Json) -> list[Content]:
    """Return the pictures of a message; several are an album, the words stand with the first."""
    return _files(message, lambda payload: FileRef(words(payload, "url"), "photo", "", 0, _PICTURE))


def documents(message: Json) -> list[Content]:
    """Return the files of a message, with what the sender's phone claims of them."""
    return _files(
        message,
        lambda payload: FileRef(words(payload, "url"), "document", words(payload, "name"), _size(payload), ""),
    )


def _files(message: Json, read: Callable[[Json], FileRef]) -> list[Content]:
    found = [file for payload in _payloads(message) if (file := read(payload)).ref]
    if not found:
        return [unsupported(message)]
    text = words(message, "text")
    return [
        {"kind": IncomingKind.FILE, "file": file, "text": "" if number else text} for number, file in enumerate(found)
    ]


def position(message: Json) -> list[Content]:
    """Return a position; Zalo writes its degrees as texts."""
    for payload in _payloads(message):
        coordinates = member(payload, "coordinates")
        latitude = _degrees(coordinates.get("latitude"), _NORTHMOST)
        longitude = _degrees(coordinates.get("longitude"), _EASTMOST)
        if latitude is not None and longitude is not None:
            return [{"kind": IncomingKind.LOCATION, "place": Place(latitude, longitude)}]
    return [unsupported(message)]


def link(message: Json) -> list[Content]:
    """Return a shared link as the words that it is."""
    shared = next(iter(_payloads(message)), {})
    parts = (words(message, "text"), words(shared, "description"), words(shared, "url"))
    text = "\n".join(dict.fromkeys(filter(None, parts)))
    return [{"kind": IncomingKind.TEXT, "text": text}] if text else [unsupported(message)]


def nothing_we_read(message: Json) -> list[Content]:
    """Return what a person sent that nobody here can read: sticker, voice, video, business card."""
    return [unsupported(message)]


def unsupported(message: Json) -> Content:
    """Return the content of what is not understood."""
    return {"kind": IncomingKind.UNSUPPORTED, "text": words(message, "text")}


def _payloads(message: Json) -> list[Json]:
    attachments = message.get("attachments")
    if not isinstance(attachments, list):
        return []
    return [member(each, "payload") for each in attachments if isinstance(each, dict)]


def _size(payload: Json) -> int:
    """Return bytes, written as a number or as a text; 0 when nothing sensible is told."""
    given = payload.get("size")
    text = str(given) if type(given) in (int, str) else ""
    return int(text) if _WHOLE.fullmatch(text) else 0


def _degrees(given: Any, most: float) -> float | None:
    """Return an angle written as a text or a number; None for none, or beyond +-`most` (NaN is)."""
    if type(given) not in (int, float, str):
        return None
    try:
        number = float(given)
    except ValueError:
        return None
    return number if -most <= number <= most else None
