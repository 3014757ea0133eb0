"""The usual way to the database: mapped classes and a session for each update, over the same tables as ours."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped

from benchmarks.walks.walk import BOT_ID, UNIT
from storage import tables
from storage.tables import conversations, delivery, people, ratings, results

EXPIRES = timedelta(days=7)


class Base(DeclarativeBase):
    """Classes over the tables that ours has."""

    metadata = tables.metadata


class Event(Base):
    """An update that was taken."""

    __table__ = conversations.event


class Person(Base):
    """A person."""

    __table__ = people.person
    if TYPE_CHECKING:
        id: Mapped[int]


class Identity(Base):
    """Who a person is."""

    __table__ = people.identity


class Chat(Base):
    """A chat."""

    __table__ = people.chat
    if TYPE_CHECKING:
        id: Mapped[int]
        person_id: Mapped[int]
        channel: Mapped[str]
        account: Mapped[str]
        external_chat: Mapped[str]


class Conversation(Base):
    """Where a conversation stands."""

    __table__ = conversations.conversation
    if TYPE_CHECKING:
        id: Mapped[int]
        chat_id: Mapped[int]
        journal: Mapped[list[Any]]
        asked: Mapped[str | None]
        step: Mapped[int]
        status: Mapped[str]
        updated_at: Mapped[datetime]


class Rating(Base):
    """A rating."""

    __table__ = ratings.rating
    if TYPE_CHECKING:
        id: Mapped[int]
        person_id: Mapped[int]
        field: Mapped[str | None]
        day: Mapped[date]
        state: Mapped[str]
        closed_at: Mapped[datetime | None]


class Answer(Base):
    """One answer."""

    __table__ = ratings.answer


class Tally(Base):
    """A count."""

    __table__ = ratings.tally
    if TYPE_CHECKING:
        respondents: Mapped[int]
        answers: Mapped[int]
        satisfied: Mapped[int]
        cells: Mapped[dict[str, int]]


class Consent(Base):
    """Whether a person wants to be told results."""

    __table__ = results.results_consent


class Message(Base):
    """A message to be sent."""

    __table__ = delivery.outbox


async def welcome(session: AsyncSession, external_chat: int, name: str, username: str | None, now: datetime) -> Chat:
    """Find the chat or add it with its person."""
    known = await session.scalar(select(Chat).where(Chat.external_chat == str(external_chat)))
    if known is not None:
        return known
    person = Person(created_at=now)
    session.add(person)
    await session.flush()
    chat = Chat(
        channel="telegram", account=BOT_ID, external_chat=str(external_chat), external_person=str(external_chat),
        person_id=person.id, language="vi", state="active", created_at=now, last_seen_at=now,
    )  # fmt: skip
    session.add_all([chat, Identity(person_id=person.id, name=name, username=username, updated_at=now)])
    await session.flush()
    return chat


async def open_conversation(session: AsyncSession, chat: Chat) -> Conversation:
    """Find the conversation that is going on."""
    query = select(Conversation).where(Conversation.chat_id == chat.id, Conversation.status == "open")
    return (await session.scalars(query)).one()


async def open_rating(session: AsyncSession, chat: Chat) -> Rating:
    """Find the rating that is being given."""
    query = select(Rating).where(Rating.person_id == chat.person_id, Rating.state == "open")
    return (await session.scalars(query)).one()


def new_rating(chat: Chat, field: str, now: datetime) -> Rating:
    """Make a rating of the sample unit."""
    day = now.date()
    return Rating(
        person_id=chat.person_id, unit=UNIT, field=field, service="tthc", verified=False, assisted=False,
        questionnaire="quick", version=1, subject=f"unit:{UNIT}", round=day.isoformat(), day=day, channel="telegram",
        state="open", started_at=now,
    )  # fmt: skip


async def count(session: AsyncSession, rating: Rating, satisfied: int, changes: Mapping[str, int]) -> None:
    """Keep the counts of the year, of the month, and those of the field."""
    month, field = rating.day.replace(day=1), rating.field or ""
    scopes = (
        ("year", month.replace(month=1), ""), ("month", month, ""), ("month-field", month, field),
        ("day-field", rating.day, field),
    )  # fmt: skip
    for grain, since, of_field in scopes:
        key = {
            "questionnaire": "quick", "grain": grain, "since": since, "field": of_field, "unit": UNIT,
            "service": "tthc", "level": "", "access": "open", "version": 1,
        }  # fmt: skip
        found = await session.get(Tally, key)
        if found is None:
            found = Tally(**key, respondents=0, answers=0, satisfied=0, cells={})
            session.add(found)
        found.respondents += satisfied
        found.answers += satisfied
        found.satisfied += satisfied
        found.cells = {**found.cells, **{name: found.cells.get(name, 0) + by for name, by in changes.items()}}


def message(chat: Chat, key: str, body: dict[str, Any], now: datetime, stale: timedelta | None = None) -> Message:
    """Make a message to be sent."""
    return Message(
        chat_id=chat.id, channel=chat.channel, account=chat.account, body=body, urgency=0, unique_key=key,
        created_at=now, not_before=now, state="queued", attempts=0, expires_at=now + EXPIRES,
        stale_at=stale and now + stale,
    )  # fmt: skip
