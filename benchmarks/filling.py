"""A database of many answers, made in seconds: what an authority has after some years."""

from pathlib import Path

from sqlalchemy import create_engine, text

ITEMS = 4
"""Answers of one rating."""
MOMENT = "2026-11-20 02:03:04.000000"

_PEOPLE = """
    INSERT INTO person (id, created_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :people)
    SELECT i, :moment FROM n
"""
_RATINGS = """
    INSERT INTO rating (id, person_id, unit, field, service, verified, assisted, questionnaire, version, subject,
                        round, day, channel, state, started_at, closed_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :people)
    SELECT i, i, 'xa-mau.kinh-te', 'land', 'tthc', 1, 0, 'sipas', 1, 'xa-mau.kinh-te', 'r' || i,
           '2026-11-20', 'web', 'finished', :moment, :moment FROM n
"""
_ANSWERS = """
    INSERT INTO answer (rating_id, item, score, answered_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :people)
    SELECT i, :item, 1 + i % 5, :moment FROM n
"""


def fill(file: Path, answers: int) -> None:
    """Insert people into the SQLite file of the sample commune, each with a finished rating and its answers."""
    values = {"people": answers // ITEMS, "moment": MOMENT}
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        for statement in (_PEOPLE, _RATINGS):
            connection.execute(text(statement), values)
        for item in range(ITEMS):
            connection.execute(text(_ANSWERS), {**values, "item": f"item{item}"})
    engine.dispose()
