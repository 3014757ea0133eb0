"""What figures cost at 100 thousand, 1 and 10 million answers, and what keeping their counts costs a rating.

    uv run python benchmarks/figures.py                          # half an hour, 2 GB of room in the temporary folder
    uv run python benchmarks/figures.py --answers 100000 --json  # --database sqlite or postgresql for one of them

Each figure is read as the pages read it, and by a plain GROUP BY over the raw rows in the same run, the databases of
all sizes by turns. Before that the counts are made by the product's own recount. Exit code 1 when a promise is
broken: the card of a unit and the ranking of 300 units at the most answers take at most 1.5 times what they take at
the fewest and a hundredth of the GROUP BY; keeping the counts adds at most a quarter to a rating.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, TextClause, create_engine, text

from benchmarks.crowd import ITEMS, QUESTIONNAIRE, YEAR, fill, unit_code
from benchmarks.upkeep import upkeep
from storage import recount, schema
from storage.figures import By, Scope, figures, figures_by, headlines_by_unit
from surveys.periods import month_period, year_period
from surveys.scoring import SATISFIED
from surveys.tallies import Counts
from tests import postgres

SIZES = (100_000, 1_000_000, 10_000_000)
UNIT = unit_code(7)
MOST_GROWTH, LEAST_GAIN, MOST_UPKEEP = 1.5, 100, 1.25
_ROUNDS = 15
_LONG = 2.0
"""Seconds after which once is enough."""

Timing = dict[str, float]
Work = Callable[[], Any]

_RAW = f"""
    FROM rating JOIN answer ON answer.rating_id = rating.id
    WHERE questionnaire = '{QUESTIONNAIRE}' AND day BETWEEN '{YEAR}-01-01' AND '{YEAR}-12-31'
