"""Who was asked stands on a page: each draw with its proof, each stratum with its response rate, within one's reach."""

import csv
import io
import json
import re
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, event, select

from offices.datafiles import Label
from offices.quiet_hours import load_quiet_hours
from storage import dossiers, draws, invitations, visit_tokens
from storage.draws import Draw, Ordered, Terms
from storage.invitations import Printing
from storage.tables.audit import audit
from surveys.periods import Period
from surveys.sampling import Quota
from surveys.tokens import shown
from tests.admin.office import Office, Visitor
from tests.codes import TOKEN_KEY
from tests.offices.builders import a_dossier
from tests.storage.ratings_world import add_person, desk_at, rate

PATH = "/admin/invitations"
ECONOMY, CULTURE = "xa-mau.kinh-te", "xa-mau.van-hoa-xa-hoi"
WEEK = timedelta(days=7)


def commit(connection: Connection, office: Office) -> Draw:
    today = office.watch.now.date()
    period = Period(today, today + WEEK, Label("Tuần", "Week"))
    return draws.commit(connection, period, Quota(number=20), Terms(), TOKEN_KEY, "cd" * 32, Ordered(office.watch.now))


def unprinted(connection: Connection, office: Office, returned_on: date) -> None:
    """Draw from thirty dossiers of two units of whose applicants nothing is known."""
    listed = [
        a_dossier(
            code=f"H-{unit[-3:]}-{number}", unit=unit, due_on=None, received_on=returned_on, returned_on=returned_on
        )
        for unit, numbers in ((ECONOMY, 25), (CULTURE, 5))
        for number in range(numbers)
    ]
    dossiers.upsert(connection, listed, office.watch.now)
    draws.make(connection, 1, TOKEN_KEY, Ordered(office.watch.now))


def make(connection: Connection, office: Office, returned_on: date, answers: int) -> None:
    """Draw, print the codes, and have the first ones used."""
    unprinted(connection, office, returned_on)
    now = office.watch.now
    invitations.plan(connection, draws.by_id(connection, 1), load_quiet_hours(), now)
    slips = [each for each in invitations.slips(connection, 1, TOKEN_KEY, now) if each.dossier.unit == ECONOMY]
    for each in slips[:answers]:
        who = add_person(connection)
        visit = visit_tokens.redeem(connection, TOKEN_KEY, each.token, who, now)
        desk_at(connection, now).finish(
            rate(connection, visit=visit, who=who, answers={"overall": 5, "comment": None}, at=now)
        )


async def drawn(office: Office, answers: int) -> Draw:
    found = await office.database.write(partial(commit, office=office))
    returned_on = office.watch.now.date() + timedelta(days=3)
    office.watch.passes(2 * WEEK)
    await office.database.write(partial(make, office=office, returned_on=returned_on, answers=answers))
    return found


def numbers_of(page: str, unit: str) -> list[str]:
    row = page.partition('id="strata"')[2].partition(f'<th scope="row">{unit}')[2].partition("</tr>")[0]
    return re.findall(r'<td class="number"[^>]*>([^<]*)</td>', row)


async def test_an_analyst_sees_every_stratum_the_bounds_and_the_proof(office: Office) -> None:
    found = await drawn(office, 12)
    page = await (await office.visitor().signs_in("phantich")).get(PATH)
    assert numbers_of(page, "Phòng Kinh tế") == ["25", "20", "0", "20", "0", "0", "12", "60,00%"]
    assert numbers_of(page, "Phòng Văn hóa - Xã hội") == ["5", "5", "0", "5", "0", "0", "0", "0,00%"]
    assert numbers_of(page, "Tất cả") == ["30", "25", "0", "25", "0", "0", "12", "48,00%"]
    assert "từ 48,00% đến 100,00% (n = 12 trên 25 được mời)" in page
    assert "response-bounds/1" in page
    shown = page.replace("<wbr>", "")
    assert found.commitment in shown
    assert draws.seed_of(TOKEN_KEY, "cd" * 32).hex() in shown


async def test_below_ten_answers_nothing_is_said_of_what_they_were(office: Office) -> None:
    await drawn(office, 9)
    page = await (await office.visitor().signs_in("phantich")).get(PATH)
    assert "Chưa đủ phiếu: 9 trả lời trên 25 được mời." in page
    assert "đến 100,00%" not in page


async def test_a_leader_sees_the_own_unit_only(office: Office) -> None:
    await drawn(office, 0)
    page = (await (await office.visitor().signs_in("lanhdao")).get(PATH)).partition('id="strata"')[2]
    assert "Phòng Kinh tế" in page
    assert "Phòng Văn hóa" not in page


async def test_a_seed_is_not_shown_before_the_draw(office: Office) -> None:
    visitor = await office.visitor().signs_in("phantich")
    assert "Chưa có lần rút thăm nào." in await visitor.get(PATH)
    await office.database.write(partial(commit, office=office))
    page = await visitor.get(f"{PATH}?draw=1")
    assert "đã cam kết" in page
    assert draws.seed_of(TOKEN_KEY, "cd" * 32).hex() not in page.replace("<wbr>", "")
    assert 'id="strata"' not in page


