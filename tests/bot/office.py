"""An authority whose bot is spoken to by events, without any channel in between."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from bot.conversations import Conversations
from bot.intake import Intake
from bot.messages import Incoming, IncomingKind
from bot.scenes import ScriptSpec
from bot.schedule import Schedule
from bot.scripts import SCRIPTS
from bot.words import Words, load_texts
from langnghe.workers import Workers
from offices.presets import load_preset
from storage import chats, conversations, units, web_messages
from storage.database import Database
from storage.reference import ReferenceHolder
from storage.tables.conversations import conversation, dead_letter
from storage.tables.delivery import outbox
from storage.web_messages import Line
from tests.codes import TOKEN_KEY, VAULT

T = TypeVar("T")
START = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
HEALTH = "u_xa-mau_tram-y-te"
"""The link on the health station's poster: no question before the score."""
_keys = itertools.count(1)


@dataclass
class Office:
    """The bot of a sample commune; `at` is the time, `scripts` what it can talk about."""

    database: Database
    scripts: Mapping[str, ScriptSpec] = field(default_factory=lambda: SCRIPTS)
    at: datetime = START

    def __post_init__(self) -> None:
        self.rebuild()

    def rebuild(self) -> None:
        """Build everything anew over the database, as a restarted process does."""
        self.reference = ReferenceHolder()
        self.talk = Conversations(self.scripts, Words(load_texts(), self.reference.name_of), TOKEN_KEY, VAULT)
        self.intake = Intake(self.database, self.talk, self.reference, self.clock)
        workers = Workers(self.reference, self.talk, TOKEN_KEY).by_kind()
        self.schedule = Schedule(self.database, self.talk, self.reference, workers, self.clock)

    def clock(self) -> datetime:
        return self.at

    def passes(self, **length: float) -> None:
        """Let time pass: minutes=30."""
        self.at += timedelta(**length)

    async def install(self) -> "Office":
        await self.database.write(lambda c: units.install_preset(c, load_preset("commune-2025"), now=self.at))
        await self.database.read(self.reference.refresh)
        return self

    def event(self, kind: IncomingKind = IncomingKind.TEXT, *, who: str = "1", **parts: Any) -> Incoming:
        """Make an event of somebody at a terminal, or of `channel`."""
        key = f"e{next(_keys)}"
        given = {"channel": "terminal", "account": "local", "event_key": key, "message_ref": key, **parts}
        return Incoming(chat=who, person=who, at=self.at, kind=kind, **given)

    async def takes(self, kind: IncomingKind = IncomingKind.TEXT, *, who: str = "1", **parts: Any) -> list[Line]:
        """Take an event and return what it added to the person's lines."""
        before = await self.lines(who)
        await self.intake.accept(self.event(kind, who=who, **parts))
        return (await self.lines(who))[len(before) :]

    async def says(self, text: str, *, who: str = "1") -> str:
        """Take a text; return what the bot says to it."""
        return words(await self.takes(who=who, text=text))

    async def opens(self, link: str, *, who: str = "1") -> str:
        """Take a link; return what the bot says to it."""
        return words(await self.takes(IncomingKind.START, who=who, data=link))

    async def presses(self, label: str, *, who: str = "1") -> str:
        """Press a button of the latest message that has it."""
        return words(await self.takes(IncomingKind.PRESS, who=who, data=await self.data_of(label, who=who)))

    async def data_of(self, label: str, *, who: str = "1") -> str:
        """Return what the latest button with this label sends."""
        for line in reversed(await self.lines(who)):
            for button in line.body.get("buttons", ()):
                if label in button["label"]:
                    return str(button["data"])
        raise AssertionError(f"no button {label!r}")

    async def lines(self, who: str = "1") -> list[Line]:
        """Return the lines of somebody's terminal."""

        def read(connection: Connection) -> list[Line]:
            chat = chats.find(connection, "terminal", "local", who)
            return web_messages.lines(connection, chat.id, latest=10_000) if chat else []

        return await self.database.read(read)

    async def open_conversation(self, who: str = "1") -> conversations.Conversation | None:
        """Return somebody's open conversation."""

        def read(connection: Connection) -> conversations.Conversation | None:
            chat = chats.find(connection, "terminal", "local", who)
            return conversations.open_in(connection, chat.id) if chat else None

        return await self.database.read(read)

    async def statuses(self) -> list[tuple[str, str]]:
        """List the conversations: script and status, oldest first."""
        query = select(conversation.c.script, conversation.c.status).order_by(conversation.c.id)
        return await self.reads(lambda c: [(row.script, row.status) for row in c.execute(query)])

    async def dead_letters(self) -> list[str]:
        """Return why events could not be handled."""
        return await self.reads(lambda c: list(c.scalars(select(dead_letter.c.reason))))

    async def letters(self) -> list[dict[str, Any]]:
        """Return all rows of the outbox."""
        return await self.reads(
            lambda c: [dict(row._mapping) for row in c.execute(select(outbox).order_by(outbox.c.id))]  # noqa: SLF001 - sqlalchemy's name
        )

    async def reads(self, job: Callable[[Connection], T]) -> T:
        return await self.database.read(job)


def words(lines: list[Line]) -> str:
    """Join what the bot said."""
    return "\n---\n".join(line.body["text"] for line in lines if not line.own)
