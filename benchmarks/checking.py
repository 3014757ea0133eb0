"""What a look through a year of ratings costs the worker, and what the page of its findings costs a reader.

    uv run python benchmarks/checking.py                  # 300,000 ratings of 300 units: two minutes
    uv run python benchmarks/checking.py --ratings 30000 --json

The ratings are plain: one in fifty was given too fast. What the checks find in a year with fraud: benchmarks/fraud.py.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, create_engine, insert

from storage import flagged_ratings, kept_checks, rating_reviews
from storage.figures import Scope
from storage.flagged_ratings import Filter
from storage.rating_reviews import Left
from storage.tables import metadata
from storage.tables.people import person
from storage.tables.ratings import answer, rating
from surveys.periods import year_period

YEAR = year_period(2026)
BEGIN = datetime(2026, 1, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 12, 31, 20, tzinfo=UTC)
DAYS, UNITS, CHUNK, ROWS = 360, 300, 5000, 25
FAST_EVERY = 50

Figures = dict[str, float]


def measure(ratings: int) -> Figures:
    """Fill a SQLite file, look through it, keep what was found, and read what a page shows."""
    with tempfile.TemporaryDirectory(prefix="langnghe-checking-") as name:
        engine = create_engine(f"sqlite:///{Path(name) / 'checking.db'}")
        metadata.create_all(engine)
        with engine.begin() as connection:
            for start in range(0, ratings, CHUNK):
                _fill(connection, range(start, min(start + CHUNK, ratings)))
        with engine.begin() as connection:
            found = _checked(connection)
        engine.dispose()
    return {"ratings": ratings, **found}


def _checked(connection: Connection) -> Figures:
    kept_checks.want(connection, YEAR, now=NOW, actor="system")
    wanted = kept_checks.next_wanted(connection)
    if wanted is None:
        raise RuntimeError("the check that was wanted just now is gone")
    began = time.perf_counter()
    checked = kept_checks.look(connection, wanted.since, wanted.until)
    looked = time.perf_counter()
    kept_checks.keep(connection, wanted, checked, now=NOW)
    kept = time.perf_counter()
    listed = Filter(YEAR)
    flagged_ratings.matching(connection, listed)
    flagged_ratings.listed(connection, listed, offset=0, limit=ROWS)
    flagged_ratings.by_detector(connection, YEAR, None)
    for left in Left:
        rating_reviews.left_out(connection, "quick", "overall", Scope(YEAR), left)
    paged = time.perf_counter()
    flagged_ratings.suspects(connection, YEAR, None)
    ended = time.perf_counter()
    return {
        "suspect": checked.suspect,
        "look_seconds": round(looked - began, 1),
        "keep_seconds": round(kept - looked, 2),
        "page_seconds": round(paged - kept, 3),
        "dashboard_seconds": round(ended - paged, 3),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _fill(connection: Connection, numbers: range) -> None:
    connection.execute(insert(person), [{"id": number + 1, "created_at": BEGIN} for number in numbers])
    connection.execute(insert(rating), list(_ratings(numbers)))
    answers = [
        {"rating_id": number + 1, "item": "overall", "score": 2 if number % 10 == 0 else 5, "answered_at": BEGIN}
        for number in numbers
    ]
    connection.execute(insert(answer), answers)


def _ratings(numbers: range) -> Iterator[dict[str, Any]]:
    chance = Random(numbers.start)  # noqa: S311 - a reproducible year, not a secret
    for number in numbers:
        started = BEGIN + timedelta(days=chance.randrange(DAYS), seconds=chance.randrange(30_000))
        seconds = 0.5 if number % FAST_EVERY == 0 else 30
        yield {
            "id": number + 1, "person_id": number + 1, "unit": f"u{chance.randrange(UNITS)}", "field": "land",
            "service": "tthc", "verified": True, "assisted": False, "questionnaire": "quick", "version": 1,
            "subject": f"s{number}", "round": "day", "day": started.date(), "channel": "web", "state": "finished",
            "started_at": started, "closed_at": started + timedelta(seconds=seconds),
        }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What a look through a year of ratings costs.")
    parser.add_argument("--ratings", type=int, default=300_000)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measure(chosen.ratings)
    print(json.dumps(found) if chosen.json else "\n".join(f"{name:18} {value:,}" for name, value in found.items()))


if __name__ == "__main__":
    main()
