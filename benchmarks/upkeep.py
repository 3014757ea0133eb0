"""What keeping the counts costs: whole ratings with and without them, by turns, each step a durable commit alone."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from statistics import quantiles

from sqlalchemy import Connection, insert

from storage.database import Database
from storage.ratings import Ratings
from storage.schema import upgrade
from storage.tables.people import person
from surveys.desk import Rating, RatingDesk
from surveys.registry import packaged
from surveys.tallies import Cell, Headline
from surveys.visits import Service, Visit

NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)
VISIT = Visit("tinh-mau.xa-mau-007", "linh-vuc-01", Service.TTHC)


class Uncounted(Ratings):
    """Keeps ratings and answers only."""

    def count(self, rating: Rating, changes: Mapping[Cell, int], made: Headline) -> None:
        """Keep no counts."""


async def upkeep(address: str, ratings: int) -> dict[str, float]:
    """Give `ratings` quick ratings each way; milliseconds of one: its begin, two answers and end are four commits."""
    await upgrade(address)
    database = await Database.open(address)
    seconds: dict[type[Ratings], list[float]] = {Ratings: [], Uncounted: []}
    try:
        for number in range(ratings + 5):
            # By turns, and the other way round the next time: what disturbs the machine disturbs both.
            for kind in (Ratings, Uncounted) if number % 2 else (Uncounted, Ratings):
                spent = await _rate(database, kind)
                if number >= 5:  # the first ones prepare the statements
                    seconds[kind].append(spent)
    finally:
        await database.close()
    # The lower quartile: of the others the neighbours of this process took most of the time.
    kept, bare = (1000 * quantiles(seconds[kind], n=4)[0] for kind in (Ratings, Uncounted))
    return {"with_ms": kept, "without_ms": bare, "ratio": kept / bare}


async def _rate(database: Database, kind: type[Ratings]) -> float:
    began = time.perf_counter()
    number = await database.write(partial(_begin, kind))
    await database.write(lambda connection: _desk(kind, connection).answer(number, "overall", 5))
    await database.write(lambda connection: _desk(kind, connection).answer(number, "comment", None))
    await database.write(lambda connection: _desk(kind, connection).finish(number))
    return time.perf_counter() - began


def _begin(kind: type[Ratings], connection: Connection) -> int:
    who = connection.execute(insert(person).values(created_at=NOW).returning(person.c.id)).scalar_one()
    return _desk(kind, connection).begin(who, VISIT, "quick", "web")


def _desk(kind: type[Ratings], connection: Connection) -> RatingDesk:
    return RatingDesk(kind(connection), lambda: NOW, packaged())
