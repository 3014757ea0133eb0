"""Did a stack store exactly what was sent to it? Without that a rate means nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.walks.walk import rows_after

# So both databases understand it.
_COUNTED = "SELECT coalesce(sum(CAST(cells ->> '{cell}' AS INTEGER)), 0) FROM tally"
_FIVES = _COUNTED.format(cell="overall=5")
_FINISHED = _COUNTED.format(cell="@rating=finished")

_QUERIES = {
    "events": "SELECT count(*) FROM event",
    "persons": "SELECT count(*) FROM person",
    "identities": "SELECT count(*) FROM identity",
    "chats": "SELECT count(*) FROM chat",
    "conversations that ended well": "SELECT count(*) FROM conversation WHERE status = 'done'",
    "conversations": "SELECT count(*) FROM conversation",
    "ratings": "SELECT count(*) FROM rating",
    "finished ratings": "SELECT count(*) FROM rating WHERE state = 'finished'",
    "answers": "SELECT count(*) FROM answer",
    "scores of 5": "SELECT count(*) FROM answer WHERE item = 'overall' AND score = 5",
    "scores of 5 counted by day": f"{_FIVES} WHERE grain = 'day-field'",
    "scores of 5 counted by month": f"{_FIVES} WHERE grain = 'month'",
    "finished ratings counted by day": f"{_FINISHED} WHERE grain = 'day-field'",
    "finished ratings counted by month": f"{_FINISHED} WHERE grain = 'month'",
    "open ratings counted": _COUNTED.format(cell="@rating=open"),
    "outgoing messages": "SELECT count(*) FROM outbox",
    "outgoing messages with an end": "SELECT count(*) FROM outbox WHERE expires_at IS NOT NULL",
    "questions that grow stale": "SELECT count(*) FROM outbox WHERE stale_at IS NOT NULL",
    "persons who were asked whether to be told results": "SELECT count(*) FROM results_consent",
    "dead letters": "SELECT count(*) FROM dead_letter",
}


class WrongCountError(Exception):
    """A stack lost or repeated something, so its rate must not be told."""


def rows_of(database: Path) -> dict[str, int]:
    """Count what a stack has stored in its SQLite file."""
    with closing(sqlite3.connect(database)) as connection:
        return {name: int(connection.execute(query).fetchone()[0]) for name, query in _QUERIES.items()}


def check(stack: str, database: Path, walks: int) -> None:
    """Raise WrongCountError unless the file holds what `walks` whole walks leave behind, each thing once."""
    found, expected = rows_of(database), rows_after(walks)
    wrong = [f"{name}: {found[name]}, not {expected[name]}" for name in expected if found[name] != expected[name]]
    if wrong:
        raise WrongCountError(f"{stack} stored something else than {walks} walks: {'; '.join(wrong)}")
