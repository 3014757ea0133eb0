"""The visits of the sample year and their ratings: proved ones by a dossier's token, open ones from a poster."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import cycle
from random import Random

from sqlalchemy import Connection

from langnghe.demo import dossiers
from langnghe.demo.crowd import Crowd
from langnghe.demo.opinions import full_answers, quick_answers
from langnghe.demo.places import Map, Place
from langnghe.demo.samples import months
from langnghe.demo.stage import Plot, Stage
from langnghe.demo.worktime import any_moment, office_moment
from offices.worktime import LOCAL
from storage import visit_tokens
from storage.ratings import Ratings
from surveys.desk import RatingDesk
from surveys.items import AnswerValue
from surveys.registry import packaged
from surveys.visits import Visit

QUICK, FULL = "quick", "sipas"
FULL_RATINGS, QUICK_RATINGS = 500, 6000
EARLIER_FULL, EARLIER_QUICK = 130, 600
"""Numbers of the full world: of its year, and of the quarter a year earlier."""
PROVED = 0.55
"""Share of ratings by a dossier's token."""
SILENT = 1.3
"""For each token that is used so many are given out and never used."""
LEFT = 0.06
"""Share of ratings that are left in the middle."""
DAYS_OFF = 0.06
"""Visits on a day off, relative to a working day: posters are scanned on Sundays too."""
TOKEN_LIFE = timedelta(days=30)
GIVEN_UP_AFTER = timedelta(hours=24)
SECONDS_PER_ANSWER = 7


@dataclass
class Ticking:
    """The clock of somebody who answers: some seconds pass with every look at it."""

    now: datetime

    def __call__(self) -> datetime:
        """Give the moment and let time pass."""
        self.now += timedelta(seconds=SECONDS_PER_ANSWER)
        return self.now


@dataclass(frozen=True)
class Visits:
    """All visits of the world, as plots."""

    stage: Stage
    crowd: Crowd
    map: Map
    chance: Random
    population: int

    def plots(self) -> Iterator[tuple[datetime, Plot]]:
        """Give the plot of each visit with the moment at which it begins."""
        wish = self.stage.wish
        for questionnaire, earlier, number in (
            (QUICK, EARLIER_QUICK, QUICK_RATINGS),
            (FULL, EARLIER_FULL, FULL_RATINGS),
        ):
            # In turn: nobody fills in the same twice on a day, nor a long one twice in a year.
            people = cycle(self.chance.sample(range(self.population), self.population))
            yield from self._ratings(wish.quarter_from, wish.year_from, questionnaire, earlier, people)
            yield from self._ratings(wish.year_from, wish.today, questionnaire, number, people)

    def _ratings(
        self, start: date, end: date, questionnaire: str, full: int, people: Iterator[int]
    ) -> Iterator[tuple[datetime, Plot]]:
        """Spread ratings over the days; `full` is their number in the full world."""
        if start >= end:
            return
        days = [start + timedelta(days=step) for step in range((end - start).days)]
        weights = [self._busy(day) for day in days]
        for day in sorted(self.chance.choices(days, weights, k=self.stage.wish.number(full))):
            yield from self._visit(day, questionnaire, next(people))

    def _busy(self, day: date) -> float:
        season = months()[day.month - 1]
        return season if self.stage.reference.calendar.is_working(day) else season * DAYS_OFF

    def _visit(self, day: date, questionnaire: str, person: int) -> Iterator[tuple[datetime, Plot]]:
        place = self.map.choose(self.chance)
        is_working = self.stage.reference.calendar.is_working(day)
        if is_working and self.chance.random() < PROVED:
            opens = datetime.combine(day, datetime.min.time(), LOCAL)
            at = office_moment(self.chance, self.stage.reference.calendar, opens)
            yield at, self._proved(place, questionnaire, person)
            for _ in range(int(SILENT + self.chance.random())):
                yield at, self._silent(self.map.choose(self.chance))
        else:
            yield any_moment(self.chance, day), self._open(place, questionnaire, person)

    def _open(self, place: Place, questionnaire: str, person: int) -> Plot:
        """Rate after scanning the poster."""
        visit = Visit(place.unit, place.field, place.service)
        yield self._keep_dossier(self._dossier(place))
        yield from self.rating(place, questionnaire, person, visit, None)

    def _silent(self, place: Place) -> Plot:
        """Get a token and never use it."""
        yield self._give_token(self._dossier(place))

    def _proved(self, place: Place, questionnaire: str, person: int) -> Plot:
        """Get a token with the result of a dossier, rate some hours or days later."""
        visit = self._dossier(place)
        token: str = yield self._give_token(visit)
        yield self.stage.now + timedelta(hours=self.chance.expovariate(1 / 14) + 0.05)
        yield from self.rating(place, questionnaire, person, visit, token)

    def _dossier(self, place: Place) -> Visit:
        return Visit(place.unit, place.field, place.service, dossier=f"MAU-{self.chance.getrandbits(40):010X}")

    async def _give_token(self, visit: Visit) -> str:
        key, now, bits = self.stage.token_key, self.stage.now, self.chance.getrandbits

        def job(connection: Connection) -> str:
            dossiers.enter(connection, self.stage, visit, self.chance)
            return visit_tokens.issue(connection, visit, key, now, now + TOKEN_LIFE, bits)

        return await self.stage.database.write(job)

    async def _keep_dossier(self, visit: Visit) -> None:
        await self.stage.database.write(lambda connection: dossiers.enter(connection, self.stage, visit, self.chance))

    def rating(self, place: Place, questionnaire: str, person: int, visit: Visit, token: str | None) -> Plot:
        """Fill the questionnaire in; some leave in the middle, and are counted as such a day later."""
        share = place.satisfied_share(self._progress())
        answers = (
            quick_answers(self.chance, share)
            if questionnaire == QUICK
            else full_answers(self.chance, questionnaire, share)
        )
        is_left = self.chance.random() < LEFT
        given = list(answers.items())
        given = given[: self.chance.randrange(len(given))] if is_left else given
        number: int = yield self._fill_in(questionnaire, person, visit, token, given, is_left=is_left)
        if is_left:
            yield self.stage.now + GIVEN_UP_AFTER
            yield self._give_up(number)

    async def _fill_in(
        self,
        questionnaire: str,
        person: int,
        visit: Visit,
        token: str | None,
        given: list[tuple[str, AnswerValue | None]],
        *,
        is_left: bool,
    ) -> int:
        def job(connection: Connection) -> int:
            chat = self.crowd.chat(connection, person)
            proved = self._redeemed(connection, token, chat.person_id) if token else visit
            desk = RatingDesk(Ratings(connection), Ticking(self.stage.now), packaged())
            number = desk.begin(chat.person_id, proved, questionnaire, chat.channel)
            for item, value in given:
                desk.answer(number, item, value)
            if not is_left:
                desk.finish(number)
            return number

        return await self.stage.database.write(job)

    def _redeemed(self, connection: Connection, token: str, person_id: int) -> Visit:
        return visit_tokens.redeem(connection, self.stage.token_key, token, person_id, self.stage.now)

    async def _give_up(self, number: int) -> None:
        await self.stage.database.write(
            lambda connection: RatingDesk(Ratings(connection), self.stage.clock, packaged()).abandon(number)
        )

    def _progress(self) -> float:
        wish = self.stage.wish
        return (self.stage.today - wish.year_from) / (wish.today - wish.year_from)
