"""Reading what a page posts: fields first, then files, each within its limit, nothing held in memory whole."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, web

from bot.channels.web.settings import WebSettings
from bot.messages import FileRef
from offices.errors import DomainError
from storage.files import FileStore, StoredFile

LARGEST_FIELD = 1024 * 1024
"""Bytes of one field, or of a form without files: far more than may be sent, so that it can be given back."""
MOST_FIELDS = 40
PATIENCE = 120
"""Seconds in which a form must have arrived."""


class FormRefused(DomainError):  # noqa: N818 - what became of a form, not a fault
    """A form or a file that cannot be taken.

    Keys: form_broken, form_too_large, form_too_slow, too_many_files (most), too_fast (seconds), upload_quota.
    """


class Keeps(Protocol):
    """Takes files into a store."""

    async def keep(self, content: AsyncIterable[bytes], *, largest: int) -> StoredFile:
        """Take a file of at most `largest` bytes. Raises DomainError for one that is refused."""
        ...


@dataclass(slots=True)
class Form:
    """A posted form: its fields, and the files that were kept of it.

    refused  why a file was not kept, with the file's name; then none is to be used
    """

    fields: dict[str, str] = field(default_factory=dict)
    files: list[FileRef] = field(default_factory=list)
    refused: tuple[str, DomainError] | None = None

    def text(self, name: str) -> str:
        """Return a field, with lines ended as we end them; empty when it is not there."""
        return self.fields.get(name, "").replace("\r\n", "\n").replace("\r", "\n")


Check = Callable[[Mapping[str, str], int], None]
"""Looks at the fields before the n-th file is kept (0: no file came) and raises what forbids it."""


async def read_form(request: web.Request, form: Form, check: Check, store: Keeps, settings: WebSettings) -> None:
    """Fill `form` with what the request posts.

    `check` is called before anything is kept. What was read so far stands in `form` when an error ends the reading.
    Raises FormRefused; OSError when a file cannot be kept.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            if request.content_type == "multipart/form-data":
                await _read_parts(await request.multipart(), form, check, store, settings)
            else:
                await _read_fields(request, form)
    except TimeoutError as error:
        raise FormRefused("form_too_slow") from error
    except ValueError as error:
        raise FormRefused("form_broken") from error
    if not form.files and form.refused is None:
        check(form.fields, 0)


async def forget_files(form: Form, store: FileStore) -> None:
    """Remove the files of a form that came to nothing."""
    for file in form.files:
        await store.remove(file.ref)
    form.files.clear()


async def _read_fields(request: web.Request, form: Form) -> None:
    body = bytearray()
    async for block in request.content.iter_chunked(64 * 1024):
        body += block
        if len(body) > LARGEST_FIELD:
            raise FormRefused("form_too_large")
    fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    form.fields.update(fields)


async def _read_parts(reader: MultipartReader, form: Form, check: Check, store: Keeps, settings: WebSettings) -> None:
    parts = 0
    while (part := await reader.next()) is not None:
        parts += 1
        if not isinstance(part, BodyPartReader) or parts > MOST_FIELDS:
            raise FormRefused("form_broken")
        if part.filename is None:
            form.fields[part.name or ""] = await _read_field(part)
        elif part.filename and form.refused is None:
            check(form.fields, len(form.files) + 1)
            await _keep_file(part, part.filename, form, store, settings)
        else:
            await part.release()


async def _read_field(part: BodyPartReader) -> str:
    body = bytearray()
    while block := await part.read_chunk(64 * 1024):
        body += block
        if len(body) > LARGEST_FIELD:
            raise FormRefused("form_too_large")
    return body.decode("utf-8", "replace")


async def _keep_file(part: BodyPartReader, name: str, form: Form, store: Keeps, settings: WebSettings) -> None:
    """Keep one file; a refused one is read to its end, so that the browser gets to see the answer."""
    try:
        if len(form.files) >= settings.most_files:
            raise FormRefused("too_many_files", most=settings.most_files)
        kept = await store.keep(_blocks(part), largest=settings.largest_file)
    except DomainError as error:
        form.refused = (name, error)
        await part.release()
        return
    media = "photo" if kept.is_picture else "document"
    form.files.append(FileRef(kept.ref, media, name, kept.size, kept.mime))


async def _blocks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while block := await part.read_chunk(256 * 1024):
        yield block