FORM = {
    "start": "2026-11-16", "end": "2026-11-23", "rate": "", "number": "20", "minimum": "", "window": "90", "life": "14",
    "understood": "yes",
}  # fmt: skip


def list_of(connection: Connection, office: Office, numbers: int, returned_on: date) -> None:
    codes = [f"H-{number}" for number in range(numbers)]
    days = {"received_on": returned_on, "due_on": None, "returned_on": returned_on}
    made = [a_dossier(code=code, unit=ECONOMY, **days) for code in codes]
    dossiers.upsert(connection, made, office.watch.now)


def seen_on(page: str) -> str:
    [seen] = re.findall(r'name="seen" value="(\w{64})"', page)
    return str(seen)


async def test_a_coordinator_commits_looks_and_draws_on_pages(office: Office) -> None:
    visitor = await office.visitor().signs_in("thuongtruc")
    await visitor.get(PATH)
    await visitor.post(PATH, FORM)
    assert visitor.location == f"{PATH}/1?done=draw_committed"
    found = await office.database.read(partial(draws.by_id, number=1))
    page = await visitor.get(f"{PATH}/1")
    assert found.commitment in page.replace("<wbr>", "")
    assert "Rút thăm được từ ngày sau 23/11/2026" in page
    returned_on = office.watch.now.date() + timedelta(days=3)
    await office.database.write(partial(list_of, office=office, numbers=30, returned_on=returned_on))
    assert "Kỳ chưa hết" in await visitor.post(f"{PATH}/1", {"understood": "yes"})
    assert visitor.status == 422
    office.watch.passes(2 * WEEK)
    await visitor.signs_in("thuongtruc")
    page = await visitor.get(f"{PATH}/1")
    assert re.findall(r'<td class="number"[^>]*>([^<]*)</td>', page)[:2] == ["30", "20"]
    seen = seen_on(page)
    assert "Xin đánh dấu xác nhận" in await visitor.post(f"{PATH}/1", {"seen": seen})
    await office.database.write(partial(list_of, office=office, numbers=31, returned_on=returned_on))
    assert "Danh sách hồ sơ vừa thay đổi" in await visitor.post(f"{PATH}/1", {"understood": "yes", "seen": seen})
    await visitor.post(f"{PATH}/1", {"understood": "yes", "seen": seen_on(visitor.text)})
    assert visitor.location == f"{PATH}?draw=1&done=draw_made"
    assert numbers_of(await visitor.get(visitor.location), "Phòng Kinh tế")[:2] == ["31", "20"]
    await visitor.get(f"{PATH}/1")
    assert visitor.location == f"{PATH}?draw=1"
    told = await office.database.read(
        lambda c: c.execute(select(audit.c.actor, audit.c.action).where(audit.c.action.like("draw.%"))).all()
    )
    actor = f"staff:{office.accounts['thuongtruc'].id}"
    assert [tuple(each) for each in told] == [(actor, "draw.commit"), (actor, "draw.make")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"end": "2026-11-15"}, "ngày cuối không trước ngày đầu"),
        ({"start": "hôm nay"}, "Xin chọn ngày đầu"),
        ({"rate": "10"}, "không ghi cả hai"),
        ({"number": "", "rate": "1e99999999"}, "Xin"),
        ({"number": "0"}, "Xin"),
        ({"life": "91"}, "Thời hạn lời mời"),
        ({"window": "x"}, "Thời hạn lời mời"),
        ({"start": "2026-11-01", "end": "2026-11-16"}, "danh sách đã biết"),
        ({"end": "2062-11-23"}, "Ngày cuối muộn nhất là 17/11/2027"),
        ({"window": "900000"}, "dài nhất là 3.650 ngày"),
        ({"understood": ""}, "Xin đánh dấu xác nhận"),
    ],
)
async def test_terms_that_cannot_be_are_told_and_nothing_typed_is_lost(
    office: Office, change: dict[str, str], said: str
) -> None:
    visitor = await office.visitor().signs_in("thuongtruc")
    typed = {**FORM, **change}
    page = await visitor.post(PATH, typed)
    assert visitor.status == 422
    assert said in page.partition('role="alert"')[2].partition("</div>")[0]
    assert f'value="{typed["end"]}"' in page
    assert await office.database.read(draws.all_draws) == []


async def test_the_farthest_day_and_the_longest_window_can_be_committed_to(office: Office) -> None:
    visitor = await office.visitor().signs_in("thuongtruc")
    await visitor.post(PATH, {**FORM, "end": "2027-11-17", "window": "3650", "life": "3650"})
    assert visitor.status == 303
    [found] = await office.database.read(draws.all_draws)
    assert (found.until, found.terms.window_days) == (date(2027, 11, 17), 3650)


async def test_who_may_not_draw_sees_no_form_and_no_list(office: Office) -> None:
    await office.database.write(partial(commit, office=office))
    for login in ("phantich", "lanhdao"):
        visitor = await office.visitor().signs_in(login)
        assert 'name="window"' not in await visitor.get(PATH)
        for path in (PATH, f"{PATH}/1"):
            await visitor.post(path, {**FORM, "understood": "yes"})
            assert visitor.status == 403
        await visitor.get(f"{PATH}/1")
        assert visitor.status == 403


