"""What happens in chat in the sample year: officials link theirs, some citizens rate there question by question."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from langnghe.demo.crowd import caller
from langnghe.demo.office import Account
from langnghe.demo.opinions import quick_answers
from langnghe.demo.places import Map, Place
from langnghe.demo.samples import comments
from langnghe.demo.stage import Plot, Stage
from langnghe.demo.talk import SKIPPED, STOP, Talk
from langnghe.demo.worktime import any_moment
from offices.links import unit_parameter
from offices.staff import Role
from storage import staff_chats

TALKS = 120
LEFT = 0.15
NAMED = 0.4
"""How often the field is named at a counter; the others skip the question."""
FIRST_TALKER, FIRST_OFFICIAL = 200_000, 300_000
"""Numbers of the chats, apart from those of the crowd."""
LINKED_FIELD = "infrastructure"
"""The unit that answers for this field works in chat."""


def linked(accounts: list[Account], unit: str) -> list[Account]:
    """Choose who works in chat: a coordinator, and leader and first officer of a unit."""
    firsts: dict[Role, Account] = {}
    for account in accounts:
        role = next(iter(account.staff.roles))
        if role is Role.COORDINATOR or (account.staff.unit == unit and role in (Role.LEADER, Role.OFFICER)):
            firsts.setdefault(role, account)
    return list(firsts.values())


async def link_chat(stage: Stage, account: Account) -> Talk:
    """Link a chat with an account, as the official does: the code from the page, sent in the chat."""
    talk = Talk(stage, caller(FIRST_OFFICIAL + account.staff.id))
    code = await stage.database.write(
        lambda connection: staff_chats.make_link_code(connection, account.staff.id, stage.now)
    )
    await talk.command(f"lienket {code}", {"case": "=later"})
    return talk


@dataclass(frozen=True)
class Chatter:
    """The ratings given in chat, as plots."""

    stage: Stage
    map: Map
    chance: Random

    def plots(self) -> Iterator[tuple[datetime, Plot]]:
        """Give each talk with the moment at which it begins; the last ones are still open at the end."""
        wish = self.stage.wish
        length = (wish.today - wish.year_from).days
        for number in range(wish.number(TALKS)):
            day = wish.year_from + timedelta(days=self.chance.randrange(length))
            yield self._begins(day, number, is_left=self.chance.random() < LEFT)
        yield self._begins(wish.today - timedelta(days=1), wish.number(TALKS), is_left=True)

    def _begins(self, day: date, number: int, *, is_left: bool) -> tuple[datetime, Plot]:
        return any_moment(self.chance, day), self._talk(number, is_left=is_left)

    def _talk(self, number: int, *, is_left: bool) -> Plot:
        """Scan the poster at a unit and rate; who leaves in the middle is reminded once by the service."""
        wish, place = self.stage.wish, self.map.choose(self.chance)
        passed = (self.stage.today - wish.year_from) / (wish.today - wish.year_from)
        answers = self._answers(place, place.satisfied_share(passed))
        if is_left:
            answers["item.comment"] = STOP
        yield Talk(self.stage, caller(FIRST_TALKER + number)).start(unit_parameter(place.unit), answers)

    def _answers(self, place: Place, share: float) -> dict[str, str]:
        quick = quick_answers(self.chance, share)
        told = quick["comment"] or (self.chance.choice(comments()["satisfied"]) if quick["overall"] == 5 else None)  # noqa: PLR2004 - full marks
        return {
            "field": self.stage.reference.fields.field(place.field).name.vi
            if self.chance.random() < NAMED
            else SKIPPED,
            "field.which": f"={place.field}",
            "item.overall": f"={quick['overall']}",
            "item.reason": f"={quick.get('reason')}",
            "item.comment": str(told) if told else SKIPPED,
            "offer": "=no",
        }
