import re
from datetime import timedelta

from sqlalchemy import Connection

from offices.dossiers import DossierState
from storage.dossier_import import Entry, Source, take_over
from surveys.targets import load_plans
from surveys.visits import Service, Visit
from tests.admin.office import Office, submit
from tests.offices.builders import a_dossier
from tests.storage.ratings_world import rate

COUNTER = Visit("xa-mau.trung-tam", "land", Service.TTHC)
FARM = Visit("xa-mau.kinh-te", "agriculture", Service.TTHC)


async def rated(office: Office, visit: Visit, scores: list[int]) -> None:
    """Add one quick rating for each score, today."""

    def job(connection: Connection) -> None:
        for score in scores:
            rate(connection, visit=visit, answers={"overall": score}, at=office.watch.now)

    await office.database.write(job)


async def test_every_percentage_stands_with_its_n_interval_questionnaire_and_verdict(office: Office) -> None:
    await rated(office, COUNTER, [5] * 90 + [2] * 10)
    visitor = await office.visitor().signs_in("phantich")
    page = await visitor.get("/admin?plan=YT24")
    assert "90,00%" in page
    assert "n = 100" in page
    assert "82,38% – 95,10%" in page
    assert "phiếu “Đánh giá nhanh sau giao dịch”, phiên bản 1" in page
    assert "Chưa kết luận được" in page
    assert "đạt từ 95% trở lên" in page
    assert "mục I.4" in page


async def test_below_the_minimum_there_is_no_percentage(office: Office) -> None:
    await rated(office, COUNTER, [5] * 9)
    visitor = await office.visitor().signs_in("phantich")
    page = await visitor.get("/admin")
    assert "Chưa đủ phiếu" in page
    assert "n = 9" in page
    assert "share" not in re.sub(r"figure\.share", "", page.partition("<table")[2].partition("</table>")[0])


async def test_the_rates_of_decision_766_stand_apart_with_their_counts_and_points(office: Office) -> None:
    visitor = await office.visitor().signs_in("phantich")
    empty = (await visitor.get("/admin")).partition('id="service"')[2].partition("</section>")[0]
    assert "Trong kỳ chưa có phản ánh nào đến hạn." in empty
    assert "Trong kỳ chưa có hồ sơ nào có kết quả." in empty
    await submit(office, "Đèn đường thôn Mẫu hỏng.")
    office.watch.passes(timedelta(days=40))
    visitor = await office.visitor().signs_in("phantich")
    page = (await visitor.get("/admin?period=year-2026")).partition('id="service"')[2].partition("</section>")[0]
    assert "0 trên 1" in page
    assert "0,00 / 6" in page
    assert "qd766-pakn-timely/1" in page


async def test_dossiers_in_time_stand_with_their_count_and_those_without_a_day(office: Office) -> None:
    def job(connection: Connection) -> None:
        day, unit = office.watch.now.date() - timedelta(days=1), "xa-mau.trung-tam"
        days = {"received_on": day, "unit": unit}
        done = [a_dossier(code=f"H-{number}", due_on=day, returned_on=day, **days) for number in range(40)]
        undated = [a_dossier(code=f"U-{number}", due_on=None, returned_on=None, **days) for number in range(3)]
        withdrawn = a_dossier(code="W-1", due_on=day, returned_on=None, state=DossierState.WITHDRAWN, **days)
        entries = [Entry(each) for each in (*done, *undated, withdrawn)]
        take_over(connection, entries, Source("0" * 64, "system", day), office.watch.now, lambda _: None)

    await office.database.write(job)
    visitor = await office.visitor().signs_in("phantich")
    whole = await visitor.get("/admin?plan=TP24")
    rates = whole.partition('id="service"')[2].partition("</section>")[0]
    assert "40 trên 40" in rates
    assert "100,00%" in rates
    assert "nhiều nhất" not in rates
    assert "không tính điểm" in rates
    assert "6,00 / 6" not in rates
    assert "dossiers-without-fault/1" in rates
    page = whole.partition('id="targets"')[2].partition("</section>")[0]
    assert "100,00%" in page
    assert "n = 40 · tính trên toàn bộ" in page
    assert "ngoài ra 3 hồ sơ tiếp nhận trong kỳ không ghi ngày hẹn trả" in page
    assert "ngoài ra 1 hồ sơ đến hạn trong kỳ đã được người nộp rút" in page
    assert "census/1" in page
    assert "theo danh sách hồ sơ đủ đến hết ngày 15/11/2026" in page
    elsewhere = (await visitor.get("/admin?plan=TP24&unit=xa-mau.kinh-te")).partition('id="targets"')[2]
    assert "n = 40" not in elsewhere.partition("</section>")[0]