async def coordinator_of_a_draw(office: Office) -> Visitor:
    """Have a draw made, and sign in who may print its codes."""
    await office.database.write(partial(commit, office=office))
    returned_on = office.watch.now.date() + timedelta(days=3)
    office.watch.passes(2 * WEEK)
    await office.database.write(partial(unprinted, office=office, returned_on=returned_on))
    return await office.visitor().signs_in("thuongtruc")


def dashed(page: str) -> list[str]:
    """Find the rating codes of a page or file."""
    return re.findall(r"DG-\w{4}-\w{4}-\w{4}", page)


async def test_a_coordinator_prints_the_codes_of_those_without_a_chat_and_each_opens_its_dossier(
    office: Office,
) -> None:
    visitor = await coordinator_of_a_draw(office)
    page = await visitor.get(PATH)
    assert "25 hồ sơ được rút thăm chưa in mã, 0 hồ sơ đã in" in page
    sheet = await visitor.post(f"{PATH}/1/slips", {"unit": CULTURE, "as": "print"})
    codes = dashed(sheet)
    assert len(codes) == len(set(codes)) == 5
    assert sheet.count('class="qr"') == 5
    assert f'href="{PATH}?draw=1"' in sheet

    def visits(connection: Connection) -> set[str]:
        now = office.watch.now
        return {visit_tokens.look(connection, TOKEN_KEY, code, None, now).unit for code in codes}

    assert await office.database.read(visits) == {CULTURE}
    await visitor.get(PATH)
    assert "Lần rút thăm này không có mã nào để in" in await visitor.post(f"{PATH}/1/slips", {"unit": CULTURE})
    assert visitor.status == 422
    again = dashed(await visitor.post(f"{PATH}/1/slips", {"unit": CULTURE, "again": "1"}))
    assert len(again) == 5
    assert not set(again) & set(codes)
    told = await office.database.read(
        lambda c: c.execute(select(audit.c.actor, audit.c.details).where(audit.c.action == "draw.slips")).all()
    )
    actor = f"staff:{office.accounts['thuongtruc'].id}"
    assert [(who, json.loads(details)) for who, details in told] == [
        (actor, {"codes": 5, "unit": CULTURE, "again": False}), (actor, {"codes": 5, "unit": CULTURE, "again": True}),
    ]  # fmt: skip


async def test_codes_come_as_a_file_of_which_each_call_gives_the_next_ones(office: Office) -> None:
    visitor = await coordinator_of_a_draw(office)
    await visitor.get(PATH)
    rows = list(
        csv.DictReader(io.StringIO((await visitor.post(f"{PATH}/1/slips", {"as": "csv"})).removeprefix("\ufeff")))
    )
    assert len(rows) == 25
    assert {row["Đơn vị"] for row in rows} == {"Phòng Kinh tế", "Phòng Văn hóa - Xã hội"}
    assert {shown(row["Liên kết"].rpartition("/r/")[2]) for row in rows} == {row["Mã đánh giá"] for row in rows}

    def some(connection: Connection) -> list[str]:
        now = office.watch.now + timedelta(minutes=1)
        again = Printing(most=10)
        first = invitations.print_slips(connection, 1, TOKEN_KEY, Ordered(now), again)
        second = invitations.print_slips(connection, 1, TOKEN_KEY, Ordered(now + timedelta(minutes=1)), again)
        third = invitations.print_slips(connection, 1, TOKEN_KEY, Ordered(now + timedelta(minutes=2)), again)
        return [each.dossier.code for each in (*first, *second, *third)]

    assert len(set(await office.database.write(some))) == 25


async def test_dossiers_that_were_rated_since_cost_nothing_when_codes_are_printed_again(office: Office) -> None:
    await drawn(office, 15)

    def statements(connection: Connection, most: int) -> int:
        noted: list[str] = []

        def note(_: object, __: object, statement: str, *___: object) -> None:
            noted.append(statement)

        event.listen(connection, "before_cursor_execute", note)
        wanted = Printing(ECONOMY, most=most)
        given = list(invitations.slips(connection, 1, TOKEN_KEY, office.watch.now, wanted=wanted))
        event.remove(connection, "before_cursor_execute", note)
        assert len(given) == min(most, 5)
        return len(noted)

    one, two, all_five = [await office.database.write(partial(statements, most=most)) for most in (1, 2, 100)]
    assert all_five - one == 4 * (two - one)
    assert one - (two - one) == 2


async def test_codes_of_a_draw_are_not_for_the_rated_nor_for_those_who_count(office: Office) -> None:
    await drawn(office, 0)
    for login in ("phantich", "lanhdao"):
        visitor = await office.visitor().signs_in(login)
        assert f"{PATH}/1/slips" not in await visitor.get(PATH)
        await visitor.post(f"{PATH}/1/slips", {"as": "csv", "again": "1"})
        assert visitor.status == 403
