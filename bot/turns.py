"""Turns of sending: which process sends for an account now, and until when a letter that it took may begin."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.leasing import Held
from storage.claims import Account, Letter


@dataclass(eq=False, slots=True)
class Turn:
    """One time of sending for an account.

    held   the account's lease; None where nobody else can send
    began  by the clock of the loop
    over   set when no more letters may begin
    """

    held: Held | None = None
    began: float = 0.0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_on(self) -> bool:
        """Whether a letter may begin now."""
        return not self.over.is_set() and (self.held is None or self.held.is_ours)


@dataclass(frozen=True, slots=True)
class Claim:
    """Letters taken together.

    token   names the lease that each of them is under in the outbox
    latest  by the steady clock: what has not begun by then is not sent under this lease
    ends    and then the lease itself is over; of uploads at `file_ends`
    turns   in which they were taken, by account; `own` for all others
    """

    token: str
    letters: Sequence[Letter]
    latest: float
    ends: float
    file_ends: float
    turns: Mapping[Account, Turn]
    own: Turn

    def end_of(self, letter: Letter) -> float:
        """Return when the lease of a letter is over."""
        return self.file_ends if letter.has_upload else self.ends

    def turn_of(self, letter: Letter) -> Turn:
        """Return the turn in which a letter is to be sent."""
        return self.turns.get((letter.channel, letter.account), self.own)
