"""What a page of the chat posts: its fields, and its files kept one by one as they come."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from bot.channels.web.settings import WebSettings
from bot.messages import FileRef
from offices.errors import DomainError
from storage.files import FileStore, StoredFile
from storage.posted import FormRefused, read_post


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


@dataclass(frozen=True, slots=True)
class _Filling:
    """Fills a form."""

    form: Form
    check: Check
    store: Keeps
    settings: WebSettings

    def take_field(self, name: str, value: str) -> None:
        self.form.fields[name] = value

    async def take_file(self, name: str, content: AsyncIterator[bytes]) -> None:
        files = self.form.files
        self.check(self.form.fields, len(files) + 1)
        if len(files) >= self.settings.most_files:
            raise FormRefused("too_many_files", most=self.settings.most_files)
        kept = await self.store.keep(content, largest=self.settings.largest_file)
        files.append(FileRef(kept.ref, "photo" if kept.is_picture else "document", name, kept.size, kept.mime))

    def refuse_file(self, name: str, why: DomainError) -> bool:
        self.form.refused = (name, why)
        return False


async def read_form(request: web.Request, form: Form, check: Check, store: Keeps, settings: WebSettings) -> None:
    """Fill `form` with what the request posts.

    `check` is called before anything is kept. What was read so far stands in `form` when an error ends the reading.
    Raises FormRefused; OSError when a file cannot be kept.
    """
    await read_post(request, _Filling(form, check, store, settings))
    if not form.files and form.refused is None:
        check(form.fields, 0)


async def forget_files(form: Form, store: FileStore) -> None:
    """Remove the files of a form that came to nothing."""
    for file in form.files:
        await store.remove(file.ref)
    form.files.clear()
