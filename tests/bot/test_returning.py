"""Results told to those who rated: once, by day, with all that a figure needs beside it; on both databases."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from bot.returning import PAGE
from offices.errors import DomainError
from offices.staff import Role
from offices.worktime import LOCAL
from storage import chats, results_consent, staff
from storage.closed_periods import closing, records
from storage.closed_periods.closing import Closing
from storage.closed_periods.records import ClosedPeriod
from storage.petition_figures import timeliness
from storage.results import audience, notes, planning
from storage.tables.delivery import outbox
from storage.tables.people import chat
from storage.tables.results import results_consent as results_consent_table
from surveys.targets import plan
from surveys.visits import Service, Visit
from tests.bot.office import HEALTH, Office
from tests.storage.ratings_world import rate

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided above the database."""
STATION = "xa-mau.tram-y-te"
OCTOBER = next(report for report in plan("YT24").reports(2026) if report.id == "YT24-MONTHLY-10")
IN_OCTOBER = datetime(2026, 10, 20, 10, tzinfo=LOCAL)
CLOSED_AT = datetime(2026, 11, 2, 10, tzinfo=LOCAL)
TOLD_AT = datetime(2026, 11, 5, 9, tzinfo=LOCAL)


async def others_rate(office: Office, good: int, bad: int = 0, at: datetime = IN_OCTOBER) -> None:
    visit = Visit(STATION, "health", Service.PUBLIC_SERVICE)

    def add(connection: Connection) -> None:
        for number in range(good + bad):
            rate(connection, visit=visit, answers={"overall": 5 if number < good else 1}, at=at)

    await office.database.write(add)


async def consents(office: Office, who: str = "1") -> None:
    """Rate the health station in October and ask for the results."""
    office.at = IN_OCTOBER
    await office.opens(HEALTH, who=who)
    for answer in ("5", "bỏ qua", "không", "nhận kết quả"):
        await office.says(answer, who=who)


async def close(office: Office) -> ClosedPeriod:
    office.at = CLOSED_AT
    wish = Closing(plan("YT24"), OCTOBER, CLOSED_AT, "system")
    targets = await office.reads(lambda c: closing.measured(c, wish, timeliness))
    return await office.database.write(lambda c: closing.freeze(c, wish, targets))


async def told(office: Office) -> list[dict[str, Any]]:
    return [each for each in await office.letters() if str(each["unique_key"]).startswith("results:")]


async def runs(office: Office, at: datetime = TOLD_AT) -> list[str]:
    office.at = at
    while await office.schedule.round():
        office.passes(seconds=11)
    return [each["body"]["text"] for each in await told(office)]


async def test_who_asked_for_it_is_told_once_with_everything_beside_the_figure(office: Office) -> None:
    await consents(office)
    await others_rate(office, good=17, bad=2)
    await others_rate(office, good=9, bad=3, at=datetime(2025, 10, 20, 10, tzinfo=LOCAL))
    await close(office)
    assert await runs(office, TOLD_AT - timedelta(minutes=1)) == []
    [text] = await runs(office)
    for words in (
        "từ 01/10/2026 đến 31/10/2026", "Trạm Y tế xã Mẫu: 90,00", "n = 20 người trả lời (0 có xác thực, 20 phiếu mở",
        "khoảng tin cậy 95 %: 68,30–98,77 %", "Mục tiêu của kế hoạch: trên 90 %", "Chưa kết luận được",
        "cùng kỳ năm trước (75,00 %, n = 12): +15,00 điểm %", "Clopper–Pearson", "Phiếu hỏi “quick”, bản 1.",
    ):  # fmt: skip
        assert words in text, text
    [letter] = await told(office)
    assert letter["urgency"] == 3
    assert letter["expires_at"].astimezone(LOCAL).hour <= 20
    assert [button["data"] for button in letter["body"]["buttons"]] == ["s:results:off"]
    await office.database.write(lambda c: planning.return_now(c, closed_one(c), office.at))
    assert len(await runs(office, TOLD_AT + timedelta(days=1))) == 1


