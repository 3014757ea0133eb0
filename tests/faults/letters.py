"""Letters that are to leave by a channel, and what of them arrived."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection, select

from langnghe.clock import utc_now
from storage import outbox
from storage.database import Database
from storage.outbox import Urgency
from storage.tables.delivery import outbox as letters

MUST = (Urgency.REPLY, Urgency.NOTICE)
ONCE = (Urgency.REMINDER, Urgency.BROADCAST)
"""What must not come twice; the others must come."""


class Reader(Protocol):
    """Whoever gets letters."""

    def hears(self) -> list[str]:
        """Return the words that arrived, in order."""


Fake = TypeVar("Fake")
Phone = TypeVar("Phone", bound=Reader)


@dataclass
class Letters(ABC, Generic[Fake, Phone]):
    """Letters, each to a chat of its own, known by their words; counted where they arrive.

    first_id  of the people to whom they go
    """

    fake: Fake
    first_id: int = 2**41
    written: dict[str, tuple[Phone, Urgency]] = field(default_factory=dict)

    @abstractmethod
    def reader(self, number: int) -> Phone:
        """Return the phone of somebody."""

    @abstractmethod
    def chat_of(self, connection: Connection, reader: Phone) -> int:
        """Let somebody's chat be known; return its number in the store."""

    @abstractmethod
    def mark(self, reader: Phone) -> bytes:
        """Return what calls that send to somebody have in them, and no others."""

    async def writes(
        self, database: Database, number: int, kinds: Iterable[Urgency] = Urgency, to: Phone | None = None
    ) -> None:
        """Queue so many letters of each kind, all of them to one phone if there is one."""
        first = self.first_id + len(self.written)
        made = [(urgency, f"{urgency.name} {first} {each}") for each in range(number) for urgency in kinds]
        phones = [to or self.reader(first + place) for place in range(len(made))]
        self.written |= {text: (phone, urgency) for phone, (urgency, text) in zip(phones, made, strict=True)}
        await database.write(lambda connection: self._put(connection, [text for _, text in made]))

    def _put(self, connection: Connection, texts: Iterable[str]) -> None:
        now = utc_now()
        for text in texts:
            phone, urgency = self.written[text]
            chat_id = self.chat_of(connection, phone)
            outbox.put_words(
                connection, chat_id=chat_id, body={"text": text}, unique_key=text, now=now, urgency=urgency
            )

    def arrived(self, *kinds: Urgency) -> dict[str, int]:
        """Say of each letter of some kinds how often it arrived."""
        return {text: phone.hears().count(text) for text, (phone, urgency) in self.written.items() if urgency in kinds}

    async def states(self, database: Database) -> dict[str, str]:
        """Say of each letter how it ended."""
        query = select(letters.c.unique_key, letters.c.state).where(letters.c.unique_key.in_(self.written))
        return {row[0]: row[1] for row in await database.read(lambda connection: connection.execute(query).all())}

    async def counted(self, database: Database) -> tuple[Counter[str], int]:
        """Count letters that were lost or doubled, and those that are shown as unknown."""
        states = await self.states(database)
        must, once = self.arrived(*MUST), self.arrived(*ONCE)
        assert {states[text] for text in must} <= {"sent"}
        assert {states[text] for text in once} <= {"sent", "unknown"}
        found = _worst(once, states)
        found["lost"] += sum(not number for number in must.values())
        return found, Counter(states.values())["unknown"]


def _worst(arrived: dict[str, int], states: dict[str, str]) -> Counter[str]:
    """Count what must not be: letters that came twice, and letters called sent that never came."""
    return Counter(
        doubled=sum(number - 1 for number in arrived.values() if number > 1),
        lost=sum(not number for text, number in arrived.items() if states[text] == "sent"),
    )
