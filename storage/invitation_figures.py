"""What became of a draw, by stratum: how many were listed, drawn, given an invitation, and answered."""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, select

from offices.dossiers import StratumKey
from storage.tables.delivery import outbox
from storage.tables.invitations import draw_stratum, invitation
from storage.tables.ratings import answer, rating
from surveys.nonresponse import ResponseBounds, response_bounds
from surveys.scoring import MINIMUM_N

SATISFIED = 4
"""Scores from this on count as satisfied."""
OVERALL = "overall"
"""The item that the bounds are about; ratings by questionnaires without it count as silent there."""


@dataclass(frozen=True)
class Response:
    """A stratum of a draw, or several together.

    listed     dossiers on the list
    drawn      of these
    waiting    invitations that go out at the next time that is not quiet
    sent       letters into chats, delivered or on their way; `reached`: of these that the channel took
    printed    codes for the counter or a letter
    nobody     drawn, but nobody is known in a chat and no code was printed yet
    left_out   by reason: staff, erased, refused, recent, rated
    answered   of the sent and printed: rated since, not by an official's hand
    scored     of these with a score for the whole; satisfied: of these with 4 or 5
    """

    listed: int = 0
    drawn: int = 0
    waiting: int = 0
    sent: int = 0
    reached: int = 0
    printed: int = 0
    nobody: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    scored: int = 0
    satisfied: int = 0

    def __add__(self, other: "Response") -> "Response":
        return Response(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})

    @property
    def invited(self) -> int:
        """Those who could answer."""
        return self.sent + self.printed

    @property
    def rate(self) -> Fraction | None:
        """The response rate; None where nobody was invited."""
        return Fraction(self.answered, self.invited) if self.invited else None

    @property
    def bounds(self) -> ResponseBounds | None:
        """What those who were silent could change; None below MINIMUM_N scored answers, for it tells what they were."""
        return response_bounds(self.invited, self.scored, self.satisfied) if self.scored >= MINIMUM_N else None


def by_stratum(connection: Connection, number: int) -> dict[StratumKey, Response]:
    """Tell what became of a draw in each of its strata, in order."""
    key = ("unit", "field", "level")
    columns = (*(draw_stratum.c[name] for name in key), draw_stratum.c.listed, draw_stratum.c.drawn)
    strata = connection.execute(select(*columns).where(draw_stratum.c.draw_id == number).order_by(*columns[:3]))
    found = {StratumKey(*row[:3]): Response(listed=row.listed, drawn=row.drawn) for row in strata}
    scores = _scores(connection, number)
    for row in connection.execute(_with_letter(number)):
        found[StratumKey(row.unit, row.field, row.level)] += _one(row, scores)
    return found


def _with_letter(number: int) -> Any:
    """Select the invitations of a draw with the state of the letter in the outbox."""
    names = ("unit", "field", "level", "dossier", "state", "reason")
    letter = outbox.c.unique_key == "invitation:" + invitation.c.id.cast(outbox.c.unique_key.type) + ":ask"
    columns = (*(invitation.c[name] for name in names), outbox.c.state.label("letter"))
    return select(*columns).outerjoin(outbox, letter).where(invitation.c.draw_id == number)


def _one(row: Any, scores: dict[str, int | None]) -> Response:
    match row.state:
        case "left_out":
            return Response(left_out=Counter([row.reason]))
        case "waiting":
            return Response(waiting=1)
        case "unknown":
            return Response(nobody=1)
    score = scores.get(row.dossier)
    is_sent = row.state == "sent"
    return Response(
        sent=int(is_sent),
        reached=int(row.letter == "sent"),
        printed=int(not is_sent),
        answered=int(row.dossier in scores),
        scored=int(score is not None),
        satisfied=int(score is not None and score >= SATISFIED),
    )


def _scores(connection: Connection, number: int) -> dict[str, int | None]:
    """Return the score for the whole of each rated dossier of a draw; None where it has none."""
    score = (answer.c.rating_id == rating.c.id) & (answer.c.item == OVERALL)
    query = (
        select(rating.c.dossier, answer.c.score)
        .join(invitation, invitation.c.dossier == rating.c.dossier)
        .outerjoin(answer, score)
        .where(invitation.c.draw_id == number, rating.c.state == "finished", rating.c.verified)
        .order_by(rating.c.id)
    )
    found: dict[str, int | None] = {}
    for code, value in connection.execute(query):
        found[code] = value if found.get(code) is None else found[code]
    return found
