"""What somebody should look at: officials who rate their own unit, and one praise that several people send."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Connection

from langnghe.demo.crowd import caller
from langnghe.demo.opinions import BEST
from langnghe.demo.stage import Plot, Stage
from langnghe.demo.talk import SKIPPED, Talk
from langnghe.demo.worktime import any_moment
from offices.links import unit_parameter
from storage import kept_checks
from surveys.periods import days_period

OWN_DAYS = 2
"""Days on which each official who works in chat rates the own unit."""
PRAISED_BY = 5
FIRST_PRAISING = 500_000
"""Numbers of the chats of those who praise alike, apart from those of the crowd."""
PRAISE = "Cán bộ làm việc nhanh, nhiệt tình, hướng dẫn chu đáo, tôi rất hài lòng (lời mẫu)."
LATELY = timedelta(days=40)
"""All of it happens within so many days before the end of the simulated time."""


@dataclass(frozen=True)
class Doubts:
    """The plots of one sample authority.

    officials  the chats of those who work in chat, by the unit that they belong to
    praised    the unit that is praised
    """

    stage: Stage
    officials: Mapping[str, Talk]
    praised: str
    chance: Random

    def plots(self) -> Iterator[tuple[datetime, Plot]]:
        """Give each rating with the moment at which it begins."""
        for unit, talk in self.officials.items():
            for day in self.chance.sample(range(LATELY.days), OWN_DAYS):
                yield self._on(day), _rates(talk, unit, SKIPPED)
        for number in range(PRAISED_BY):
            talk = Talk(self.stage, caller(FIRST_PRAISING + number))
            yield self._on(self.chance.randrange(LATELY.days)), _rates(talk, self.praised, PRAISE)

    def _on(self, day: int) -> datetime:
        return any_moment(self.chance, self.stage.wish.today - LATELY + timedelta(days=day))


def _rates(talk: Talk, unit: str, comment: str) -> Plot:
    answers = {"item.overall": f"={BEST}", "item.comment": comment, "offer": "=no"}
    yield talk.start(unit_parameter(unit), answers)


def look_through(connection: Connection, stage: Stage) -> None:
    """Look through the year as the service does each night, so that the pages tell what is found from the start."""
    period = days_period(stage.wish.year_from, stage.today)
    kept_checks.want(connection, period, now=stage.now, actor="system")
    wanted = kept_checks.waiting_for(connection, period)
    if wanted is not None:
        found = kept_checks.look(connection, wanted.since, wanted.until)
        kept_checks.keep(connection, wanted, found, now=stage.now)
