"""Somebody answers a chat by hand, in the channel's own tool: the bot is silent there, and nothing written is lost.

The silence ends by itself some time after the last answer by hand, or when the person turns to the bot: presses a
button, types a word of the menu or a code. What he wrote since the last answer by hand is kept meanwhile, and a sign on
each such message says that it has arrived; if nobody answers that either, the bot takes it up when the silence is over
and nothing is half done. A denunciation is never kept, but answered at once. Nor is a telephone number: it is taken
where it was asked for, else left to whoever answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.conversations import Conversations
from bot.denunciations import is_denunciation
from bot.handlers.menu import LONG_ENOUGH_TO_SEND
from bot.handlers.phone_news import PHONE_NEWS
from bot.messages import Incoming, IncomingKind
from bot.posting import Reply as Answer
from bot.starts import about_news, code_given, link_given, spoken
from offices import entry_codes
from offices.phones import read_mobile, read_phone
from offices.words import clean, fold
from petitions.codes import is_code
from storage import chats, conversations, outbox, schedule, told_briefly, windows
from storage.desks import Desks
from storage.outbox import Urgency
from storage.reference import ReferenceSource

BY_HAND_FOR = timedelta(hours=2)
OWN_ECHO = timedelta(seconds=10)
"""An echo so soon after a message of ours is taken for its own: nobody could verify that ours come without a name, and
a bot that silences itself is worse than one that speaks once too often."""
RECEIPT_WITHIN = timedelta(minutes=10)
"""Later a sign on a message tells nobody anything."""
LATER = timedelta(hours=1)
"""How long what was kept waits for the end of a conversation that is open."""
ASIDE = "by_hand_aside"
"""Kind of the due work that takes up what was written while somebody answered by hand."""
_INTERACTIONS = frozenset(
    {
        IncomingKind.TEXT,
        IncomingKind.PRESS,
        IncomingKind.COMMAND,
        IncomingKind.START,
        IncomingKind.FILE,
        IncomingKind.LOCATION,
        IncomingKind.UNSUPPORTED,
        IncomingKind.ARRIVED,
    }
)
"""What opens the free window of a channel anew (zalo.md A8)."""
_FOR_THE_BOT = frozenset({IncomingKind.PRESS, IncomingKind.COMMAND, IncomingKind.START})
_SAID = frozenset({IncomingKind.TEXT, IncomingKind.FILE, IncomingKind.LOCATION, IncomingKind.UNSUPPORTED})


def note_interaction(connection: Connection, chat_id: int, incoming: Incoming, now: datetime) -> None:
    """Keep when the person last did something in the chat; what waited for that may go now, or go whole."""
    if incoming.kind in _INTERACTIONS:
        windows.interacted(connection, chat_id, incoming.at)
        told_briefly.hold_anew(connection, chat_id, now)
        outbox.release(connection, chat_id, now)


def answered(desks: Desks, incoming: Incoming, length: timedelta) -> None:
    """Leave the chat to whoever has just answered by hand, for `length` after that; an echo of our own is none."""
    reference, since = incoming.message_ref or "", incoming.at - OWN_ECHO
    if length and not outbox.has_sent(desks.connection, desks.chat.id, reference, since):
        windows.answered_by_hand(desks.connection, desks.chat.id, incoming.at + length)


def is_for_somebody_else(desks: Desks, incoming: Incoming) -> bool:
    """Say whether an event is no business of the bot's now; keep its words, and end the silence where it is over."""
    window = windows.find(desks.connection, desks.chat.id)
    if window.human_until is None or not window.is_answered_by_hand(desks.now):
        return False
    text = clean(incoming.text[: windows.LONGEST_ASIDE])
    if _is_for_the_bot(desks, incoming.kind, text):
        windows.take_over(desks.connection, desks.chat.id)
        return False
    if incoming.kind not in _SAID:
        # A form that the bot has not asked for is answered by whoever sent it by hand.
        unasked = incoming.kind is IncomingKind.CONTACT and not (incoming.own_phone or _asks_number(desks))
        return unasked or incoming.kind is IncomingKind.ARRIVED
    if is_denunciation(text):
        return False
    if text:
        _receive(desks, incoming)
        if read_phone(text) is None:
            windows.set_aside(desks.connection, desks.chat.id, text)
            _plan(desks.connection, desks.chat.id, window.human_until)
    return True


def _is_for_the_bot(desks: Desks, kind: IncomingKind, text: str) -> bool:
    if kind is IncomingKind.TEXT:
        return _turns_to_the_bot(text) or (read_mobile(text) is not None and _asks_number(desks))
    return kind in _FOR_THE_BOT


def _asks_number(desks: Desks) -> bool:
    current = conversations.open_in(desks.connection, desks.chat.id)
    return current is not None and current.script == PHONE_NEWS


def _turns_to_the_bot(text: str) -> bool:
    if entry_codes.is_meant(text) or (fold(text).startswith("pa") and is_code(text)):
        return True
    return any(each is not None for each in (spoken(text), about_news(text), code_given(text), link_given(text)))


def _receive(desks: Desks, incoming: Incoming) -> None:
    """Let the person see that his message has arrived, without a word between him and whoever answers by hand."""
    if incoming.message_ref:
        key = f"react:{desks.chat.id}:{incoming.message_ref}"
        body, until = {"react": incoming.message_ref}, desks.now + RECEIPT_WITHIN
        row = outbox.row_of(desks.chat.id, body, Urgency.REPLY, key, desks.now, expires=until)
        outbox.put_each(desks.connection, [row])


def _plan(connection: Connection, chat_id: int, at: datetime) -> None:
    key = f"aside:{chat_id}:{at.isoformat()}"
    schedule.plan(connection, unique_key=key, due_at=at, kind=ASIDE, payload={"chat": chat_id})


@dataclass(frozen=True, slots=True)
class AsideTaker:
    """Takes up what nobody answered."""

    talk: Conversations
    reference: ReferenceSource

    def work(self, connection: Connection, now: datetime, payload: Mapping[str, Any]) -> None:
        """Offer the person to send as a petition what he wrote since the last answer by hand; a few words are left."""
        chat = chats.lock(connection, payload["chat"])
        window = windows.find(connection, chat.id)
        if window.human_until is not None and window.is_answered_by_hand(now):
            _plan(connection, chat.id, window.human_until)
            return
        current = conversations.open_in(connection, chat.id)
        if window.aside and current is not None and current.script != "menu":
            _plan(connection, chat.id, now + LATER)  # who is in the middle of something is not asked about another
            return
        text = windows.take_aside(connection, chat.id)
        if len(fold(text)) < LONG_ENOUGH_TO_SEND:
            return
        desks = Desks(connection, now, chat, self.reference.refresh(connection))
        answer = Answer(connection, chat, now, f"aside:{chat.id}:{now.isoformat()}", urgency=Urgency.NOTICE)
        self.talk.start(desks, answer, "menu", {"text": text, "aside": True})
