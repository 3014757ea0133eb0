"""Prepared statements give what SQLAlchemy gives, whoever runs them: the writer's driver, a reader, PostgreSQL."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis.strategies import datetimes, just, timezones
from sqlalchemy import Connection, bindparam, insert, literal_column, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from storage.database import Database
from storage.prepared import Prepared
from storage.tables.conversations import dead_letter, event
from storage.tables.people import person

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
RAW = {"chữ": ["á", None, 1.5]}
LETTER = {"at": NOON, "channel": "web", "account": "", "raw": RAW, "reason": "vì sao", "state": "new"}

ADD = Prepared(insert(dead_letter).returning(dead_letter.c.id))
READ = Prepared(select(dead_letter).where(dead_letter.c.id == bindparam("number"), dead_letter.c.state == "new"))
CLOSE = Prepared(update(dead_letter).where(dead_letter.c.id == bindparam("number")).values(state=bindparam("now")))
TAKE = Prepared.upsert(event, lambda new: new.on_conflict_do_nothing())
ADD_PERSON = Prepared(insert(person))


async def test_writer_and_reader_see_the_same_row(database: Database) -> None:
    number = await database.write(lambda connection: ADD.first(connection, LETTER).id)
    written = await database.write(lambda connection: READ.first(connection, {"number": number}))
    read = await database.read(lambda connection: READ.first(connection, {"number": number}))
    assert tuple(written) == tuple(read)
    assert tuple(written)[: 1 + len(LETTER)] == (number, *LETTER.values())
    assert (written.at, written.raw) == (read.at, read.raw) == (NOON, RAW)


async def test_a_row_that_is_not_there_is_none(database: Database) -> None:
    assert await database.write(lambda connection: READ.first(connection, {"number": 7})) is None
    assert await database.write(lambda connection: READ.all(connection, {"number": 7})) == []


async def test_changes_are_counted(database: Database) -> None:
    number = await database.write(lambda connection: ADD.first(connection, LETTER).id)
    close = {"number": number, "now": "discarded"}
    assert await database.write(lambda connection: CLOSE.run(connection, close)) == 1
    assert await database.write(lambda connection: CLOSE.run(connection, {**close, "number": 0})) == 0


async def test_moments_are_kept_in_utc_and_need_their_zone(database: Database) -> None:
    local = NOON.astimezone(timezone(timedelta(hours=7)))
    number = await database.write(lambda connection: ADD.first(connection, {**LETTER, "at": local}).id)
    assert (await database.write(lambda connection: READ.first(connection, {"number": number}))).at == NOON
    naive = {**LETTER, "at": NOON.replace(tzinfo=None)}
    with pytest.raises((ValueError, StatementError), match="time zone"):
        await database.write(lambda connection: ADD.first(connection, naive))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@given(moment=datetimes(timezones=timezones() | just(UTC)))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_moment_is_written_as_sqlalchemy_writes_it(database: Database, moment: datetime) -> None:
    def both(connection: Connection) -> list[str]:
        ADD_PERSON.run(connection, {"created_at": moment})
        connection.execute(insert(person).values(created_at=moment))
        written = text("SELECT created_at FROM person ORDER BY id DESC LIMIT 2")
        return list(connection.scalars(written))

    try:
        moment.astimezone(UTC)
    except OverflowError:
        reject()
    one, other = await database.write(both)
    assert one == other


async def test_values_given_decide_the_columns(database: Database) -> None:
    def add(connection: Connection) -> list[int]:
        ADD_PERSON.run(connection, {"id": 41, "created_at": NOON})
        ADD_PERSON.run(connection, {"created_at": NOON, "id": 42})
        return list(connection.scalars(select(person.c.id).order_by(person.c.id)))

    assert await database.write(add) == [41, 42]


async def test_many_rows_go_one_after_the_other(database: Database) -> None:
    key = {"channel": "web", "account": "", "taken_at": NOON}
    rows = [{**key, "event_key": name} for name in ("a", "b", "a")]
    await database.write(lambda connection: TAKE.run_each(connection, rows))
    assert await database.write(lambda connection: [TAKE.adds(connection, row) for row in (rows[0], rows[2])]) == [
        False,
        False,
    ]
    assert await database.write(lambda connection: TAKE.adds(connection, {**key, "event_key": "c"}))
    found = await database.read(lambda connection: connection.scalars(select(event.c.event_key)).all())
    assert sorted(found) == ["a", "b", "c"]


async def test_errors_are_sqlalchemys(database: Database) -> None:
    with pytest.raises(IntegrityError):
        await database.write(lambda connection: ADD.first(connection, {**LETTER, "state": "nonsense"}))


async def test_a_statement_whose_text_changes_is_refused(database: Database) -> None:
    several = Prepared(select(person.c.id).where(person.c.id.in_(bindparam("ids", expanding=True))))
    if database.dialect == "sqlite":
        with pytest.raises(TypeError, match="cannot be prepared"):
            await database.write(lambda connection: several.all(connection, {"ids": [1, 2]}))


async def test_fixed_values_stand_in_the_text_as_they_are(database: Database) -> None:
    """Also those that have quotes, another type, or are nothing."""
    settle = Prepared(
        update(dead_letter).where(dead_letter.c.id == bindparam("number")).values(reason="it's :so", settled_at=NOON)
    )
    number = await database.write(lambda connection: ADD.first(connection, LETTER).id)
    await database.write(lambda connection: settle.run(connection, {"number": number}))
    read = Prepared(
        select(dead_letter.c.reason, dead_letter.c.state).where(
            dead_letter.c.id == bindparam("number"), dead_letter.c.settled_at == NOON
        )
    )
    assert tuple(await database.write(lambda connection: read.first(connection, {"number": number}))) == (
        "it's :so",
        "new",
    )


async def test_a_question_mark_of_its_own_is_refused(database: Database) -> None:
    asking = Prepared(
        select(person.c.id, literal_column("'?'").label("mark")).where(person.c.id == bindparam("number"))
    )
    if database.dialect == "sqlite":
        with pytest.raises(TypeError, match="question marks of its own"):
            await database.write(lambda connection: asking.all(connection, {"number": 1}))
