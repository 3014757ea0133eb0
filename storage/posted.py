"""Reading what a page posts: fields and files as they come, each within its limit, nothing held in memory whole."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Protocol
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from offices.errors import DomainError

LARGEST_FIELD = 1024 * 1024
"""Bytes of one field, or of a form without files: far more than may be sent, so that it can be given back."""
MOST_FIELDS = 40
PATIENCE = 120.0
"""Seconds in which the form of somebody whom we do not know must have arrived."""


class FormRefused(DomainError):  # noqa: N818 - what became of a form, not a fault
    """A form or a file that cannot be taken.

    Keys: form_broken, form_too_large, form_too_slow, too_many_files (most), too_fast (seconds), upload_quota.
    """


class Takes(Protocol):
    """Takes the parts of a form in the order in which the browser sends them."""

    def take_field(self, name: str, value: str) -> None:
        """Take a field."""

    def take_file(self, name: str, content: AsyncIterator[bytes]) -> Awaitable[None]:
        """Take a file under the name that its sender gave it.

        Raises DomainError for one that is refused; any other error ends the reading.
        """

    def refuse_file(self, name: str, why: DomainError) -> bool:
        """Hear that a file was refused; say whether the next one shall be offered all the same."""


async def read_post(request: web.Request, taker: Takes, patience: float = PATIENCE) -> None:
    """Hand over what a request posts within `patience` seconds, with files where it can have some.

    Raises FormRefused, also when the line broke off; what came before has been handed over.
    """
    try:
        async with asyncio.timeout(patience):
            if request.content_type == "multipart/form-data":
                await _read_parts(await request.multipart(), taker)
            else:
                await _read_fields(request, taker)
    except TimeoutError as error:
        raise FormRefused("form_too_slow") from error
    except (ValueError, HttpProcessingError, ConnectionError) as error:  # the second: heads of parts that are none
        raise FormRefused("form_broken") from error


async def _read_fields(request: web.Request, taker: Takes) -> None:
    body = bytearray()
    async for block in request.content.iter_chunked(64 * 1024):
        body += block
        if len(body) > LARGEST_FIELD:
            raise FormRefused("form_too_large")
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS):
        taker.take_field(name, value)


async def _read_parts(reader: MultipartReader, taker: Takes) -> None:
    parts, offers = 0, True
    while (part := await reader.next()) is not None:
        parts += 1
        if not isinstance(part, BodyPartReader) or parts > MOST_FIELDS:
            raise FormRefused("form_broken")
        if part.filename is None:
            taker.take_field(part.name or "", await _read_field(part))
        elif part.filename and offers:
            offers = await _offer(part, part.filename, taker)
        else:
            await part.release()


async def _read_field(part: BodyPartReader) -> str:
    body = bytearray()
    while block := await part.read_chunk(64 * 1024):
        body += block
        if len(body) > LARGEST_FIELD:
            raise FormRefused("form_too_large")
    return body.decode("utf-8", "replace")


async def _offer(part: BodyPartReader, name: str, taker: Takes) -> bool:
    """Offer one file; say whether to offer the next. A refused one is read to its end: else no browser shows why."""
    try:
        await taker.take_file(name, _blocks(part))
    except DomainError as error:
        goes_on = taker.refuse_file(name, error)
        await part.release()
        return goes_on
    return True


async def _blocks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while block := await part.read_chunk(256 * 1024):
        yield block