async def test_each_plan_and_each_of_its_periods_opens(office: Office) -> None:
    visitor = await office.visitor().signs_in("phantich")
    for plan in load_plans().values():
        page = await visitor.get(f"/admin?plan={plan.code}")
        assert page.count("Căn cứ và cách tính") == len(plan.targets)
        for report in plan.reports(2026):
            await visitor.get(f"/admin?plan={plan.code}&period={report.id}")
            assert visitor.status == 200
    for query in (
        "plan=x&period=y", "start=2026-02-30&end=x", "start=2026-05-01&end=2026-04-01&period=custom",
        "plan=TP24&start=0001-01-01&end=2026-11-22", "start=9999-12-01&end=9999-12-31",
        "start=1900-01-01&end=2999-12-31",
    ):  # fmt: skip
        await visitor.get(f"/admin?{query}")
        assert visitor.status == 200


async def test_a_month_that_a_plan_reports_is_offered_once(office: Office) -> None:
    visitor = await office.visitor().signs_in("phantich")
    for query in ("plan=UH24", "plan=UH24&period=month-2026-10"):
        names = re.findall(
            r"<option[^>]*>([^<]*)</option>", (await visitor.get(f"/admin?{query}")).partition('id="period"')[2]
        )
        assert names.count("Tháng 10/2026") == 1, names
        assert len(names) == len(set(names))
        assert "Năm 2026 (15/12/2025 – 01/12/2026)" in names


async def test_own_dates_are_counted_exactly(office: Office) -> None:
    await rated(office, COUNTER, [5] * 20)
    visitor = await office.visitor().signs_in("phantich")
    assert "n = 20" in await visitor.get("/admin?period=custom&start=2026-11-16&end=2026-11-16")
    assert "n = 20" not in await visitor.get("/admin?period=custom&start=2026-11-17&end=2026-11-30")


async def test_a_leader_sees_the_figures_of_the_own_unit_only(office: Office) -> None:
    await rated(office, COUNTER, [5] * 30)
    await rated(office, FARM, [5] * 12)
    leader = await office.visitor().signs_in("lanhdao")
    page = await leader.get("/admin")
    assert "n = 12" in page
    assert "n = 42" not in page
    analyst = await office.visitor().signs_in("phantich")
    assert "n = 42" in await analyst.get("/admin")


async def test_officers_see_cases_but_no_figures_and_administrators_neither(office: Office) -> None:
    await submit(office, "Đường làng bị ngập.")
    officer = await office.visitor().signs_in("canbo")
    page = await officer.get("/admin")
    assert "Chỉ tiêu của kế hoạch" not in page
    assert "Phản ánh, kiến nghị theo trạng thái" in page
    admin = await office.visitor().signs_in("quantri")
    page = await admin.get("/admin")
    assert "Chỉ tiêu của kế hoạch" not in page
    assert "theo trạng thái" not in page


async def test_what_is_late_is_counted_and_leads_to_the_late_ones(office: Office) -> None:
    receipt = await submit(office, "Kênh mương bị vỡ.")
    office.watch.passes(timedelta(days=60))
    coordinator = await office.visitor().signs_in("thuongtruc")
    page = await coordinator.get("/admin")
    assert re.search(r'href="/admin/petitions\?lateness=late"><b>1</b>', page)
    assert receipt.code in await coordinator.get("/admin/petitions?lateness=late")


async def test_a_charts_figures_stand_in_a_table_too(office: Office) -> None:
    await rated(office, COUNTER, [5] * 15)
    visitor = await office.visitor().signs_in("phantich")
    page = await visitor.get("/admin")
    assert '<circle class="dot"' in page
    assert re.search(r"11/2026</th><td class=\"number\">15</td>\s*<td class=\"number\">100,00%</td>", page)
