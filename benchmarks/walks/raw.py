"""The limit of the database: the rows of the same walks, written by plain sqlite3 from one thread.

No webhook, no parsing, no reading, no script: what any program over this file could reach at best.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.walks import words
from benchmarks.walks.walk import BOT_ID, UNIT, UPDATES, reply_key

FIELDS = tuple((f"field-{number}", f"Lĩnh vực mẫu số {number}") for number in range(10))

EVENT = "INSERT INTO event VALUES ('telegram', ?, ?, ?)"
PERSON = "INSERT INTO person (created_at) VALUES (?)"
IDENTITY = "INSERT INTO identity (person_id, name, username, updated_at) VALUES (?, ?, ?, ?)"
CHAT = (
    "INSERT INTO chat (channel, account, external_chat, external_person, person_id, language, state, created_at,"
    " last_seen_at) VALUES ('telegram', ?, ?, ?, ?, 'vi', 'active', ?, ?)"
)
BEGIN_TALK = (
    "INSERT INTO conversation (chat_id, script, args, journal, asked, step, status, started_at, updated_at)"
    " VALUES (?, 'rating', ?, '[]', 'field', 1, 'open', ?, ?)"
)
GO_ON = "UPDATE conversation SET journal = ?, asked = ?, step = ?, status = ?, updated_at = ? WHERE id = ?"
OUTGOING = (
    "INSERT INTO outbox (chat_id, channel, account, body, urgency, unique_key, created_at, not_before, expires_at,"
    " stale_at, state, attempts) VALUES (?, 'telegram', ?, ?, 0, ?, ?, ?, ?, ?, 'queued', 0)"
)
RATING = (
    "INSERT INTO rating (person_id, unit, field, service, verified, assisted, questionnaire, version, subject, round,"
    " day, channel, state, started_at) VALUES (?, ?, ?, 'tthc', 0, 0, 'quick', 1, ?, ?, ?, 'telegram', 'open', ?)"
)
FINISH = "UPDATE rating SET state = 'finished', closed_at = ? WHERE id = ?"
ANSWER = "INSERT INTO answer (rating_id, item, score, answered_at) VALUES (?, ?, ?, ?)"
COUNT = (
    "INSERT INTO tally VALUES ('quick', ?, ?, ?, ?, 'tthc', '', 'open', 1, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " respondents = respondents + excluded.respondents, answers = answers + excluded.answers,"
    " satisfied = satisfied + excluded.satisfied, cells = json_set(cells, {changes})"
)
CONSENT = "INSERT INTO results_consent (person_id, state, version, asked_at, changed_at) VALUES (?, 'asked', 1, ?, ?)"
CHANGE = "?, coalesce(json_extract(cells, ?), 0) + ?"

EXPIRES, STALE = timedelta(days=7), timedelta(minutes=10)

STATEMENTS_OF_A_WALK = 39
"""Rows written in a walk; each statement above writes one."""


class Walker:
    """One walk after the other by one person each; `steps` yields after the rows of every update."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Write through `connection`."""
        self._run = connection.execute
        self.walks = 0
        self.updates = 0

    def steps(self) -> Iterator[None]:
        """Write one walk, an update at a time."""
        walk, self.walks = self.walks, self.walks + 1
        field = FIELDS[walk % len(FIELDS)][0]
        person, chat = self._open(walk)
        self._reply(chat, words.which_field(FIELDS), stale=STALE)
        talk = self._run(BEGIN_TALK, (chat, json.dumps({"unit": UNIT}), _now(), _now())).lastrowid
        yield
        self._take(chat, 2)
        rating = self._rating(person, field)
        self._count(field, 0, {"@rating=open": 1})
        self._go_on(talk, [["field", field]], "item.overall", 2, "open")
        self._reply(chat, words.how_satisfied(), stale=STALE)
        yield
        self._take(chat, 4)
        self._run(ANSWER, (rating, "overall", 5, _now()))
        self._count(field, 1, {"@channel=telegram": 1, "overall=5": 1})
        self._go_on(talk, [["field", field], ["overall", "5"]], "item.comment", 3, "open")
        self._reply(chat, words.any_comment(), stale=STALE)
        yield
        self._take(chat, 6)
        self._run(ANSWER, (rating, "comment", None, _now()))
        self._run(FINISH, (_now(), rating))
        self._count(field, 0, {"@rating=finished": 1, "@rating=open": -1})
        self._go_on(talk, [["field", field], ["overall", "5"], ["comment", None]], "offer", 4, "open")
        self._reply(chat, words.offer())
        yield
        self._take(chat, 8)
        self._run(CONSENT, (person, _now(), _now()))
        self._go_on(talk, [], None, 5, "done")
        self._reply(chat, words.goodbye())
        yield

    def _open(self, walk: int) -> tuple[int | None, int]:
        now, outside = _now(), str(10_000_000 + walk)
        self._event()
        person = self._run(PERSON, (now,)).lastrowid
        self._run(IDENTITY, (person, "Công dân mẫu", f"mau{outside}", now))
        chat = self._run(CHAT, (BOT_ID, outside, outside, person, now, now)).lastrowid
        assert chat is not None
        return person, chat

    def _event(self) -> None:
        self.updates += 1
        self._run(EVENT, (BOT_ID, str(self.updates), _now()))

    def _take(self, chat: int, pressed: int) -> None:
        self._event()
        self._send(chat, json.dumps({"clear": str(pressed)}), f"clear:{chat}:{pressed}")

    def _reply(self, chat: int, body: dict[str, Any], stale: timedelta | None = None) -> None:
        self._send(chat, json.dumps(body, ensure_ascii=False), reply_key(self.updates), stale)

    def _send(self, chat: int, body: str, key: str, stale: timedelta | None = None) -> None:
        stale_at = None if stale is None else _now(stale)
        self._run(OUTGOING, (chat, BOT_ID, body, key, _now(), _now(), _now(EXPIRES), stale_at))

    def _rating(self, person: int | None, field: str) -> int | None:
        day = _today()
        return self._run(RATING, (person, UNIT, field, f"unit:{UNIT}", day, day, _now())).lastrowid

    def _count(self, field: str, satisfied: int, changes: dict[str, int]) -> None:
        day, more = _today(), [satisfied] * 3
        statement = COUNT.format(changes=", ".join([CHANGE] * len(changes)))
        new = json.dumps({name: by for name, by in changes.items() if by > 0})
        paths = [part for name, by in changes.items() for part in (f'$."{name}"', f'$."{name}"', by)]
        month, year = f"{day[:8]}01", f"{day[:5]}01-01"
        for grain, since, of in (
            ("year", year, ""),
            ("month", month, ""),
            ("month-field", month, field),
            ("day-field", day, field),
        ):
            self._run(statement, (grain, since, of, UNIT, *more, new, *paths))

    def _go_on(self, talk: int | None, journal: list[Any], asked: str | None, step: int, status: str) -> None:
        self._run(GO_ON, (json.dumps(journal), asked, step, status, _now(), talk))


