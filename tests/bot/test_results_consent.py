"""Being told the results: asked once a year after the thanks, never in the way, given up by one press, erased."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, select

from storage import personal_data, results_consent
from storage.ratings import erase_person
from storage.tables.audit import audit
from storage.tables.people import chat
from storage.tables.results import results_consent as kept
from tests.bot.office import HEALTH, Office

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided above the database."""
ASK = "muốn nhận một tin"


async def rates(office: Office, link: str = HEALTH) -> str:
    await office.opens(link)
    for answer in ("4", "bỏ qua"):
        await office.says(answer)
    return await office.says("không")


async def state(office: Office) -> list[tuple[Any, ...]]:
    return await office.reads(lambda c: [tuple(row) for row in c.execute(select(kept.c.state, kept.c.version))])


async def for_person(office: Office, job: Callable[[Connection, int], None]) -> None:
    def do(connection: Connection) -> None:
        job(connection, connection.execute(select(chat.c.person_id)).scalar_one())

    await office.database.write(do)


@on_one_database
async def test_it_is_asked_after_the_thanks_and_ignoring_it_leaves_nothing_open(office: Office) -> None:
    told = await rates(office)
    assert told.index("đã dành thời gian") < told.index(ASK)
    assert await office.open_conversation() is None
    assert await state(office) == [("asked", 1)]
    assert "Ông/Bà muốn làm gì" in await office.says("chào")


async def test_it_is_asked_again_after_a_year_and_not_before(office: Office) -> None:
    await rates(office)
    office.passes(days=364)
    assert ASK not in await rates(office)
    office.passes(days=2)
    assert ASK in await rates(office)


@on_one_database
async def test_who_consented_is_not_asked_again(office: Office) -> None:
    await rates(office)
    assert "nhiều nhất một tin" in await office.presses("Nhận kết quả")
    office.passes(days=800)
    assert ASK not in await rates(office)
    assert await state(office) == [("given", 1)]


async def test_consent_is_withdrawn_by_a_press_by_words_and_in_ones_own_data(office: Office) -> None:
    await rates(office)
    for way in ("presses", "says", "data"):
        await office.says("nhận kết quả")
        assert await state(office) == [("given", 1)]
        if way == "presses":
            await office.presses("Thôi nhận kết quả")
        elif way == "says":
            await office.says("Thôi nhận kết quả")
        else:
            await office.says("/dulieu")
            await office.presses("Thôi nhận kết quả")
        assert await state(office) == [("withdrawn", 1)]
    actions = select(audit.c.action).where(audit.c.action.startswith("consent."))
    recorded = await office.reads(lambda c: list(c.scalars(actions)))
    assert recorded == ["consent.give", "consent.withdraw"] * 3


@on_one_database
async def test_saying_it_twice_changes_nothing(office: Office) -> None:
    await rates(office)
    for _ in range(2):
        await office.says("nhận kết quả")
    actions = select(audit.c.action).where(audit.c.action.startswith("consent."))
    assert await office.reads(lambda c: list(c.scalars(actions))) == ["consent.give"]


@on_one_database
async def test_at_a_counter_tablet_nobody_is_asked(office: Office) -> None:
    assert ASK not in await rates(office, "k_xa-mau_tram-y-te")
    assert await state(office) == []


@on_one_database
async def test_the_person_s_own_data_say_what_was_consented_to(office: Office) -> None:
    await rates(office)
    assert "đã đánh giá: không" in await office.says("/dulieu")
    await office.says("nhận kết quả")
    assert "đã đánh giá: có" in await office.says("/dulieu")


async def test_it_is_erased_with_the_person(office: Office) -> None:
    await rates(office)
    await office.says("nhận kết quả")
    await for_person(office, lambda connection, person: personal_data.forget_identity(connection, person, office.at))
    assert await state(office) == [("withdrawn", 1)]
    await for_person(office, erase_person)
    assert await state(office) == []


@on_one_database
async def test_who_was_never_asked_is_not_noted_as_having_refused(office: Office) -> None:
    await office.says("thôi nhận kết quả")
    assert await state(office) == []
    await for_person(office, lambda connection, person: results_consent.refuse(connection, person, office.at))
    assert await state(office) == []
