"""What waits for an account that is away costs the others nothing, however much it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from storage import chats, claims, outbox, outcomes
from storage.chats import Caller
from storage.claims import Account
from storage.database import Database
from storage.outbox import Urgency

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
AWAY, OPEN = ("telegram", "123"), ("zalo", "456")
LEASE = timedelta(seconds=90)


def put(connection: Connection, account: Account, first: int, number: int) -> None:
    """Have a letter wait in each of so many chats of an account."""
    rows = []
    for person in range(first, first + number):
        caller = Caller(*account, f"c{person}", f"p{person}", "vi")
        chat = chats.welcome(connection, caller, NOW)
        rows.append(outbox.row_of(chat.id, {"text": "x"}, Urgency.REPLY, f"k{person}", NOW))
    outbox.put_each(connection, rows)


def looked(connection: Connection, accounts: list[Account]) -> list[str]:
    """Look and claim, as a sender does; return where the letters go."""
    assert claims.has_work(connection, NOW, accounts) is (OPEN in accounts)
    taken = claims.claim(connection, now=NOW, lease=LEASE, token="t", limit=5, accounts=accounts)
    claims.let_go(connection, ["t"], NOW)
    return [letter.channel for letter in taken]


def steps(connection: Connection, accounts: list[Account]) -> int:
    """Count the steps of SQLite's machine that a look and a claim take."""
    driver: Any = connection.connection.driver_connection
    taken = [0]

    def one() -> int:
        taken[0] += 1
        return 0

    looked(connection, accounts)  # what is prepared once is not counted
    driver.set_progress_handler(one, 1)
    looked(connection, accounts)
    driver.set_progress_handler(None, 1)
    return taken[0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("accounts", [[], [OPEN]], ids=["none is open", "another one is open"])
async def test_a_longer_backlog_of_an_account_that_is_away_is_no_more_work(
    database: Database, accounts: list[Account]
) -> None:
    await database.write(lambda c: put(c, AWAY, 0, 10))
    await database.write(lambda c: put(c, OPEN, 1000, 2))
    few = await database.write(lambda c: steps(c, accounts))
    await database.write(lambda c: put(c, AWAY, 10, 500))
    assert await database.write(lambda c: steps(c, accounts)) <= few + 5


def rows_seen(plan: dict[str, Any]) -> int:
    """Add up the letters that a plan of PostgreSQL read, also those that it then left out."""
    here = 0
    if plan.get("Relation Name") == "outbox":
        here = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return int(here) + sum(rows_seen(each) for each in plan.get("Plans", ()))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_postgresql_goes_straight_to_an_account_too(database: Database) -> None:
    seen: list[int] = []

    def explain(connection: Connection, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT") and "outbox" in statement:
            [told] = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).scalar_one()
            seen.append(rows_seen(told["Plan"]))

    def look(connection: Connection) -> list[str]:
        connection.execute(text("SET LOCAL enable_seqscan = off"))  # it reads a table of a few pages at one go
        event.listen(connection, "before_cursor_execute", explain)
        return looked(connection, [OPEN])

    await database.write(lambda c: put(c, AWAY, 0, 300))
    await database.write(lambda c: put(c, OPEN, 1000, 2))
    assert await database.write(look) == ["zalo", "zalo"]
    assert len(seen) == 4  # one look, and a claim for each of page, terminal and account
    assert sum(seen) < 20


async def test_of_all_accounts_but_one(database: Database) -> None:
    await database.write(lambda c: put(c, AWAY, 0, 2))
    await database.write(lambda c: put(c, OPEN, 10, 2))
    await database.write(lambda c: put(c, ("web", "chat"), 20, 1))

    def look(connection: Connection) -> tuple[list[str], list[str]]:
        kept = claims.claim(connection, now=NOW, lease=LEASE, token="t", limit=5, but=[AWAY])
        assert not claims.has_work(connection, NOW, but=[AWAY])
        rest = claims.claim(connection, now=NOW, lease=LEASE, token="u", limit=1)
        return sorted(letter.channel for letter in kept), [letter.channel for letter in rest]

    assert await database.read(lambda c: claims.more_urgent(c, NOW, 9)) == 5
    assert await database.read(lambda c: claims.more_urgent(c, NOW, 9, but=[AWAY])) == 3
    assert await database.write(look) == (["web", "zalo", "zalo"], ["telegram"])


async def test_letters_of_several_accounts_go_by_urgency_then_age(database: Database) -> None:
    def fill(connection: Connection) -> None:
        for number, (account, urgency) in enumerate(
            [(AWAY, Urgency.NOTICE), (OPEN, Urgency.REPLY), (("web", "chat"), Urgency.NOTICE), (AWAY, Urgency.REPLY)]
        ):
            chat = chats.welcome(connection, Caller(*account, f"c{number}", f"p{number}", "vi"), NOW)
            outbox.put_each(connection, [outbox.row_of(chat.id, {"text": "x"}, urgency, f"k{number}", NOW)])

    def take(connection: Connection) -> list[tuple[str, int, int]]:
        taken = claims.claim(connection, now=NOW, lease=LEASE, token="t", limit=3, accounts=[AWAY, OPEN])
        return [(letter.channel, int(letter.urgency), letter.attempts) for letter in taken]

    await database.write(fill)
    assert await database.write(take) == [("zalo", 0, 1), ("telegram", 0, 1), ("telegram", 1, 1)]
    assert await database.read(lambda c: claims.more_urgent(c, NOW, 5, [AWAY])) == 1
    assert await database.read(lambda c: claims.more_urgent(c, NOW, 5, [])) == 1


async def test_a_letter_put_aside_is_tried_at_its_hour_and_is_in_nobodys_way(database: Database) -> None:
    await database.write(lambda c: put(c, OPEN, 0, 1))

    def tell(connection: Connection) -> None:
        (first,) = claims.claim(connection, now=NOW, lease=LEASE, token="t", limit=5)
        outcomes.put_aside(connection, first, "t", NOW + LEASE, NOW, "not at this hour")
        assert not claims.has_work(connection, NOW)
        outbox.put_each(connection, [outbox.row_of(first.chat_id, {"text": "y"}, Urgency.REMINDER, "later", NOW)])
        (second,) = claims.claim(connection, now=NOW, lease=LEASE, token="u", limit=5)
        assert second.body == {"text": "y"}
        outcomes.finish(connection, second, "u", state="sent", now=NOW)
        assert claims.has_work(connection, NOW + LEASE)
        (again,) = claims.claim(connection, now=NOW + LEASE, lease=LEASE, token="v", limit=5)
        assert (again.id, again.attempts) == (first.id, 1)

    await database.write(tell)


async def test_no_letters_are_put_without_asking_the_store(database: Database) -> None:
    await database.write(lambda connection: outbox.put_each(connection, []))
    assert await database.read(outbox.count_by_state) == {}
