"""Files of petitions: those in our store go with the petition; those still at the channel are fetched later."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from petitions.model import File
from storage import schedule
from storage.chats import Chat
from storage.files import mime_of
from storage.petitions import Petitions
from storage.web_messages import DIRECT_CHANNELS

FETCH = "fetch_file"
"""Kind of the due work that brings a file from its channel into our store."""


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
            unique_key=f"file:{code}:{now.timestamp():.0f}:{number}",
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
