"""The stack that most people would build: python-telegram-bot's ConversationHandler and an ORM session per update.

The same questions, the same rows in the same tables, as durable (WAL, synchronous=FULL, one transaction for each
update, 200 after its commit). It is given what it needs to be right under load: transactions begin IMMEDIATE, for
one that reads first and writes then is refused as soon as another one wrote in between; and the pool hands out one
connection, because writers that wait for SQLite's own lock sleep longer than those that wait in a queue.
"""

import sys
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import event, make_url, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from telegram import Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, ConversationHandler
from telegram.request import BaseRequest
from telegram.warnings import PTBUserWarning

from benchmarks.walks import words
from benchmarks.walks.serving import serve, utc_now
from benchmarks.walks.usual_rows import (
    Answer,
    Chat,
    Consent,
    Conversation,
    Event,
    count,
    message,
    new_rating,
    open_conversation,
    open_rating,
    welcome,
)
from benchmarks.walks.walk import BOT_ID, PATH, SECRET, TOKEN, UNIT, reply_key
from storage.json_text import compact_json
from storage.tables.offices import field as field_table

FIELD, SCORE, COMMENT, OFFER = range(4)
SHOWN = 10
STALE = timedelta(minutes=10)
"""So long a mere question is worth sending."""

Context = ContextTypes.DEFAULT_TYPE
Step = Callable[[AsyncSession, Chat, str, datetime], Awaitable[dict[str, Any]]]
"""Does what one update asks for and returns the message that answers it; gets the argument or the button's data."""


class NoNetwork(BaseRequest):
    """Answers getMe, which an Application asks at its start, and sends nothing."""

    @property
    def read_timeout(self) -> float | None:
        """There is nothing to wait for."""
        return None

    async def initialize(self) -> None:
        """Open nothing."""

    async def shutdown(self) -> None:
        """Close nothing."""

    async def do_request(self, *_args: Any, **_kwargs: Any) -> tuple[int, bytes]:
        """Tell who the bot is."""
        return (
            200,
            b'{"ok":true,"result":{"id":%s,"is_bot":true,"first_name":"Bot","username":"mau_bot"}}' % BOT_ID.encode(),
        )


@dataclass(frozen=True)
class Rate:
    """The conversation's handlers."""

    sessions: async_sessionmaker[AsyncSession]
    fields: list[tuple[str, str]]

    def handler(self) -> ConversationHandler[Context]:
        """Return the conversation."""
        return ConversationHandler(
            entry_points=[CommandHandler("start", self.start)],
            states={
                FIELD: [CallbackQueryHandler(self.field, pattern=r"^f\.")],
                SCORE: [CallbackQueryHandler(self.score, pattern=r"^s\.[1-5]$")],
                COMMENT: [CallbackQueryHandler(self.skip, pattern=r"^c\.-skip$")],
                OFFER: [CallbackQueryHandler(self.no_thanks, pattern=r"^o\.no$")],
            },
            fallbacks=[],
        )

    async def start(self, update: Update, context: Context) -> int:
        """Begin with the unit of the link."""
        await self._in_session(update, self._start, (context.args or [""])[0], stale=STALE)
        return FIELD

    async def field(self, update: Update, _context: Context) -> int:
        """Take the field, begin the rating."""
        await self._in_session(update, self._field, _data(update), stale=STALE)
        return SCORE

    async def score(self, update: Update, _context: Context) -> int:
        """Take the score."""
        await self._in_session(update, self._score, _data(update), stale=STALE)
        return COMMENT

    async def skip(self, update: Update, _context: Context) -> int:
        """Finish without a comment."""
        await self._in_session(update, self._skip, _data(update))
        return OFFER

    async def no_thanks(self, update: Update, _context: Context) -> int:
        """Say goodbye."""
        await self._in_session(update, self._no_thanks, _data(update))
        return ConversationHandler.END

    async def _in_session(self, update: Update, step: Step, argument: str, stale: timedelta | None = None) -> None:
        """Take an update once; store what follows from it and its answer in one transaction."""
        now, sender, where = utc_now(), update.effective_user, update.effective_chat
        assert sender is not None
        assert where is not None
        async with self.sessions.begin() as session:
            key = {"channel": "telegram", "account": BOT_ID, "event_key": str(update.update_id)}
            if await session.get(Event, key) is not None:
                return
            session.add(Event(**key, taken_at=now))
            chat = await welcome(session, where.id, sender.full_name, sender.username, now)
            if update.callback_query and update.callback_query.message:
                pressed = str(update.callback_query.message.message_id)
                session.add(message(chat, f"clear:{chat.id}:{pressed}", {"clear": pressed}, now))
            body = await step(session, chat, argument, now)
            session.add(message(chat, reply_key(update.update_id), body, now, stale))

    async def _start(self, session: AsyncSession, chat: Chat, _argument: str, now: datetime) -> dict[str, Any]:
        session.add(
            Conversation(
                chat_id=chat.id, script="rating", args={"unit": UNIT}, journal=[], asked="field", step=1,
                status="open", started_at=now, updated_at=now,
            )
        )  # fmt: skip
        return words.which_field(self.fields)

    async def _field(self, session: AsyncSession, chat: Chat, data: str, now: datetime) -> dict[str, Any]:
        rating = new_rating(chat, data.removeprefix("f."), now)
        session.add(rating)
        await session.flush()
        await count(session, rating, 0, {"@rating=open": 1})
        await _move(session, chat, ["field", data, rating.id], "score", now)
        return words.how_satisfied()

    async def _score(self, session: AsyncSession, chat: Chat, data: str, now: datetime) -> dict[str, Any]:
        rating, score = await open_rating(session, chat), data.removeprefix("s.")
        session.add(Answer(rating_id=rating.id, item="overall", score=int(score), answered_at=now))
        await count(session, rating, 1, {"@channel=telegram": 1, f"overall={score}": 1})
        await _move(session, chat, ["overall", score], "comment", now)
        return words.any_comment()

    async def _skip(self, session: AsyncSession, chat: Chat, _data: str, now: datetime) -> dict[str, Any]:
        rating = await open_rating(session, chat)
        session.add(Answer(rating_id=rating.id, item="comment", answered_at=now))
        rating.state, rating.closed_at = "finished", now
        await count(session, rating, 0, {"@rating=open": -1, "@rating=finished": 1})
        await _move(session, chat, ["comment", None], "offer", now)
        return words.offer()

    async def _no_thanks(self, session: AsyncSession, chat: Chat, _data: str, now: datetime) -> dict[str, Any]:
        conversation = await open_conversation(session, chat)
        conversation.status, conversation.journal, conversation.asked = "done", [], None
        conversation.updated_at = now
        session.add(Consent(person_id=chat.person_id, state="asked", version=1, asked_at=now, changed_at=now))
        return words.goodbye()


