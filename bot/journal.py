"""The journal of a conversation: what was answered and done, all that is kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.effects import Json


class EntryKind(StrEnum):
    """What a journal entry holds: an answer, something done (for good), or what older code left over."""

    ANSWER = "answer"
    DONE = "done"
    FINAL = "final"
    SPARE = "spare"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal; `message_ref` is the message that gave the answer, so that an edit finds it."""

    key: str
    value: Json
    kind: EntryKind
    message_ref: str | None = None

    def to_json(self) -> list[Json]:
        """Return the entry as it is stored."""
        return [self.key, self.value, str(self.kind), self.message_ref]

    @classmethod
    def from_json(cls, stored: Sequence[Json]) -> "Entry":
        """Return the entry that `to_json` wrote."""
        key, value, kind, message_ref = stored
        return cls(key, value, EntryKind(kind), message_ref)


Journal = tuple[Entry, ...]


def back(journal: Sequence[Entry]) -> Journal | None:
    """Return the journal without its last answer and what was done since; None where there is no way back."""
    stands = [entry for entry in journal if entry.kind is not EntryKind.SPARE]
    while stands:
        last = stands.pop()
        if last.kind is EntryKind.FINAL:
            return None
        if last.kind is EntryKind.ANSWER:
            return tuple(stands)
    return None


def key_of_message(journal: Sequence[Entry], message_ref: str) -> str | None:
    """Return the key of the answer that a message gave and that may still change; None for no such answer."""
    for entry in reversed(journal):
        if entry.kind is EntryKind.FINAL:
            return None
        if entry.message_ref == message_ref and entry.kind is EntryKind.ANSWER:
            return entry.key
    return None
