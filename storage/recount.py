"""Proving the tallies: count all raw ratings again, compare, and replace the tallies if they differ."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from storage import questionnaires
from storage.rating_statements import TALLY_KEY, WITH_ANSWERS
from storage.ratings import answers_from, rating_from, tally_keys
from storage.tables.ratings import rating, tally
from surveys.desk import Rating
from surveys.tallies import RATING, cells

_KEYS = tuple(tally.primary_key.columns)
_CHUNK = 1000

Row = tuple[Any, ...]
"""The key of a tally row, its columns in the order of the primary key."""


def recount(connection: Connection) -> Counter[Row]:
    """Count every raw rating and answer anew."""
    counted: Counter[Row] = Counter()
    known = questionnaires.known(connection)
    for each in _all_ratings(connection):
        own = cells(known.load(each.questionnaire, each.version), each.answers)
        own[RATING, each.state.value] += 1
        for cell, number in own.items():
            for key in tally_keys(each, cell):
                counted[tuple(key[name] for name in TALLY_KEY)] += number
    return counted


def kept(connection: Connection) -> Counter[Row]:
    """Return the tallies as they are kept; cells that fell back to zero are left out."""
    rows = connection.execute(select(*_KEYS, tally.c["count"]).where(tally.c["count"] > 0))
    return Counter({tuple(row[:-1]): row[-1] for row in rows})


def differing(connection: Connection) -> dict[Row, tuple[int, int]]:
    """Return the rows in which tallies and recount differ, as (kept, counted); empty when all is well."""
    have, counted = kept(connection), recount(connection)
    return {key: (have[key], counted[key]) for key in have.keys() | counted.keys() if have[key] != counted[key]}


def rebuild(connection: Connection) -> int:
    """Replace the tallies by a recount; return how many rows were wrong."""
    wrong = len(differing(connection))
    counted = recount(connection)
    connection.execute(delete(tally))
    rows = [{**dict(zip(TALLY_KEY, key, strict=True)), "count": number} for key, number in sorted(counted.items())]
    for start in range(0, len(rows), _CHUNK):
        connection.execute(insert(tally), rows[start : start + _CHUNK])
    return wrong


def _all_ratings(connection: Connection) -> Iterator[Rating]:
    query = WITH_ANSWERS.order_by(rating.c.id).execution_options(yield_per=_CHUNK)
    for _, rows in groupby(connection.execute(query), key=lambda row: row.id):
        of_one = list(rows)
        yield rating_from(of_one[0], answers_from(of_one))
