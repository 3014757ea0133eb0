"""What was sent with a form: texts by name, read once, with a limit, cleaned."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from offices.errors import DomainError
from offices.words import clean
from petitions.model import File
from storage.files import FileRefused, FileStore, StorageFull, StoredFile
from storage.posted import FormRefused, read_post
from surveys.periods import FIRST_DAY, LAST_DAY

MOST_DIGITS = 15
FORM_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data"}
UPLOAD_PATIENCE = 900.0
"""Seconds in which a form with files must have arrived: five of 10 MB over half a megabit per second."""


@dataclass(frozen=True)
class Form:
    """The fields of a form; a missing one is empty.

    files    what came with it, kept in our store already
    refused  why files were not kept, each with its name, or why the form could not be read further, without one
    chosen   files of our store that the view found to be meant
    """

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Sequence[StoredFile] = ()
    refused: Sequence[tuple[str, DomainError]] = ()
    chosen: Sequence[File] = ()

    def text(self, name: str) -> str:
        """Give a field, cleaned."""
        return clean(self.raw(name))

    def raw(self, name: str) -> str:
        """Give a field as it came: passwords and tokens."""
        return (self.fields.get(name) or [""])[0]

    def texts(self, name: str) -> list[str]:
        """Give all values of a field that may come several times, such as checkboxes."""
        return [clean(value) for value in self.fields.get(name, ())]

    def number(self, name: str) -> int | None:
        """Give a whole number; None when it is none."""
        return read_number(self.raw(name))

    def day(self, name: str) -> date | None:
        """Give a date as browsers send it, "2026-11-21"; None when it is none."""
        return read_day(self.raw(name))


def read_number(text: str) -> int | None:
    """Read a whole number such as a key of the store; None when it is none, or larger than any key."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if is_number else None


def read_day(text: str) -> date | None:
    """Read an ISO date; None when it is none, or one that nobody can mean."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


async def read_form(request: web.Request) -> Form:
    """Read the form of a request; files in it are ignored. HTTPBadRequest when it cannot be read."""
    if request.content_type not in FORM_TYPES:
        raise web.HTTPBadRequest
    try:
        sent = await request.post()
    except (ValueError, LookupError, HttpProcessingError) as error:
        raise web.HTTPBadRequest from error
    fields: dict[str, list[str]] = {}
    for name, value in sent.items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    return Form(fields)


async def read_texts(request: web.Request) -> Form:
    """Read what can be read of the fields that somebody posts who is not signed in; no file of his is kept."""
    texts = _Texts()
    with suppress(FormRefused):
        await read_post(request, texts)
    return Form(texts.fields)


@dataclass(kw_only=True)
class _Texts:
    """Takes the fields of a form and no file."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    refused: list[tuple[str, DomainError]] = field(default_factory=list)

    def take_field(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)

    async def take_file(self, _name: str, _content: AsyncIterator[bytes]) -> None:
        raise FormRefused("form_broken")

    def refuse_file(self, name: str, why: DomainError) -> bool:
        self.refused.append((name, why))
        return isinstance(why, FileRefused)


@dataclass
class _Filling(_Texts):
    """Takes the fields of a form, and into the store those files that come after a good token."""

    is_own: Callable[[Form], bool]
    store: FileStore
    most: int
    largest: int
    files: list[StoredFile] = field(default_factory=list)

    async def take_file(self, _name: str, content: AsyncIterator[bytes]) -> None:
        if not self.is_own(Form(self.fields)):
            raise FormRefused("form_broken")
        if len(self.files) >= self.most:
            raise FormRefused("too_many_files", most=self.most)
        try:
            self.files.append(await self.store.keep(content, largest=self.largest, is_official=True))
        except ConnectionError:
            raise
        except OSError as error:
            raise StorageFull from error


async def read_form_with_files(
    request: web.Request, is_own: Callable[[Form], bool], store: FileStore, *, most: int, largest: int
) -> Form:
    """Read a form and keep its files, at most `most` of `largest` bytes, once its token is known to be good.

    A file that is not taken keeps no other one out, and what was read of a form that is broken or comes too slowly is
    not lost either: `refused` tells of both.
    """
    filling = _Filling(is_own, store, most, largest)
    try:
        await read_post(request, filling, UPLOAD_PATIENCE)
    except FormRefused as error:
        filling.refuse_file("", error)
    return Form(filling.fields, tuple(filling.files), tuple(filling.refused))
