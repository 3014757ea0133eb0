"""Trying a questionnaire in the real chat before it is published: nothing is counted, nothing is kept.

What was said so far is said again to the real intake, inside a part of a transaction that is undone in the end. So
engine, scripts, rights and refusals are the real ones, and no row of it is ever committed.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from sqlalchemy import Connection

from bot.intake import Intake
from bot.messages import Incoming, IncomingKind
from bot.options import button_data, read_button
from storage import chats, conversations, web_messages
from storage.reference import WithDraft
from storage.savepoint import savepoint
from storage.web_messages import Line
from surveys.questionnaires import Questionnaire


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said: a START with its parameter, a TEXT, or a PRESS with what the button held."""

    kind: IncomingKind
    words: str


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The chat as it would stand: its lines, and whether a question is open."""

    lines: Sequence[Line]
    is_open: bool


class _Over(Exception):  # noqa: N818 - the end of a rehearsal, not a fault
    """Undoes what was rehearsed, and carries what is to be shown of it."""

    def __init__(self, rehearsed: Rehearsed) -> None:
        super().__init__("rehearsed")
        self.rehearsed = rehearsed


def rehearse(
    connection: Connection, intake: Intake, draft: Questionnaire, said: Sequence[Said], like: Incoming
) -> Rehearsed:
    """Say everything again to a new chat in which `draft` is asked today; `like` tells channel, account and language.

    The job around it changes nothing. Raises what a step of the intake raises.
    """
    trying = replace(intake, reference=WithDraft(intake.reference, draft))
    try:
        with savepoint(connection):
            _end_with(_talk(connection, trying, said, like))
    except _Over as over:
        return over.rehearsed


def _end_with(rehearsed: Rehearsed) -> NoReturn:
    raise _Over(rehearsed)


def _talk(connection: Connection, trying: Intake, said: Sequence[Said], like: Incoming) -> Rehearsed:
    who = f"preview:{secrets.token_hex(16)}"
    for number, each in enumerate(said):
        found = chats.find(connection, like.channel, like.account, who)
        data = (
            _button_now(connection, found.id, each.words) if found and each.kind is IncomingKind.PRESS else each.words
        )
        event = replace(
            like, chat=who, person=who, event_key=f"{who}:{number}", at=trying.clock(), kind=each.kind,
            text=each.words if each.kind is IncomingKind.TEXT else "", data=data, message_ref=None,
        )  # fmt: skip
        trying.handle(connection, event)
    chat = chats.find(connection, like.channel, like.account, who)
    if chat is None:
        return Rehearsed((), is_open=False)
    is_open = conversations.open_in(connection, chat.id) is not None
    return Rehearsed(web_messages.lines(connection, chat.id), is_open)


def _button_now(connection: Connection, chat: int, data: str) -> str:
    """Name a pressed button by the conversation of this time: a database may give each rehearsal another number."""
    current = conversations.open_in(connection, chat)
    _, step, option = read_button(data)
    if current is None or step < 0:
        return data
    return button_data(current.id, step, option)
