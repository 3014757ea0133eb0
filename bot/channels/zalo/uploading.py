"""A file of ours as Zalo takes it, and its upload: what is put where, and how it is named in a message afterwards."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from bot.channels.untrusted_json import words
from bot.channels.zalo.client import Family, NoToken, ZaloClient
from bot.channels.zalo.errors import ErrorClass, class_of, reason_of, result_of, result_without_answer
from bot.channels.zalo.file_ways import LARGEST_PICTURE, FileWay, way_of
from bot.channels.zalo.http import NotSent
from bot.channels.zalo.rendering import Message
from bot.channels.zalo.shrinking_beside import made_anew
from bot.messages import OutgoingFile, SendOutcome, SendResult
from storage.database import StoreUnavailable
from storage.pictures import PictureError, clean_gif, is_upright

log = logging.getLogger(__name__)

_JPEG = "image/jpeg"
_SAY_NOTHING_OF_IT = (ErrorClass.TOKEN, ErrorClass.RATE)
"""Refusals that say nothing of the file: whatever is called now is refused so."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A file in a form that Zalo takes.

    kind     the last part of the address that it is uploaded to
    element  what a message says of it beside its number
    """

    kind: str
    name: str
    content: bytes
    mime: str
    element: Mapping[str, str | int] = field(default_factory=dict)

    def message(self, uploaded: str, caption: str) -> Message:
        """Return the message that shows it; a document has no caption."""
        if self.kind == "file":
            return {"attachment": {"type": "file", "payload": {"token": uploaded}}}
        element = {**self.element, "attachment_id": uploaded}
        attachment = {"type": "template", "payload": {"template_type": "media", "elements": [element]}}
        return {"text": caption, "attachment": attachment} if caption else {"attachment": attachment}


async def make_ready(file: OutgoingFile, content: bytes, decoding: asyncio.Lock) -> Ready | None:
    """Return a file as it is uploaded; None for what Zalo does not carry.

    decoding  held while a picture is made anew, so that the machine's memory holds the points of one
    """
    upright = file.mime != _JPEG or is_upright(content)
    match way_of(file.mime, len(content), is_upright=upright):
        case FileWay.PICTURE:
            return _picture(file.name, content, file.mime)
        case FileWay.ANEW:
            async with decoding:
                made = await made_anew(content, LARGEST_PICTURE)
            return _picture(str(PurePath(file.name).with_suffix(".jpg")), made, _JPEG) if made else None
        case FileWay.ANIMATION:
            return await asyncio.to_thread(_animation, file.name, content, file.mime)
        case FileWay.DOCUMENT:
            return Ready("file", file.name, content, file.mime)
        case _:
            return None


def _picture(name: str, content: bytes, mime: str) -> Ready:
    return Ready("image", name, content, mime, {"media_type": "image"})


def _animation(name: str, content: bytes, mime: str) -> Ready | None:
    try:
        told = clean_gif(content)
    except PictureError:
        return None
    return Ready("gif", name, content, mime, {"media_type": "gif", "width": told.width, "height": told.height})


async def upload(client: ZaloClient, ready: Ready) -> str | SendResult | None:
    """Upload a file; return what a message names it by.

    None where Zalo does not take it, whatever the reason: its type, its size, the month's number of uploads, a right
    that is missing for uploads alone. A result where nothing can be sent now; nothing is out then.

    Raises NoAnswer: perhaps it was uploaded, but nothing is out either.
    """
    try:
        answer = await client.upload(f"/v2.0/oa/upload/{ready.kind}", ready.name, ready.content, ready.mime)
    except StoreUnavailable:
        return SendResult(SendOutcome.RETRY, reason="the token cannot be read: the store is away")
    except (NotSent, NoToken) as error:
        return result_without_answer(error)
    if answer.is_good:
        return words(dict(answer.data), "token" if ready.kind == "file" else "attachment_id") or None
    log.warning("Zalo takes no upload of %s: %s", ready.mime, reason_of(answer))
    if class_of(answer.error, Family.OPENAPI) in _SAY_NOTHING_OF_IT:
        return result_of(answer, Family.OPENAPI)
    return None
