"""The desks at which bot and admin get things done, over one open transaction."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from offices.errors import DomainError
from offices.staff import Staff
from offices.worktime import LOCAL
from petitions.desk import PetitionDesk
from petitions.rights import Citizen
from storage.chats import Chat
from storage.petitions import Petitions
from storage.ratings import Ratings
from storage.reference import Reference
from storage.staff_chats import of_chat
from surveys.desk import RatingDesk

RandomBits = Callable[[int], int]
"""Gives an integer of so many random bits, such as `secrets.randbits`."""


def petition_desk(
    connection: Connection, reference: Reference, now: datetime, random_bits: RandomBits = secrets.randbits
) -> PetitionDesk:
    """Return the desk for petitions, working in this transaction at this moment; codes come from `random_bits`."""
    return PetitionDesk(Petitions(connection), reference.rules, lambda: now, random_bits)


def rating_desk(connection: Connection, reference: Reference, now: datetime) -> RatingDesk:
    """Return the desk for ratings, working in this transaction at this moment."""
    return RatingDesk(Ratings(connection), lambda: now, reference.questionnaires)


@dataclass(frozen=True, slots=True)
class Desks:
    """What a conversation can have done: its transaction, its moment, the chat it is held in, the rules in force."""

    connection: Connection
    now: datetime
    chat: Chat
    reference: Reference
    random_bits: RandomBits = secrets.randbits

    @property
    def today(self) -> date:
        """The day in Vietnam."""
        return self.now.astimezone(LOCAL).date()

    @property
    def petitions(self) -> PetitionDesk:
        """The desk for petitions."""
        return petition_desk(self.connection, self.reference, self.now, self.random_bits)

    @property
    def ratings(self) -> RatingDesk:
        """The desk for ratings."""
        return rating_desk(self.connection, self.reference, self.now)

    @property
    def citizen(self) -> Citizen:
        """The person behind the chat, under a number."""
        return Citizen(self.chat.person_id)

    def official(self) -> Staff:
        """Return the official who linked this chat, with the rights of this moment.

        Raises DomainError `official_only` when nobody did, or the account is closed.
        """
        found = of_chat(self.connection, self.chat.id)
        if found is None:
            raise DomainError("official_only")
        return found