def measure(database: Path, seconds: float, most_walks: int, together: int) -> dict[str, float]:
    """Write walks, `together` updates of different chats in each commit, for `seconds` or `most_walks`."""
    with closing(_open(database)) as connection:
        walker = Walker(connection)
        _walk_together(connection, walker, together)
        warm, began, cpu_before = walker.updates, time.perf_counter(), time.thread_time()
        while time.perf_counter() < began + seconds and walker.walks < most_walks:
            _walk_together(connection, walker, together)
        spent, cpu_seconds = time.perf_counter() - began, time.thread_time() - cpu_before
    measured = walker.updates - warm
    return {
        "walks": walker.walks,
        "measured_updates": measured,
        "seconds": spent,
        "updates_per_second": measured / spent,
        "cpu_ms": 1000 * cpu_seconds / measured,
    }


def _walk_together(connection: sqlite3.Connection, walker: Walker, together: int) -> None:
    walks = [walker.steps() for _ in range(together)]
    for _ in range(UPDATES):
        connection.execute("BEGIN IMMEDIATE")
        for walk in walks:
            next(walk)
        connection.execute("COMMIT")


def _open(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _now(later: timedelta = timedelta(0)) -> str:
    return (datetime.now(UTC) + later).strftime("%Y-%m-%d %H:%M:%S.%f")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
