"""Sessions end by time, by hand and with the account; the token itself is never stored."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from offices.errors import DomainError
from offices.staff import Role, Staff
from storage import sessions
from storage.database import Database
from storage.tables.staff import web_session
from tests.storage.officials import NOW, actions, add_official, install

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def commune(database: Database) -> Database:
    await database.write(install)
    return database


async def signed_in(database: Database, official: Staff, now: datetime = NOW, device: str = "Firefox") -> str:
    return await database.write(lambda c: sessions.begin(c, official, now=now, device=device))


async def lives(database: Database, token: str, now: datetime) -> bool:
    return await database.read(lambda c: sessions.find(c, token, now)) is not None


async def test_a_session_is_found_by_its_token_which_is_not_stored(commune: Database) -> None:
    official = await commune.write(add_official)
    token = await signed_in(commune, official, device="Firefox\x00" + "x" * 300)
    session = await commune.read(lambda c: sessions.find(c, token, NOW))
    assert session is not None
    assert session.staff == official
    assert session.device == "Firefox" + "x" * 193
    stored = await commune.read(lambda c: c.execute(select(web_session)).one())
    assert token not in str(stored)
    assert len(token) >= 22  # 128 bits
    for wrong in ("", token[:-1], "\ud800", stored.token_hash):
        assert not await lives(commune, wrong, NOW)


@pytest.mark.parametrize(("role", "minutes"), [(Role.OFFICER, 15), (Role.ADMIN, 5)])
async def test_an_idle_session_is_over(commune: Database, role: Role, minutes: int) -> None:
    token = await signed_in(commune, await commune.write(lambda c: add_official(c, "a", role, Role.LEADER)))
    assert await lives(commune, token, NOW + minutes * MINUTE - timedelta(seconds=1))
    assert not await lives(commune, token, NOW + minutes * MINUTE)


async def test_use_keeps_a_session_but_not_past_eight_hours(commune: Database) -> None:
    token = await signed_in(commune, await commune.write(add_official))
    for used in range(10, 480, 10):
        session = await commune.read(partial(sessions.find, token=token, now=NOW + used * MINUTE))
        assert session is not None
        assert sessions.is_stale(session, NOW + used * MINUTE)
        assert not sessions.is_stale(session, session.last_seen_at + timedelta(seconds=59))
        await commune.write(partial(sessions.touch, session=session, now=NOW + used * MINUTE))
    assert await lives(commune, token, NOW + 480 * MINUTE - timedelta(seconds=1))
    assert not await lives(commune, token, NOW + 480 * MINUTE)


async def test_signing_in_ends_the_session_that_the_browser_brought(commune: Database) -> None:
    official = await commune.write(add_official)
    planted = await signed_in(commune, official)
    token = await commune.write(lambda c: sessions.begin(c, official, now=NOW, previous=planted))
    assert token != planted
    assert not await lives(commune, planted, NOW)
    assert await lives(commune, token, NOW)


async def test_a_rotated_session_has_a_new_token_only(commune: Database) -> None:
    old = await signed_in(commune, await commune.write(add_official))
    session = await commune.read(lambda c: sessions.find(c, old, NOW))
    assert session is not None
    new = await commune.write(lambda c: sessions.rotate(c, session, NOW))
    assert (await lives(commune, old, NOW), await lives(commune, new, NOW)) == (False, True)
    await commune.write(lambda c: sessions.end(c, session.staff.id, session.id, NOW))
    with pytest.raises(DomainError, match="session_over"):
        await commune.write(lambda c: sessions.rotate(c, session, NOW))


async def test_own_sessions_are_listed_and_ended_and_nobody_elses(commune: Database) -> None:
    official, other = await commune.write(lambda c: (add_official(c), add_official(c, "khac")))
    first = await signed_in(commune, official, device="Firefox")
    second = await signed_in(commune, official, NOW + MINUTE, device="Zalo")
    theirs = await signed_in(commune, other)
    mine = await commune.read(lambda c: sessions.own(c, official.id, NOW + MINUTE))
    assert [session.device for session in mine] == ["Zalo", "Firefox"]
    with pytest.raises(DomainError, match="session_over"):
        await commune.write(lambda c: sessions.end(c, other.id, mine[0].id, NOW))
    await commune.write(lambda c: sessions.end(c, official.id, mine[0].id, NOW))
    assert [await lives(commune, token, NOW) for token in (first, second, theirs)] == [True, False, True]
    assert (await commune.read(actions))[-1] == "session.end"


async def test_sessions_that_are_over_are_deleted(commune: Database) -> None:
    official = await commune.write(add_official)
    await signed_in(commune, official)
    living = await signed_in(commune, official, NOW + 10 * MINUTE)
    assert await commune.write(lambda c: sessions.prune(c, NOW + 16 * MINUTE)) == 1
    assert await lives(commune, living, NOW + 16 * MINUTE)


def test_a_form_token_belongs_to_one_session() -> None:
    assert sessions.is_form_token("token", sessions.form_token("token"))
    assert not sessions.is_form_token("token", sessions.form_token("other"))
    assert not sessions.is_form_token("token", "đ\ud800")
