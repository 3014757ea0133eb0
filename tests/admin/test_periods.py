"""The reports of a plan on the web: the calendar, closing what was seen, revisions, and files that stay the same."""

import hashlib
import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select, update

from offices.dossiers import DossierState
from storage.dossier_import import Entry, Source, take_over
from storage.tables.audit import audit
from storage.tables.periods import closed_period
from surveys.visits import Service, Visit
from tests.admin.office import Office, Visitor
from tests.offices.builders import a_dossier
from tests.storage.ratings_world import noon, rate

PATH = "/admin/periods"
MARCH = f"{PATH}/YT24/YT24-MONTHLY-03/2026"
COUNTER = Visit("xa-mau.trung-tam", "land", Service.TTHC, verified=True)


async def rated(office: Office, good: int, bad: int = 0) -> None:
    def add(connection: Connection) -> None:
        for number in range(good + bad):
            answers: dict[str, int | str | None] = {"overall": 5 if number < good else 1}
            rate(connection, visit=COUNTER, answers=answers, at=noon(date(2026, 3, 10)))

    await office.database.write(add)


async def confirm(visitor: Visitor, **fields: str) -> str:
    """Send the form of the page seen last, with what was seen on it."""
    seen = re.findall(r'name="seen" value="(\w+)"', visitor.text)[0]
    return await visitor.post(MARCH, {"seen": seen, "understood": "yes", **fields})


async def test_the_calendar_tells_where_each_report_stands(office: Office) -> None:
    visitor = await office.visitor().signs_in("phantich")
    page = await visitor.get(f"{PATH}?plan=YT24&year=2026")
    march = page.partition("YT24-MONTHLY-03")[2].partition("</tr>")[0]
    assert "01/03/2026 – 31/03/2026" in march
    assert "04/04/2026" in march
    assert "Quá hạn, chưa chốt" in march
    assert "Đã hết, chưa chốt" in march
    november = page.partition("YT24-MONTHLY-11")[2].partition("</tr>")[0]
    assert "Đang diễn ra" in november
    assert "Chưa bắt đầu" in page.partition("YT24-MONTHLY-12")[2]
    assert "Kế hoạch này không nêu kỳ báo cáo nào." in await visitor.get(f"{PATH}?plan=TP24")
    assert "chốt được từ ngày hôm sau" in await visitor.get(f"{PATH}/YT24/YT24-MONTHLY-11/2026")
    for absent in ("YT24/YT24-MONTHLY-13/2026", "XX/YT24-MONTHLY-03/2026", "YT24/YT24-MONTHLY-03/0",
                   "YT24/YT24-MONTHLY-03/9999", "YT24/YT24-MONTHLY-03/x", "YT24/YT24-MONTHLY-03/2026/0.csv",
                   "YT24/YT24-MONTHLY-03/2026/0.exe"):  # fmt: skip
        await visitor.get(f"{PATH}/{absent}")
        assert visitor.status == 404, absent


async def test_what_was_seen_is_closed_and_handed_out_the_same_each_time(office: Office) -> None:
    await rated(office, 19, 1)
    visitor = await office.visitor().signs_in("thuongtruc")
    page = await visitor.get(MARCH)
    assert "Số liệu sẽ được chốt" in page
    assert "95,00%" in page
    assert "Xin đánh dấu xác nhận" in await confirm(visitor, understood="")
    assert visitor.status == 422
    await visitor.get(MARCH)
    await rated(office, 1)
    assert "Số liệu vừa thay đổi" in await confirm(visitor)
    await confirm(visitor)
    page = await visitor.get(visitor.location)
    assert "Đã chốt số liệu của kỳ." in page
    assert "Cán bộ mẫu 04" in page
    assert "phiếu “Đánh giá nhanh sau giao dịch”, phiên bản 1 · có xác nhận: 21, mở: 0, có người giúp: 0" in page
    assert "Lưu lần điều chỉnh" not in page
    sha256 = re.findall(r"SHA-256 <code[^>]*>(\w{64})<", page)[0]
    for _ in range(2):
        written = await visitor.get(f"{MARCH}/0.json")
        assert hashlib.sha256(written.encode()).hexdigest() == sha256
    assert "attachment" in visitor.headers["Content-Disposition"]
    assert sha256 in await visitor.get(f"{MARCH}/0.csv")
    trail = await office.database.read(
        lambda conn: conn.execute(select(audit.c.actor, audit.c.action, audit.c.details)).all()
    )
    of_periods = [(row.actor, row.action) for row in trail if row.action.startswith("period.")]
    assert of_periods == [("staff:4", "period.close"), *[("staff:4", "period.export")] * 3]
    assert any('"via": "page"' in row.details for row in trail if row.action == "period.close")
    assert "Đã chốt" in await visitor.get(f"{PATH}?plan=YT24&year=2026")


