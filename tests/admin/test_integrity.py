"""The review of ratings: signs in words, decisions with a reason, figures in three ways, and never who it was."""

from datetime import timedelta

from sqlalchemy import Connection

from storage import kept_checks
from surveys.periods import year_period
from tests.admin.office import Office
from tests.admin.test_dashboard import COUNTER, FARM, rated
from tests.storage.ratings_world import desk_at, rate

PATH = "/admin/integrity"


async def suspicious(office: Office, number: int) -> None:
    """Add ratings of the counter that nobody can have given so fast."""

    def job(connection: Connection) -> None:
        for _ in range(number):
            at = office.watch.now
            made = rate(connection, visit=COUNTER, answers={"overall": 5, "comment": "Gọi 0912345678"}, at=at)
            desk_at(connection, at + timedelta(seconds=1)).finish(made)

    await office.database.write(job)


async def check(office: Office) -> None:
    def job(connection: Connection) -> None:
        wanted = kept_checks.next_wanted(connection)
        assert wanted is not None
        kept_checks.keep(
            connection, wanted, kept_checks.look(connection, wanted.since, wanted.until), now=office.watch.now
        )

    await office.database.write(job)


async def test_a_check_is_asked_for_and_shown_with_figures_in_three_ways(office: Office) -> None:
    await rated(office, COUNTER, [5] * 10 + [1] * 10)
    await suspicious(office, 12)
    visitor = await office.visitor().signs_in("phantich")
    assert "Kỳ này chưa được kiểm tra" in await visitor.get(PATH)
    assert "chưa kiểm tra dấu hiệu bất thường" in await visitor.get("/admin?plan=YT24")
    await visitor.post(f"{PATH}/check?period=year-2026")
    page = await visitor.get(visitor.location)
    assert "Đã yêu cầu kiểm tra." in page
    assert "Đang chờ kiểm tra: 1." in page
    await check(office)
    page = await visitor.get(PATH)
    assert "đã xét 32 phiếu, 12 phiếu đáng xem lại" in page
    for figure in ("68,75%", "50,00%"):  # with and without
        assert figure in page
    assert "xong trong 1 giây, cần ít nhất" in page
    assert "Nhìn chung, Ông/Bà hài lòng ở mức nào với lần phục vụ này? <b>Rất hài lòng</b>" in page
    assert "overall" not in page
    assert "Gọi […]" in page
    assert "0912345678" not in page
    assert "không có dữ liệu" in page
    dashboard = await visitor.get("/admin?plan=YT24&period=year-2026")
    assert '<a href="/admin/integrity?plan=YT24&amp;period=year-2026">12 phiếu đáng xem lại</a>' in dashboard
    leader = await office.visitor().signs_in("lanhdao")
    assert "0 phiếu đáng xem lại" in await leader.get("/admin?plan=YT24")


async def test_a_decision_needs_a_reason_and_moves_the_figure_as_decided(office: Office) -> None:
    await rated(office, COUNTER, [1] * 12)
    await rated(office, FARM, [5] * 10)
    await suspicious(office, 12)
    await office.database.write(
        lambda conn: kept_checks.want(conn, year_period(2026), now=office.watch.now, actor="system")
    )
    await check(office)
    visitor = await office.visitor().signs_in("thuongtruc")
    page = await visitor.get(f"{PATH}?period=year-2026")
    numbers = [part.partition('"')[0] for part in page.split('name="ratings" value="')[1:]]
    assert len(numbers) == 12
    review = f"{PATH}/review?period=year-2026"
    page = await visitor.post(review, {"ratings": numbers[:2], "decision": "valid", "reason": ""})
    assert visitor.status == 422
    assert "Xin ghi lý do." in page
    assert page.count("checked>") == 3, "two ratings and the decision stay as they were"
    page = await visitor.post(review, {"ratings": numbers[:1], "decision": "maybe", "reason": "Lý do <này>"})
    assert "Xin chọn một mục" in page
    assert "Lý do &lt;này&gt;" in page
    page = await visitor.post(review, {"decision": "valid", "reason": "x"})
    assert "Xin chọn ít nhất một phiếu" in page
    await visitor.post(review, {"ratings": numbers[:2], "decision": "valid", "reason": "Cán bộ tập huấn"})
    page = await visitor.get(visitor.location)
    assert "Đã lưu kết luận." in page
    assert "(10)" in page
    together = page.partition(">Tất cả</th>")[2].partition("</tr>")[0]
    assert [f"n = {n} " in together for n in (34, 22, 24)] == [True] * 3
    await visitor.post(review, {"all": "yes", "decision": "doubtful", "reason": "Một đợt"})
    assert "(0)" in await visitor.get(f"{PATH}?period=year-2026")
    page = await visitor.get(f"{PATH}?period=year-2026&state=all")
    assert page.count("Cán bộ mẫu 04,") == 12
    for query in ("state=x&sign=y&page=z&unit=q", "state=weak", "sign=burst", "state=valid&page=999"):
        await visitor.get(f"{PATH}?{query}")
        assert visitor.status == 200


async def test_the_rated_unit_does_not_judge_its_own_ratings(office: Office) -> None:
    for login in ("lanhdao", "canbo", "quantri"):
        visitor = await office.visitor().signs_in(login)
        await visitor.get(PATH)
        assert visitor.status == 403
        await visitor.get("/admin")
        assert PATH not in visitor.text
