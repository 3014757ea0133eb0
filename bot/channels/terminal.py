"""The terminal: the same engine as everywhere, typed line by line. For trying it out and for tests."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from itertools import count
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection

from bot.channels.web.chat import Accepts
from bot.channels.web.view import Choice, Reader, ShownFile
from bot.messages import Clock, FileRef, Incoming, IncomingKind, Place
from storage import chats, web_messages
from storage.database import Database
from storage.files import READ_AT_ONCE, FileRefused, FileStore, StorageFull
from storage.web_messages import Line
from wording.catalogue import DEFAULT_LANGUAGE, Catalogue

CHANNEL = "terminal"
ACCOUNT = "local"
ENDS = frozenset({"/thoat", "/quit", "/exit"})
FILE_SIGN = "@"
"""Before a path: send that file."""
LARGEST_FILE = 20_000_000

_PLACE = re.compile(r"@\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)")
"""A position as it is typed: `@` with degrees of latitude and longitude."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of the bot: its text, and the choices under it by the number that is typed for each.

    file  came with it; its text is what stands under that
    """

    text: str
    choices: Mapping[str, Choice]
    copy_code: str | None = None
    file: ShownFile | None = None
    language: str = DEFAULT_LANGUAGE

    def __str__(self) -> str:
        """Write it as the terminal shows it."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.file:
            yield _catalogue().text("terminal.file", self.language, {"name": self.file.name, "size": self.file.size})
        if self.text:
            yield self.text
        yield from (f"  [{number}] {_label(choice)}" for number, choice in self.choices.items())


@dataclass
class Terminal:
    """One person at a terminal: `say` a line, then see what is `shown`.

    chat   names the chat; the same name goes on with the same conversation
    files  where `@path` puts a file; without it a path is just text
    """

    intake: Accepts
    database: Database
    clock: Clock
    chat: str = "me"
    language: str = DEFAULT_LANGUAGE
    files: FileStore | None = None
    _choices: Mapping[str, Choice] = field(default_factory=dict)
    _last: int = 0
    _run: str = field(default_factory=lambda: secrets.token_hex(4))
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def start(self, parameter: str = "") -> None:
        """Begin as a deep link with this parameter does."""
        await self.intake.accept(replace(self._event(), kind=IncomingKind.START, data=parameter))

    async def say(self, line: str) -> None:
        """Type a line: the number of a choice, `@` and a position or a file's path, or a text.

        Raises FileRefused or StorageFull for a file that is not taken, OSError for one that cannot be read.
        """
        typed = line.strip()
        choice = self._choices.get(typed)
        if choice is not None:
            event = replace(self._event(), kind=IncomingKind.PRESS, data=choice.data, message_ref=None)
        elif place := _place(typed):
            event = replace(self._event(), kind=IncomingKind.LOCATION, place=place)
        elif typed.startswith(FILE_SIGN) and self.files is not None:
            file = await self._file(Path(typed.removeprefix(FILE_SIGN).strip()), self.files)
            event = replace(self._event(), kind=IncomingKind.FILE, file=file)
        else:
            event = replace(self._event(), text=typed)
        await self.intake.accept(event)

    async def shown(self) -> list[Heard]:
        """Return what the bot said since the last look; the newest choices can be typed now."""
        lines, language = await self._new_lines()
        if lines:
            self._last = lines[-1].id
        reader = Reader(_catalogue(), language, self.clock(), at_kiosk=False)
        heard = [
            Heard(line.text, numbered((*line.choices, *line.controls)), line.copy_code, line.file, language)
            for line in reader.shown(lines)
            if not line.own
        ]
        self._choices = next((each.choices for each in reversed(heard) if each.choices), self._choices)
        return heard

    async def _new_lines(self) -> tuple[Sequence[Line], str]:
        def read(connection: Connection) -> tuple[Sequence[Line], str]:
            found = chats.find(connection, CHANNEL, ACCOUNT, self.chat)
            if found is None:
                return (), self.language
            return web_messages.lines(connection, found.id, after=self._last), found.language

        return await self.database.read(read)

    def _event(self) -> Incoming:
        key = f"{self._run}.{next(self._numbers)}"
        return Incoming(
            CHANNEL, ACCOUNT, self.chat, self.chat, key, self.clock(), IncomingKind.TEXT,
            language=self.language, message_ref=key,
        )  # fmt: skip

    async def _file(self, path: Path, store: FileStore) -> FileRef:
        kept = await store.keep(_blocks(path), largest=LARGEST_FILE)
        media = "photo" if kept.is_picture else "document"
        return FileRef(kept.ref, media, path.name, kept.size, kept.mime)


def _label(choice: Choice) -> str:
    """Write a choice without its number, which stands before it already; a face is a part of it."""
    return choice.label if choice.mark.isdecimal() else f"{choice.mark} {choice.label}".strip()


def numbered(choices: Sequence[Choice]) -> dict[str, Choice]:
    """Give each choice the number that is typed for it: the one its label begins with, else its place in the list.

    A place whose number is taken by a label goes on counting behind the largest.
    """
    marks = [choice.mark for choice in choices if choice.mark.isdecimal()]
    free = count(max((int(mark) for mark in marks), default=0) + 1)
    return {choice.mark if choice.mark.isdecimal() else str(next(free)): choice for choice in choices}


async def converse(
    terminal: Terminal, lines: AsyncIterable[str], out: Callable[[str], None], *, start: str = ""
) -> None:
    """Hold a conversation until the lines end or one of them is /thoat (/quit)."""
    words = _catalogue()
    out(words.text("terminal.hint", terminal.language))
    await terminal.start(start)
    await _show(terminal, out)
    async for line in lines:
        if line.strip() in ENDS:
            break
        try:
            await terminal.say(line)
        except (FileRefused, StorageFull) as refused:
            out(words.text(f"errors.{refused.key}", terminal.language, refused.params))
        except OSError:
            out(words.text("terminal.no_file", terminal.language))
        await _show(terminal, out)


async def typed_lines(stream: TextIO) -> AsyncIterator[str]:
    """Give the lines of a stream as they are typed, without holding up the event loop."""
    while line := await asyncio.to_thread(stream.readline):
        yield line


async def _show(terminal: Terminal, out: Callable[[str], None]) -> None:
    for heard in await terminal.shown():
        out(f"\n{heard}")


def _place(typed: str) -> Place | None:
    """Read a position; None for anything else, such as a latitude beyond the pole."""
    found = _PLACE.fullmatch(typed)
    if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:  # noqa: PLR2004  # degrees
        return None
    return Place(float(found[1]), float(found[2]))


async def _blocks(path: Path) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while block := await asyncio.to_thread(file.read, READ_AT_ONCE):
            yield block
    finally:
        file.close()


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(resources.files("bot.channels") / "texts")
