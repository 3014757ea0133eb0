"""Files of petitions: those in our store go with the petition; those still at the channel are fetched later."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Text, cast, func, select, union

from offices.errors import DomainError
from petitions.lifecycle import Event
from petitions.model import File
from petitions.notices import Notice, step_buttons
from storage import kept_files, schedule
from storage.chats import Chat
from storage.files import find_refs, mime_of
from storage.petitions import Petitions
from storage.tables.conversations import conversation, dead_letter
from storage.tables.delivery import due
from storage.tables.petitions import answer_file, attachment
from storage.web_messages import DIRECT_CHANNELS

FETCH = "fetch_file"
"""Kind of the due work that brings a file from its channel into our store."""
_LOST_BECAUSE = {
    "file_type": "file_lost_kind",
    "file_too_large": "file_lost_large",
    "file_not_cleanable": "file_lost_author",
    "file_damaged": "file_lost_damaged",
    "file_empty": "file_lost_damaged",
    "picture_too_large": "file_lost_damaged",
}
"""What the sender is told of a file that is not taken; of others that it could not be had."""


class Sent(Protocol):
    """A file as the conversation knows it."""

    @property
    def ref(self) -> str:
        """The name in our store, or the channel's own handle."""

    @property
    def size(self) -> int:
        """Bytes as the channel says."""


def split(chat: Chat, files: Sequence[Sent]) -> tuple[tuple[File, ...], list[Sent]]:
    """Return the files that are in our store already, and those that must still be fetched from the channel."""
    if chat.channel not in DIRECT_CHANNELS:
        return (), list(files)
    kept = tuple(File(each.ref, mime_of(each.ref) or "application/octet-stream", each.size) for each in files)
    return kept, []


def fetch_later(connection: Connection, chat: Chat, code: str, files: Iterable[Sent], now: datetime) -> None:
    """Have files brought from the channel and attached to a petition; each once."""
    for number, each in enumerate(files, start=1):
        schedule.plan(
            connection,
            unique_key=f"{_key(code)}{now.timestamp():.0f}:{number}",
            due_at=now,
            kind=FETCH,
            payload={"code": code, "channel": chat.channel, "account": chat.account, "ref": each.ref},
        )


def attach_fetched(connection: Connection, code: str, file: File, now: datetime) -> None:
    """Attach a file that has been fetched to its petition."""
    petitions = Petitions(connection)
    petition = petitions.locked(code)
    if petition is not None:
        petitions.attach(petition, (file,), now)


def tell_lost(connection: Connection, work: schedule.DueWork, why: DomainError | None, now: datetime) -> None:
    """Tell the reporter once that a file of his will not come, and why: `why` is the refusal, None if it cannot be had.

    The petition goes on without it; as long as it is open the notice offers to add something.
    """
    petitions = Petitions(connection)
    petition = petitions.locked(work.payload["code"])
    if petition is None:
        return
    params = {"code": petition.code, **(why.params if why else {})}
    notice = Notice(
        key=_LOST_BECAUSE.get(why.key, "file_lost") if why else "file_lost",
        params=params,
        unique_key=f"lost:{work.unique_key}",
        buttons=step_buttons(petition.code, [Event.ADD]) if petition.status.is_open else (),
    )
    petitions.notify(petition, notice, now)


def lost(connection: Connection, code: str) -> int:
    """Count the files that were sent for a petition and could not be had."""
    begins = due.c.unique_key.startswith(_key(code), autoescape=True)
    query = select(func.count()).where(due.c.kind == FETCH, due.c.state == "failed", begins)
    return connection.execute(query).scalar_one()


def in_use(connection: Connection, refs: Collection[str]) -> set[str]:
    """Return those of some kept files that a petition, its answer, a conversation or an unhandled event refers to.

    Conversations are read before petitions: what is sent between the two reads is seen by the second one.
    """
    unfinished = select(cast(conversation.c.journal, Text), cast(conversation.c.args, Text)).where(
        conversation.c.status.in_(("open", "paused"))
    )
    unhandled = select(cast(dead_letter.c.raw, Text)).where(dead_letter.c.state.in_(("new", "retry")))
    texts = [text for query in (unfinished, unhandled) for row in connection.execute(query) for text in row]
    named = {ref for text in texts for ref in find_refs(text)}
    attached = union(*(select(each.c.ref).where(each.c.ref.in_(refs)) for each in (attachment, answer_file)))
    return (named | set(connection.scalars(attached)) | kept_files.in_use(connection, refs)) & set(refs)


def _key(code: str) -> str:
    return f"file:{code}:"