async def test_a_later_change_becomes_a_revision_with_its_reason(office: Office) -> None:
    await rated(office, 18, 2)
    visitor = await office.visitor().signs_in("thuongtruc")
    await visitor.get(MARCH)
    await confirm(visitor)
    await rated(office, 10)
    office.watch.passes(timedelta(minutes=5))
    page = await visitor.get(MARCH)
    assert "90,00%" in page, "the frozen figures are shown, not today's"
    assert "số người trả lời từ 20 thành 30" in page
    assert "đã được chốt lúc" in await confirm(visitor)
    await visitor.get(MARCH)
    await confirm(visitor, reason="Nhập bổ sung <phiếu>")
    page = await visitor.get(visitor.location)
    assert "Đã lưu lần điều chỉnh." in page
    assert "Điều chỉnh lần 1" in page
    assert "Nhập bổ sung &lt;phiếu&gt;" in page
    assert "93,33%" in page
    assert '"revision":0' in await visitor.get(f"{MARCH}/0.json")
    assert '"revision":1' in await visitor.get(f"{MARCH}/1.json")


async def test_who_may_not_close_sees_the_figures_and_no_way_to_close(office: Office) -> None:
    await rated(office, 20)
    analyst = await office.visitor().signs_in("phantich")
    page = await analyst.get(MARCH)
    assert "100,00%" in page
    assert '<form method="post" action="/admin/periods' not in page
    await analyst.post(MARCH, {"understood": "yes"})
    assert analyst.status == 403
    leader = await office.visitor().signs_in("lanhdao")
    await leader.get(MARCH)
    assert leader.status == 403
    assert await office.database.read(lambda conn: conn.execute(select(closed_period)).all()) == []


async def test_altered_figures_are_told_and_never_handed_out(office: Office) -> None:
    await rated(office, 20)
    visitor = await office.visitor().signs_in("thuongtruc")
    await visitor.get(MARCH)
    await confirm(visitor)
    forged = update(closed_period).values(document="{}")
    await office.database.write(lambda conn: conn.execute(forged))
    assert "ĐÃ BỊ SỬA" in await visitor.get(MARCH)
    page = await visitor.get(f"{MARCH}/0.json")
    assert visitor.status == 422
    assert "không còn như lúc chốt" in page


CODES = [f"LAND-{number}" for number in range(40)]
ON_TIME = date(2026, 3, 10)


async def listed(office: Office) -> None:
    """Put forty dossiers of March on the list, the first twenty of them rated."""

    def job(connection: Connection) -> None:
        days = {"received_on": ON_TIME, "due_on": ON_TIME, "returned_on": ON_TIME}
        made = [a_dossier(code=code, unit=COUNTER.unit, field="land", **days) for code in CODES]
        made.append(replace(made[0], code="MAU-RUT", returned_on=None, state=DossierState.WITHDRAWN))
        source = Source("0" * 64, "system", date(2026, 3, 31))
        take_over(connection, map(Entry, made), source, noon(ON_TIME), lambda _: None)

    await office.database.write(job)
    for code in CODES[:20]:
        await rated_dossier(office, code, 5, noon(ON_TIME))


async def rated_dossier(office: Office, code: str, score: int, at: datetime) -> None:
    visit = replace(COUNTER, dossier=code)
    await office.database.write(lambda connection: rate(connection, visit=visit, answers={"overall": score}, at=at))


async def test_the_estimate_from_the_list_is_shown_and_frozen(office: Office) -> None:
    await listed(office)
    visitor = await office.visitor().signs_in("thuongtruc")
    for _ in range(2):  # as it would be frozen, and frozen
        page = await visitor.get(MARCH)
        row = page.partition("YT24-SAT-TTHC<")[2].partition("</tr>")[0]
        assert "Theo danh sách hồ sơ: <b>100,00%</b>" in row
        assert "20 người trả lời trên 40 hồ sơ" in row
        on_time = page.partition("YT24-ONTIME<")[2].partition("</tr>")[0]
        assert "theo danh sách hồ sơ đủ đến hết ngày 31/03/2026" in on_time
        assert "ngoài ra 1 hồ sơ đến hạn trong kỳ đã được người nộp rút khi chưa trễ hạn, không tính vào" in on_time
        if "Số liệu sẽ được chốt" in page:
            await confirm(visitor)


async def test_people_who_answer_while_a_period_is_closed_and_after_neither_stop_nor_revise_it(office: Office) -> None:
    await listed(office)
    visitor = await office.visitor().signs_in("thuongtruc")
    page = await visitor.get(MARCH)
    assert "tính các câu trả lời trước 00:00 ngày" in page
    assert "Câu trả lời đến sau" not in page
    await rated_dossier(office, CODES[20], 1, office.watch.now)
    await confirm(visitor)
    assert visitor.status == 303
    office.watch.passes(timedelta(days=2))
    await rated_dossier(office, CODES[21], 1, office.watch.now)
    visitor = await office.visitor().signs_in("thuongtruc")
    page = await visitor.get(MARCH)
    assert "20 người trả lời trên 40 hồ sơ" in page
    assert "Lưu lần điều chỉnh" not in page
    assert "Câu trả lời đến sau không đổi số liệu đã chốt" in page
    [now] = re.findall(r'href="(/admin/estimate\?[^"]*)"', page)
    assert "22 người trả lời trên 40 hồ sơ" in await visitor.get(now.replace("&amp;", "&"))


async def test_without_a_choice_the_calendar_is_of_a_plan_that_names_reports(office: Office) -> None:
    page = await (await office.visitor().signs_in("phantich")).get(PATH)
    assert "Kế hoạch này không nêu kỳ báo cáo nào." not in page
    assert "Chưa bắt đầu" in page
