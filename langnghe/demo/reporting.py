"""What the sample authority does with its figures: asks people drawn by lot, helps at the counter, closes periods."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from random import Random
from typing import TypeVar

from sqlalchemy import Connection, func, select

from langnghe.demo import dossiers
from langnghe.demo.office import Account
from langnghe.demo.places import Place
from langnghe.demo.stage import Plot, Stage
from langnghe.demo.visits import QUICK, Visits
from langnghe.demo.worktime import office_moment
from offices.counters import COUNTERS
from offices.datafiles import Label
from offices.quiet_hours import load_quiet_hours
from offices.staff import Role, Staff
from offices.worktime import LOCAL
from storage import draws, invitations, results_consent, slips
from storage.closed_periods import closing
from storage.closed_periods.closing import Closing
from storage.draws import Ordered, Terms
from storage.invitations import Slip
from storage.petition_figures import timeliness
from storage.results.notes import write_note
from storage.tables.ratings import rating, visit_token
from surveys.periods import Period, Report
from surveys.sampling import SEED_BYTES, Quota
from surveys.targets import plan
from surveys.visits import Service, Visit

T = TypeVar("T")
PLAN = "YT24"
"""The plan with reports of every month; the others report by quarters or name no periods."""
QUOTA = Quota(rate=Fraction(1, 10), minimum=3)
DRAWN_FROM, DRAWN_TO = timedelta(days=110), timedelta(days=21)
"""The draw is about the dossiers of the days between, counted back from the end of the simulated time."""
ANSWERS = 0.4
"""Share of the codes on paper that are used."""
ASSISTED = 60
"""Ratings of the full world that an official fills in for somebody."""
FIRST_ASKED = 400_000
"""Numbers of the chats of those who answer here, apart from those of the crowd."""
CLOSED_WITHIN = timedelta(days=100)
"""Reports that ended within so many days of the end of the simulated time are closed."""
CLOSED_AFTER = timedelta(days=3)
CONSENTING = 6
"""Every so many-th person who rated wants to be told what came of it."""
NOTE = "Bố trí thêm một bàn hướng dẫn vào buổi sáng thứ hai (lời mẫu)."


@dataclass(frozen=True)
class Reporting:
    """The plots of one sample authority."""

    stage: Stage
    visits: Visits
    accounts: Sequence[Account]
    chance: Random

    def plots(self) -> Iterator[tuple[datetime, Plot]]:
        """Give each plot with the moment at which it begins."""
        wish = self.stage.wish
        since, until = max(wish.year_from, wish.today - DRAWN_FROM), wish.today - DRAWN_TO
        yield self._at(since - timedelta(days=1)), self._draw(Period(since, until, Label("Rút thăm", "Draw")))
        for report in self._reports():
            yield self._at(report.period.end + CLOSED_AFTER), self._close(report)
        length = (wish.today - wish.year_from).days
        for number in range(wish.number(ASSISTED)):
            day = wish.year_from + timedelta(days=self.chance.randrange(length))
            opens = datetime.combine(day, time(), LOCAL)
            yield office_moment(self.chance, self.stage.reference.calendar, opens), self._assist(number)

    def _at(self, day: date) -> datetime:
        return datetime.combine(day, time(10), LOCAL)

    def _reports(self) -> list[Report]:
        wish = self.stage.wish
        since, until = max(wish.year_from, wish.today - CLOSED_WITHIN), wish.today - CLOSED_AFTER - timedelta(days=1)
        years = range(since.year, until.year + 1)
        reports = (report for year in years for report in plan(PLAN).reports(year))
        return [report for report in reports if since <= report.period.end < until]

    def _one(self, role: Role, unit: str | None = None) -> Staff:
        return next(
            account.staff
            for account in self.accounts
            if role in account.staff.roles and unit in (None, account.staff.unit)
        )

    def _draw(self, period: Period) -> Plot:
        """Commit the day before, draw the day after, give codes on paper; some are used in the following days."""
        key, nonce = self.stage.token_key, self.chance.randbytes(SEED_BYTES).hex()
        actor = f"staff:{self._one(Role.COORDINATOR).id}"
        by = Ordered(self.stage.now, actor)
        found = yield self._write(lambda c: draws.commit(c, period, QUOTA, Terms(), key, nonce, by))
        yield self._at(period.end + timedelta(days=1))
        made = Ordered(self.stage.now, actor)
        yield self._write(lambda c: invitations.draw_and_plan(c, found.id, key, load_quiet_hours(), made))
        bits, now = self.chance.getrandbits, self.stage.now
        given = yield self._write(lambda c: list(invitations.slips(c, found.id, key, now, bits)))
        others = yield self._write(_with_two_codes)
        for at, number, slip in answering(self.chance, given, others, now):
            self.stage.enter(at, self._answer(number, invitations.visit_of(slip.dossier), slip.token))

    def _answer(self, number: int, visit: Visit, token: str) -> Plot:
        place = next((each for each in self.visits.map.places if each.unit == visit.unit), self.visits.map.places[0])
        yield from self.visits.rating(place, QUICK, FIRST_ASKED + number, visit, token)

    def _assist(self, number: int) -> Plot:
        """Give a code for a rating that an official fills in, as somebody asks him to, and fill it in."""
        place = self._counter()
        giver = self._one(Role.OFFICER, place.unit)
        visit = Visit(place.unit, place.field, Service.TTHC, f"MAU-H-{number:05}")
        wanted = slips.Wanted([f"MAU-H-{number:05}"], assisted=True)

        def give(connection: Connection) -> str:
            dossiers.enter(connection, self.stage, visit, self.chance)
            giving = slips.Giving(
                giver, self.stage.reference, self.stage.token_key, self.stage.now, self.chance.getrandbits
            )
            return slips.give_out(connection, giving, wanted)[0].token

        token: str = yield self._write(give)
        yield self.stage.now + timedelta(minutes=5)
        yield from self.visits.rating(place, QUICK, FIRST_ASKED + 10_000 + number, visit, token)

    def _counter(self) -> Place:
        directory = self.stage.reference.directory
        counters = [each for each in self.visits.map.places if directory.unit(each.unit).kind in COUNTERS]
        return self.chance.choice(counters)

    def _close(self, report: Report) -> Plot:
        """Close a period; the schedule tells its results three days later to those who want to be told."""
        closer = self._one(Role.COORDINATOR)
        wish = Closing(plan(PLAN), report, self.stage.now, f"staff:{closer.id}")

        def close(connection: Connection) -> None:
            for person in self._consenting(connection, report.period):
                results_consent.give(connection, person, self.stage.now)
            closed = closing.freeze(connection, wish, closing.measured(connection, wish, timeliness))
            leader = self._one(Role.LEADER, self._counter().unit)
            write_note(connection, closed, leader.unit, NOTE, staff=leader.id, now=self.stage.now)

        yield self._write(close)

    def _consenting(self, connection: Connection, period: Period) -> list[int]:
        rated = rating.c.day.between(period.start, period.end)
        people = connection.scalars(select(rating.c.person_id).distinct().where(rated).order_by(rating.c.person_id))
        return [person for person in people if person is not None and person % CONSENTING == 0]

    async def _write(self, job: Callable[[Connection], T]) -> T:
        return await self.stage.database.write(job)


def answering(
    chance: Random, given: Sequence[Slip], others: Collection[str], now: datetime
) -> Iterator[tuple[datetime, int, Slip]]:
    """Choose who answers by a slip given out now, and when; who finds it too late does not.

    others  dossiers whose people have a code since they got their results, and answer with that one, if at all
    """
    for number, slip in enumerate(given):
        if slip.dossier.code not in others and chance.random() < ANSWERS:
            at = now + timedelta(hours=chance.expovariate(1 / 90) + 1)
            if at < slip.expires_at:
                yield at, number, slip


def _with_two_codes(connection: Connection) -> set[str]:
    codes = select(visit_token.c.dossier).group_by(visit_token.c.dossier).having(func.count() > 1)
    return set(connection.scalars(codes))