def closed_one(connection: Connection) -> ClosedPeriod:
    found = records.latest(connection, "YT24", OCTOBER.id, 2026)
    assert found is not None
    return found


@on_one_database
async def test_too_few_get_no_percentage(office: Office) -> None:
    await consents(office)
    await others_rate(office, good=8)
    await close(office)
    [text] = await runs(office)
    assert "chưa đủ phiếu" in text
    assert "%" not in text


@on_one_database
async def test_ways_in_which_few_answered_are_not_told_apart(office: Office) -> None:
    await consents(office)
    await others_rate(office, good=17)
    visit = Visit(STATION, "health", Service.PUBLIC_SERVICE, verified=True)

    def prove(connection: Connection) -> None:
        for _ in range(2):
            rate(connection, visit=visit, at=IN_OCTOBER)

    await office.database.write(prove)
    await close(office)
    [text] = await runs(office)
    assert "n = 20 người trả lời (không nêu riêng từng cách trả lời" in text
    assert "2 có xác thực" not in text


@on_one_database
async def test_where_few_came_since_the_last_letter_it_is_said_and_no_percentage(office: Office) -> None:
    await consents(office)
    await others_rate(office, good=12)
    await close(office)
    await runs(office)
    # The round of survey that ends with October holds October and what was rated since July.
    await others_rate(office, good=3, at=datetime(2026, 7, 9, 10, tzinfo=LOCAL))
    rounds = next(each for each in plan("YT24").reports(2026) if each.id == "YT24-SURVEY-ADMIN-2")
    office.at = CLOSED_AT
    wish = Closing(plan("YT24"), rounds, CLOSED_AT, "system")
    targets = await office.reads(lambda c: closing.measured(c, wish, timeliness))
    await office.database.write(lambda c: closing.freeze(c, wish, targets))
    *_, text = await runs(office)
    assert "số người trả lời thêm chưa đủ 10" in text
    assert "% hài lòng" not in text


@on_one_database
async def test_nobody_else_is_told(office: Office) -> None:
    await consents(office, "took it back")
    await office.says("thôi nhận kết quả", who="took it back")
    await consents(office, "gone")
    await consents(office, "in a group")
    await others_rate(office, good=12)

    def change(connection: Connection) -> None:
        gone, group = (chats.find(connection, "terminal", "local", who) for who in ("gone", "in a group"))
        assert gone is not None
        assert group is not None
        chats.set_state(connection, gone.id, "unreachable")
        connection.execute(update(chat).where(chat.c.id == group.id).values(external_chat="-100"))

    await office.database.write(change)
    office.at = IN_OCTOBER - timedelta(days=40)
    await office.opens(HEALTH, who="another month")
    for answer in ("5", "bỏ qua", "không", "nhận kết quả"):
        await office.says(answer, who="another month")
    await close(office)
    assert await runs(office) == []


@on_one_database
async def test_who_says_no_while_the_letter_waits_is_not_told(office: Office) -> None:
    await consents(office)
    await close(office)
    await runs(office)
    await office.says("thôi nhận kết quả")
    assert [each["state"] for each in await told(office)] == ["cancelled"]


@on_one_database
async def test_who_says_no_elsewhere_is_not_told_where_the_letter_waits_for_him_to_write(office: Office) -> None:
    await consents(office)
    await close(office)
    await runs(office)

    def refuse(connection: Connection) -> None:
        person = connection.execute(select(results_consent_table.c.person_id)).scalar_one()
        connection.execute(update(outbox).where(outbox.c.unique_key.startswith("results:")).values(state="held"))
        results_consent.refuse(connection, person, office.at)

    await office.database.write(refuse)
    assert [each["state"] for each in await told(office)] == ["cancelled"]


@on_one_database
@pytest.mark.parametrize("hour", [20, 23, 3])
async def test_nothing_is_told_at_night_nor_so_late_that_it_would_go_at_night(office: Office, hour: int) -> None:
    await consents(office)
    await close(office)
    evening = TOLD_AT.replace(hour=19, minute=31)
    night = evening if hour == 20 else TOLD_AT.replace(hour=hour) + timedelta(days=hour < 8)
    assert await runs(office, night) == []
    morning = TOLD_AT.replace(hour=8) + timedelta(days=1)
    assert await runs(office, morning - timedelta(minutes=1)) == []
    assert len(await runs(office, morning)) == 1


