"""A year of ratings of a whole province in bulk: 300 units, 12 fields, 20 answers each, by a plain rule of numbers."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from surveys.registry import packaged

YEAR = 2026
UNITS, FIELDS = 300, 12
QUESTIONNAIRE = "sipas"
ITEMS = tuple(sorted(item.code for item in packaged().load(QUESTIONNAIRE).scored))
ANSWERS_EACH = len(ITEMS) + 1
"""The scored items, and whether a petition was made."""

_COLUMNS = (
    "id", "unit", "field", "service", "verified", "assisted", "questionnaire", "version", "subject", "round", "day",
    "channel", "state", "started_at", "closed_at", "level",
)  # fmt: skip
_ADD = f"INSERT INTO rating ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - our own names
_COPY = f"COPY rating ({', '.join(_COLUMNS)}) FROM STDIN"
_LEVELS = ("commune", "commune", "province", None)
_MIXED = 2_654_435_761
"""Knuth's multiplier: takes neighbouring numbers far apart."""
_SCORE = """
    CASE WHEN mixed < 4500 THEN 5 WHEN mixed < 8600 THEN 4 WHEN mixed < 9400 THEN 3 WHEN mixed < 9750 THEN 2 ELSE 1 END
"""
_ANSWERS = f"""
    INSERT INTO answer (rating_id, item, score, choice, answered_at)
    SELECT id, item, CASE WHEN scored = 1 THEN {_SCORE} END, CASE WHEN scored = 0 THEN 'yes' END, started_at
    FROM (
        SELECT rating.id, rating.started_at, asked.item, asked.scored,
               ((rating.id * 7919 + asked.place * 104729) % 2147483648 * {_MIXED} / 65536) % 10000 AS mixed
        FROM rating CROSS JOIN ({{asked}}) AS asked
        WHERE rating.id BETWEEN :first AND :last
    ) AS given
    ORDER BY id, item
"""  # noqa: S608 - our own names
_PIECE = 25_000
"""Ratings whose answers are written by one statement: PostgreSQL sorts them in memory."""


def unit_code(number: int) -> str:
    """Name one of the UNITS units."""
    return f"tinh-mau.xa-mau-{number:03}"


def fill(connection: Connection, answers: int) -> int:
    """Insert whole ratings with about as many answers; return how many answers there are."""
    ratings = max(answers // ANSWERS_EACH, 1)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.executemany(_ADD, _rows(ratings, as_text=True))
    else:
        with driver.cursor().copy(_COPY) as copy:
            for row in _rows(ratings, as_text=False):
                copy.write_row(row)
    asked = [(code, 1) for code in ITEMS] + [("made_pakn", 0)]
    table = " UNION ALL ".join(
        f"SELECT '{code}' AS item, {scored} AS scored, {place} AS place" for place, (code, scored) in enumerate(asked)
    )
    statement = text(_ANSWERS.format(asked=table))
    for first in range(1, ratings + 1, _PIECE):
        connection.execute(statement, {"first": first, "last": min(first + _PIECE - 1, ratings)})
    return ratings * ANSWERS_EACH


def _rows(ratings: int, *, as_text: bool) -> Iterator[tuple[object, ...]]:
    """Give the ratings in the order of their days: three of five proved, one of twenty given with help."""
    first = date(YEAR, 1, 1)
    for number in range(ratings):
        mixed = number * _MIXED % 2**32
        day = first + timedelta(days=number * 365 // ratings)
        moment = datetime(day.year, day.month, day.day, 3, mixed % 60, tzinfo=UTC)
        at: object = moment.strftime("%Y-%m-%d %H:%M:%S.%f") if as_text else moment
        unit, proved = unit_code(mixed % UNITS), mixed // 300 % 20
        yield (
            number + 1, unit, f"linh-vuc-{mixed // 7000 % FIELDS:02}", "tthc", proved < 12, proved == 19,
            QUESTIONNAIRE, 1, f"unit:{unit}", str(YEAR), day.isoformat() if as_text else day,
            ("telegram", "web", "zalo")[mixed // 100_000 % 3], "finished", at, at, _LEVELS[mixed // 1_000_000 % 4],
        )  # fmt: skip
