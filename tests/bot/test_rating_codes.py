"""Rating codes in conversations: who has proved what, what guessing finds, and that nothing is counted twice."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, insert, select, text

from offices.staff import Role
from offices.worktime import LOCAL
from storage import chats, recount, staff, visit_tokens
from storage.questionnaire_withdrawals import withdraw
from storage.tables.ratings import answer, rating, wrong_code
from storage.tables.staff import staff_chat
from surveys.tokens import shown
from surveys.visits import Service, Visit
from tests.bot.office import Office
from tests.codes import TOKEN_KEY
from tests.storage.ratings_world import desk_at, publish_next_quick

COUNTER = "xa-mau.trung-tam"

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided above the database."""


async def slip(office: Office, dossier: str = "H01.sample.1", *, assisted: bool = False) -> str:
    visit = Visit(COUNTER, "certification", Service.TTHC, dossier, assisted=assisted)
    until = office.at + timedelta(days=30)
    return await office.database.write(
        lambda connection: visit_tokens.issue(connection, visit, TOKEN_KEY, office.at, until)
    )


async def link(office: Office, unit: str, who: str = "1") -> None:
    """Make somebody's chat the one of an official of a unit."""
    await office.says("/trogiup", who=who)

    def job(connection: Connection) -> None:
        added = staff.add(
            connection, login=f"cb.{who}", name="Cán bộ mẫu", unit=unit, roles=(Role.OFFICER,), password_hash="none",
            now=office.at, actor="system",
        )  # fmt: skip
        chat = chats.find(connection, "terminal", "local", who)
        assert chat is not None
        connection.execute(insert(staff_chat).values(chat_id=chat.id, staff_id=added.id, linked_at=office.at))

    await office.database.write(job)


async def ratings(office: Office) -> list[tuple[str, bool, bool, str | None]]:
    columns = rating.c.questionnaire, rating.c.verified, rating.c.assisted, rating.c.dossier
    return await office.reads(lambda c: [tuple(row) for row in c.execute(select(*columns).order_by(rating.c.id))])


async def answered(office: Office, dossier: str) -> list[tuple[str, int]]:
    """Return questionnaire and person of each rating of a dossier that has an answer."""
    query = select(rating.c.questionnaire, rating.c.person_id).where(
        rating.c.dossier == dossier, rating.c.id.in_(select(answer.c.rating_id))
    )
    return await office.reads(lambda c: [tuple(row) for row in c.execute(query)])


async def test_who_gives_wrong_codes_is_not_heard_for_an_hour_even_with_a_right_one(office: Office) -> None:
    token = shown(await slip(office))
    for number in range(9):
        assert "gõ chưa đúng" in await office.says(f"DG-1111-1111-{number}")
    assert "gõ chưa đúng" in await office.says("mã đánh giá 123456789")
    assert "sai mã nhiều lần" in await office.says(token)
    assert "hài lòng" in await office.says(token, who="2")
    await office.says("5", who="2")
    office.passes(minutes=61)
    assert "đã có người dùng" in await office.says(token)
    assert await office.reads(lambda c: c.scalar(select(func.sum(wrong_code.c.count)))) == 10


@on_one_database
async def test_wrong_codes_of_long_ago_do_not_count(office: Office) -> None:
    for number in range(9):
        await office.says(f"DG-1111-1111-{number}")
    office.passes(minutes=61)
    for number in range(9):
        await office.says(f"DG-1111-1111-{number}")
    assert "hài lòng" in await office.says(shown(await slip(office)))


async def test_a_code_opened_in_one_app_and_left_there_opens_in_another(office: Office) -> None:
    token = shown(await slip(office))
    await office.says(token, who="1")
    assert "hài lòng" in await office.says(token, who="2")
    assert "làm tiếp ở ứng dụng khác" in await office.says("5", who="1")
    assert "hài lòng" in await office.says(token, who="1")
    await office.says("4", who="1")
    assert "làm tiếp ở ứng dụng khác" in await office.says("5", who="2")
    assert "đã có người" in await office.says(token, who="2")
    assert len(await answered(office, "H01.sample.1")) == 1
    assert (await office.reads(recount.compare)).is_equal
    assert await office.dead_letters() == []