"""
_CARD = (
    f"SELECT item, score, choice, verified, assisted, count(*) {_RAW} AND {{unit}} = '{UNIT}' GROUP BY 1, 2, 3, 4, 5"
)
PLAIN = {
    "card": _CARD.format(unit="unit || ''"),  # so that no index finds the unit: a scan
    "card by index": _CARD.format(unit="unit"),
    "ranking": f"""
        SELECT unit, verified, assisted, count(DISTINCT rating.id), count(score), sum(CASE WHEN score >= 4 THEN 1 END)
        {_RAW} AND score IS NOT NULL GROUP BY 1, 2, 3
    """,
    "cube": f"""
        SELECT unit, field, {{month}}, substr(item, 1, 1), verified, assisted, count(score),
               sum(CASE WHEN score >= 4 THEN 1 END)
        {_RAW} AND score IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6
    """,
}
_MONTHS = {"sqlite": "substr(day, 1, 7)", "postgresql": "extract(month FROM day)"}


def card(connection: Connection) -> Any:
    """Read every score of one unit over the year."""
    return figures(connection, QUESTIONNAIRE, Scope(year_period(YEAR), frozenset({UNIT})))


def ranking(connection: Connection) -> Any:
    """Read what the ranking of all units over the year is made of."""
    return headlines_by_unit(connection, QUESTIONNAIRE, Scope(year_period(YEAR)))


def cube(connection: Connection) -> int:
    """Add up each factor of each unit, field and month of the year, a month at a time; return how many there are."""
    cells = 0
    for month in range(1, 13):
        found = figures_by(connection, QUESTIONNAIRE, Scope(month_period(YEAR, month)), By.UNIT, By.FIELD)
        cells += sum(len(_factors(each.counts)) for each in found.values())
    return cells


def _factors(counts: Counts) -> dict[str, list[int]]:
    """Return the answers and the satisfied ones of each factor."""
    factor_of = {item.code: item.factor for item in counts.questionnaire.scored}
    factors: dict[str, list[int]] = {}
    for (item, value), number in counts.cells.items():
        factor = factor_of.get(item)
        if factor is not None:
            sums = factors.setdefault(factor, [0, 0])
            sums[0] += number
            sums[1] += number if int(value) in SATISFIED else 0
    return factors


OURS: dict[str, Callable[[Connection], Any]] = {"card": card, "ranking": ranking, "cube": cube}


def prepare(address: str, answers: int) -> dict[str, Any]:
    """Fill an empty database and count; return how many answers it holds, the rows of counts and the seconds."""
    with schema.exclusive(address) as connection:
        schema.bring(connection)
        given = fill(connection, answers)
    counting = _seconds(lambda: _count(address))
    with _reading(address) as connection:
        grains = connection.execute(text("SELECT grain, count(*) FROM tally GROUP BY 1"))
        rows = {str(grain): int(number) for grain, number in grains}
        _same(connection)
    return {"answers": given, "rows": rows, "recount_seconds": counting}


def read_by_turns(addresses: Sequence[str]) -> list[dict[str, Timing]]:
    """Time each figure in each database, both ways; seconds.

    The databases take turns, so that what disturbs the machine disturbs the few answers and the many.
    """
    with ExitStack() as stack:
        opened = [stack.enter_context(_reading(address)) for address in addresses]
        work: list[list[Work]] = [[], []]
        for connection in opened:
            month = _MONTHS[connection.dialect.name]
            work[0] += [partial(read, connection) for read in OURS.values()]
            work[1] += [partial(_all, connection, text(query.format(month=month))) for query in PLAIN.values()]
        ours, plain = (iter(_timed(each)) for each in work)
        return [
            {"ours": {name: next(ours) for name in OURS}, "plain": {name: next(plain) for name in PLAIN}}
            for _ in opened
        ]


def _all(connection: Connection, query: TextClause) -> Sequence[Any]:
    return connection.execute(query).all()


def _count(address: str) -> None:
    with schema.exclusive(address) as connection:
        for piece in recount.pieces(connection):
            recount.rebuild(connection, piece)


def _same(connection: Connection) -> None:
    """Raise RuntimeError unless both ways say the same of every unit."""
    theirs: dict[str, tuple[int, int]] = {}
    for unit, _, _, _, n, good in connection.execute(text(PLAIN["ranking"])):
        before = theirs.get(unit, (0, 0))
        theirs[unit] = before[0] + n, before[1] + int(good or 0)
    ours = {unit: (found.total.answers, found.total.satisfied) for unit, found in ranking(connection).items()}
    counted = card(connection).counts
    if ours != theirs or sum(counted.tally(item).n for item in ITEMS) != ours.get(UNIT, (0, 0))[0]:
        raise RuntimeError("the counts and the GROUP BY differ")


def _timed(works: Sequence[Work]) -> list[float]:
    """Return the quickest of some runs of each work, of which others took least away; of one run when it is long.

    A short work is run once more right before each timing: it must not matter what the one before it left in the
    caches, which cost the card that came after a whole cube half as much again.
    """
    best = [_seconds(work) for work in works]
    for _ in range(_ROUNDS - 1):
        for number, work in enumerate(works):
            if best[number] <= _LONG:
                work()
                best[number] = min(best[number], _seconds(work))
    return best


def _seconds(work: Work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def _reading(address: str) -> Iterator[Connection]:
    name = "sqlite" if address.startswith("sqlite") else "postgresql+psycopg"
    engine = create_engine(address.replace(address.split(":", 1)[0], name, 1))
    with engine.connect() as connection:
        if name != "sqlite":
            connection.exec_driver_sql("ANALYZE")
            connection.commit()  # it locks what all databases of the server share
        yield connection
    engine.dispose()


def broken(sizes: list[dict[str, Any]]) -> list[str]:
    """Tell the promises that the measured sizes of one database break; with one size there is no growth."""
    fewest, most = sizes[0], sizes[-1]
    told = []
    for name in ("card", "ranking"):
        growth = most["ours"][name] / fewest["ours"][name]
        gain = most["plain"][name] / most["ours"][name]
        told += [f"{name}: {growth:.2f} times as long at the most answers"] if growth > MOST_GROWTH else []
        told += [f"{name}: {gain:.0f} times as fast as the GROUP BY"] if gain < LEAST_GAIN else []
    return told


@contextmanager
def _addresses(databases: list[str]) -> Iterator[dict[str, Callable[[str], str]]]:
    """Offer for each kind how to name an empty database; all are removed behind."""
    with tempfile.TemporaryDirectory(prefix="langnghe-figures-") as folder:
        made: dict[str, Callable[[str], str]] = {}
        cluster = None
        if "sqlite" in databases:
            made["sqlite"] = lambda name: f"sqlite:///{Path(folder) / name}.db"
        if "postgresql" in databases:
            binaries = postgres.find_binaries()
            if binaries is None:
                raise SystemExit("no PostgreSQL programs here")
            cluster = postgres.Cluster.make(binaries)
            cluster.start(max_wal_size="256MB", shared_buffers="256MB")
            server = postgres.Server(cluster.url, cluster.stop)
            made["postgresql"] = server.make_database
        try:
            yield made
        finally:
            if cluster is not None:
                cluster.stop()
                cluster.remove()


def run(databases: list[str], sizes: list[int], ratings: int) -> dict[str, dict[str, Any]]:
    """Measure every size in every database, and the upkeep with `ratings` ratings each way."""
    found: dict[str, dict[str, Any]] = {}
    with _addresses(databases) as addresses:
        for database, address in addresses.items():
            places = [address(f"f{size}") for size in sizes]
            filled = [prepare(place, size) for place, size in zip(places, sizes, strict=True)]
            read = read_by_turns(places)
            measured = [{**one, **other} for one, other in zip(filled, read, strict=True)]
            kept = asyncio.run(upkeep(address("upkeep"), ratings))
            found[database] = {"sizes": measured, "upkeep": kept, "broken": broken(measured)}
            if kept["ratio"] > MOST_UPKEEP:
                found[database]["broken"].append(f"upkeep: {kept['ratio']:.2f}")
    return found


def _show(found: dict[str, dict[str, Any]]) -> None:
    for database, each in found.items():
        print(f"{database:>11} {'answers':>11} {'figure':>13} {'ours ms':>9} {'GROUP BY ms':>12} {'times':>7}")
        for size in each["sizes"]:
            for name in PLAIN:
                ours, plain = size["ours"][name.split()[0]] * 1000, size["plain"][name] * 1000
                print(f"{'':>11} {size['answers']:>11,} {name:>13} {ours:>9.2f} {plain:>12.1f} {plain / ours:>7.0f}")
            print(f"{'':>11} rows {size['rows']}, recount {size['recount_seconds']:.1f} s")
        told = each["upkeep"]
        print(
            f"{'':>11} a rating {told['with_ms']:.2f} ms, without counts {told['without_ms']:.2f}: {told['ratio']:.2f}"
        )
        for line in each["broken"]:
            print(f"{'':>11} BROKEN {line}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--database", choices=["sqlite", "postgresql"], nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--ratings", type=int, default=200, help="for the upkeep")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = run(given.database, sorted(given.answers), given.ratings)
    if given.json:
        print(json.dumps(found, indent=1))
    else:
        _show(found)
    sys.exit(1 if any(each["broken"] for each in found.values()) else 0)


if __name__ == "__main__":
    main()
