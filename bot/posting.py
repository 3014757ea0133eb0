"""Replies leave through here: into the outbox, or straight onto our own page and terminal."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.messages import Button, Outgoing, OutgoingFile
from storage import outbox, waiting_questions, web_messages
from storage.chats import Chat
from storage.outbox import Urgency

ALBUM_QUIET = timedelta(seconds=1.5)
"""An album's pictures come one by one; they are acknowledged once it has been quiet so long."""


STALE_AFTER = timedelta(minutes=10)
"""A mere question that could not be sent for so long is asked anew (bot.catching_up): the person has gone on since."""
LATE_AFTER = timedelta(minutes=1)
"""An event that is so old when it is taken waited for us: others of its chat are behind it."""
LATE_QUIET = timedelta(seconds=10)
"""After late events the open question is asked once, when no more of them have come for so long."""


@dataclass(frozen=True, slots=True)
class Question:
    """The open question that a message offers.

    mere  the message says nothing else: it is worth nothing once the conversation has gone on
    """

    conversation: int
    step: int
    mere: bool


@dataclass(slots=True)
class Reply:
    """What answers one event in one chat.

    cause  what is answered (`telegram:bot:123`): replies to a repeated event carry the same key and go once
    album  the album that the event belongs to, if any
    urgency  REMINDER for what nobody asked for: it must not come twice
    late   the event waited for us, so more may be behind it
    chosen   what was pressed, in words, where the channel neither shows it nor takes the old buttons away
    """

    connection: Connection
    chat: Chat
    now: datetime
    cause: str
    album: str | None = None
    urgency: Urgency = Urgency.REPLY
    late: bool = False
    chosen: str = ""
    count: int = 0

    def post(self, outgoing: Outgoing, question: Question | None = None) -> None:
        """Send one message to the chat, in the order of the calls; `question` is what it asks, if anything."""
        self.count += 1
        if self.chosen:
            outgoing, self.chosen = replace(outgoing, text=f"{self.chosen}\n\n{outgoing.text}"), ""
        if self.chat.channel in web_messages.DIRECT_CHANNELS:
            web_messages.add(self.connection, self.chat.id, own=False, body=to_body(outgoing), now=self.now)
            return
        key = f"album:{self.chat.id}:{self.album}" if self.album else f"{self.cause}#{self.count}"
        body, gather, stale_at = to_body(outgoing), ALBUM_QUIET if self.album else timedelta(0), None
        if question is not None:
            self.overtake()
            body["asks"] = [question.conversation, question.step]
            if question.mere and self.urgency is Urgency.REPLY:
                stale_at, gather = self.now + STALE_AFTER, LATE_QUIET if self.late else gather
        outbox.put_words(
            self.connection, chat_id=self.chat.id, body=body, unique_key=key, now=self.now,
            gather=gather, urgency=self.urgency, stale_at=stale_at,
        )  # fmt: skip

    def overtake(self) -> None:
        """Drop the questions that late events before this one asked: the conversation has gone on."""
        if self.late:
            waiting_questions.collapse(self.connection, self.chat.id)

    def clear_buttons(self, message_ref: str) -> None:
        """Take the buttons of an old message away, so that they cannot be pressed again."""
        if self.chat.channel not in web_messages.DIRECT_CHANNELS:
            key = f"clear:{self.chat.id}:{message_ref}"
            outbox.put_words(
                self.connection, chat_id=self.chat.id, body={"clear": message_ref}, unique_key=key, now=self.now
            )


def to_body(outgoing: Outgoing) -> dict[str, Any]:
    """Return a message as JSON, without the parts that it does not have."""
    # Written out: dataclasses.asdict copies every button and text deeply, which took 3 % of an event.
    parts = {
        "text": outgoing.text,
        "buttons": [{"label": button.label, "data": button.data} for button in outgoing.buttons],
        "columns": outgoing.columns,
        "copy_code": outgoing.copy_code,
        "wants": outgoing.wants,
        "page": outgoing.page,
        "file": asdict(outgoing.file) if outgoing.file else None,
    }
    return {name: value for name, value in parts.items() if value}


def from_body(body: Mapping[str, Any]) -> Outgoing:
    """Return the message that `to_body` wrote."""
    buttons = tuple(Button(**button) for button in body.get("buttons", ()))
    return Outgoing(
        body.get("text", ""), buttons, body.get("columns", 1), copy_code=body.get("copy_code"), wants=body.get("wants"),
        page=body.get("page", 0), file=file_of(body),
    )  # fmt: skip


def file_of(body: Mapping[str, Any]) -> OutgoingFile | None:
    """Return the file that goes with a message as the outbox keeps it."""
    return OutgoingFile(**body["file"]) if body.get("file") else None