async def test_two_workers_tell_each_person_once(office: Office) -> None:
    for who in "12345":
        await consents(office, who)
    await close(office)
    office.at = TOLD_AT
    other = Office(office.database, at=TOLD_AT)
    await other.database.read(other.reference.refresh)
    for _ in range(3):
        await asyncio.gather(office.schedule.round(), other.schedule.round())
        office.passes(seconds=11)
        other.passes(seconds=11)
    assert len({each["chat_id"] for each in await told(office)}) == len(await told(office)) == 5


@on_one_database
async def test_pages_hold_everybody_once_whatever_their_size(office: Office) -> None:
    for who in "12345":
        await consents(office, who)
    closed = await close(office)

    def walk(connection: Connection) -> list[int]:
        seen, after = list[int](), 0
        while True:
            page, last = audience.page(connection, closed.window, after, 2)
            seen += [each.person for each in page]
            if last is None:
                return seen
            after = last

    seen = await office.reads(walk)
    assert len(seen) == len(set(seen)) == 5
    size = await office.reads(lambda c: audience.size(c, closed))
    assert (size.consenting, size.written, size.units) == (5, 0, (STATION,))


@on_one_database
async def test_a_second_run_gets_through_all_pages_to_those_who_asked_for_it_since(office: Office) -> None:
    visit = Visit(STATION, "health", Service.PUBLIC_SERVICE)

    def come(connection: Connection, people: range) -> None:
        for number in people:
            who = chats.Caller("terminal", "local", f"p{number}", f"p{number}", "vi")
            person = chats.welcome(connection, who, IN_OCTOBER).person_id
            rate(connection, visit=visit, who=person, at=IN_OCTOBER)
            results_consent.give(connection, person, IN_OCTOBER)

    await office.database.write(lambda c: come(c, range(PAGE + 2)))
    closed = await close(office)
    assert len(await runs(office)) == PAGE + 2
    await office.database.write(lambda c: come(c, range(PAGE + 2, PAGE + 4)))
    await office.database.write(lambda c: planning.return_now(c, closed, office.at))
    assert len(await runs(office, TOLD_AT + timedelta(hours=1))) == PAGE + 4


@on_one_database
async def test_what_the_leader_wrote_is_told_and_cannot_be_changed_afterwards(office: Office) -> None:
    await consents(office)
    closed = await close(office)

    def write(connection: Connection, text: str) -> None:
        notes.write_note(connection, closed, STATION, text, staff=leader.id, now=office.at)

    leader = await office.database.write(
        lambda c: staff.add(
            c, login="lanhdao", name="Cán bộ mẫu", unit=STATION, roles=(Role.LEADER,), password_hash="none",
            now=office.at, actor="system",
        )
    )  # fmt: skip
    await office.database.write(lambda c: write(c, "Bớt một lần lấy số"))
    await office.database.write(lambda c: write(c, "Bỏ lấy số hai lần"))
    [text] = await runs(office)
    assert "Trạm Y tế xã Mẫu cho biết sẽ thay đổi: Bỏ lấy số hai lần" in text
    with pytest.raises(DomainError, match="result_told"):
        await office.database.write(lambda c: write(c, "Muộn"))
    with pytest.raises(DomainError, match="result_note_long"):
        await office.database.write(lambda c: write(c, "x" * 501))


@on_one_database
async def test_a_period_of_long_ago_tells_nobody(office: Office) -> None:
    await consents(office)
    office.at = CLOSED_AT + timedelta(days=200)
    wish = Closing(plan("YT24"), OCTOBER, office.at, "system")
    targets = await office.reads(lambda c: closing.measured(c, wish, timeliness))
    await office.database.write(lambda c: closing.freeze(c, wish, targets))
    assert await runs(office, office.at + timedelta(days=5)) == []
    assert OCTOBER.period.end == date(2026, 10, 31)