async def _move(session: AsyncSession, chat: Chat, entry: list[Any], asked: str, now: datetime) -> None:
    conversation = await open_conversation(session, chat)
    conversation.journal = [*conversation.journal, entry]
    conversation.asked, conversation.step, conversation.updated_at = asked, conversation.step + 1, now


def _data(update: Update) -> str:
    assert update.callback_query is not None
    return update.callback_query.data or ""


@asynccontextmanager
async def build(address: str) -> AsyncIterator[web.Application]:
    """Return an application whose webhook awaits the handlers before it says 200."""
    engine = _engine(address)
    async with engine.connect() as connection:
        rows = await connection.execute(select(field_table.c.code, field_table.c.name_vi).limit(SHOWN))
        fields = [(row.code, row.name_vi) for row in rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PTBUserWarning)  # about buttons of old messages, which no walk presses
        conversation = Rate(async_sessionmaker(engine, expire_on_commit=False), fields).handler()
    bot = Application.builder().token(TOKEN).request(NoNetwork()).get_updates_request(NoNetwork())
    application = bot.updater(None).job_queue(None).build()
    application.add_handler(conversation)
    failed: set[int] = set()
    application.add_error_handler(_noting(failed))
    app = web.Application()
    app.router.add_post(PATH, _webhook(application, failed))
    async with application:
        yield app
    await engine.dispose()


def _noting(failed: set[int]) -> Callable[[object, Any], Coroutine[Any, Any, None]]:
    async def note(update: object, context: Any) -> None:
        """Remember what failed: process_update returns as if all were well."""
        assert isinstance(update, Update)
        failed.add(update.update_id)
        print(f"update {update.update_id}: {context.error!r}", file=sys.stderr)

    return note


def _webhook(application: Any, failed: set[int]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        if request.headers.get("X-Telegram-Bot-Api-Secret-Token") != SECRET:
            return web.Response(status=403)
        update = Update.de_json(await request.json(), application.bot)
        await application.process_update(update)
        return web.Response(status=500 if update.update_id in failed else 200)

    return handle


def _engine(address: str) -> AsyncEngine:
    url = make_url(address).set(drivername="sqlite+aiosqlite")
    engine = create_async_engine(
        url, pool_size=1, max_overflow=0, pool_timeout=60, json_serializer=compact_json, connect_args={"timeout": 60}
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


if __name__ == "__main__":
    serve(build)