def answers_until_awaited(number: int, office: Office, has_begun: asyncio.Event) -> Callable[[Connection], None]:
    """Answer, and commit only when another transaction waits for this one."""

    def job(connection: Connection) -> None:
        desk_at(connection, office.at).answer(number, "overall", 5)
        has_begun.set()
        # Within a transaction the view stays as it was first read, unless that is forgotten.
        waiting = (
            "SELECT pg_stat_clear_snapshot(), pg_sleep(0.02), count(*) AS others"
            " FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        )
        while connection.execute(text(waiting)).one().others == 0:
            pass

    return job


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_answers_while_his_code_is_taken_over_elsewhere_has_rated(office: Office) -> None:
    token = shown(await slip(office))
    await office.says(token, who="1")
    await office.says("/trogiup", who="2")
    begun = await office.reads(lambda c: c.execute(select(rating.c.id, rating.c.person_id)).one())
    has_begun = asyncio.Event()
    answering = asyncio.create_task(office.database.write(answers_until_awaited(begun.id, office, has_begun)))
    await has_begun.wait()
    assert "đã có người" in await office.says(token, who="2")
    await answering
    assert await answered(office, "H01.sample.1") == [("quick", begun.person_id)]


@on_one_database
async def test_the_long_rating_after_the_short_one_is_as_proved(office: Office) -> None:
    await office.opens(f"d_{await slip(office)}")
    for word in ("5", "bỏ qua", "Đánh giá kỹ", "4"):
        await office.says(word)
    assert await ratings(office) == [
        ("quick", True, False, "H01.sample.1"), ("sipas", True, False, "H01.sample.1")
    ]  # fmt: skip


@on_one_database
@pytest.mark.parametrize(
    ("unit", "verified"),
    [(COUNTER, False), ("xa-mau", False), ("xa-mau.tram-y-te", True)],
    ids=["own", "above", "other"],
)
async def test_an_official_cannot_prove_a_visit_to_the_own_unit(office: Office, unit: str, *, verified: bool) -> None:
    """What he fills in by a citizen's code is assisted; elsewhere he is a citizen like others."""
    await link(office, unit)
    await office.opens(f"d_{await slip(office)}")
    assert await ratings(office) == [("quick", verified, not verified, "H01.sample.1")]


@on_one_database
async def test_a_code_that_was_given_out_for_help_makes_an_assisted_rating(office: Office) -> None:
    await office.opens(f"d_{await slip(office, assisted=True)}")
    assert await ratings(office) == [("quick", False, True, "H01.sample.1")]


@on_one_database
async def test_a_code_in_the_middle_of_something_else_is_taken_and_the_rest_goes_on_afterwards(office: Office) -> None:
    token = shown(await slip(office))
    await office.says("phản ánh")
    await office.says("1")
    assert "hài lòng" in await office.says(token)
    await office.says("5")
    await office.says("bỏ qua")
    assert "Bấm chọn" in await office.says("không")
    assert ("petition", "open") in await office.statuses()


PIECES = st.sampled_from([
    "{code}", "{code} ", "DG-", "mã đánh giá ", "đánh giá", "5", "2", "bỏ qua", "không", "hủy", "quay lại", "gõ lại mã",
    "\x00", "\ud800", "đ", "٣", "{other}", "1", "phản ánh", "/danhgia {code}", "/start d_{code}",
])  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    typed=st.lists(st.tuples(st.lists(PIECES, min_size=1, max_size=3).map("".join), st.sampled_from("AB")), max_size=8)
)
@on_one_database
async def test_whatever_two_people_type_around_a_code_it_is_rated_once(
    office: Office, typed: list[tuple[str, str]]
) -> None:
    """A dossier has two codes; nothing raises, and one person's answers stand, in one rating of each questionnaire."""
    dossier = f"H01.{office.at.isoformat()}"
    office.passes(days=1)
    codes = {"{code}": shown(await slip(office, dossier)), "{other}": await slip(office, dossier)}
    for said, who in typed:
        for name, code in codes.items():
            said = said.replace(name, code)  # noqa: PLW2901 - filled in
        await office.says(said, who=f"{who}{office.at.isoformat()}")
    heard = await answered(office, dossier)
    assert len({person for _, person in heard}) <= 1
    assert len(heard) == len({questionnaire for questionnaire, _ in heard})
    assert await office.dead_letters() == []
    assert (await office.reads(recount.compare)).is_equal


async def test_who_answers_when_the_questionnaire_is_withdrawn_is_told_and_what_he_said_stays(office: Office) -> None:
    await office.says(shown(await slip(office)))
    await office.says("2")
    day = office.at.astimezone(LOCAL).date()

    def replace_quick(connection: Connection) -> None:
        publish_next_quick(connection, day, office.at)
        withdraw(connection, ("quick", 1), day, None, office.at)

    await office.database.write(replace_quick)
    assert "Cơ quan vừa thôi dùng phiếu hỏi này" in await office.says("1")
    assert await office.open_conversation() is None
    kept = await office.database.read(
        lambda connection: connection.execute(
            select(rating.c.state, answer.c.item, answer.c.score).join(answer, answer.c.rating_id == rating.c.id)
        ).all()
    )
    assert [tuple(each) for each in kept] == [("abandoned", "overall", 2)]
