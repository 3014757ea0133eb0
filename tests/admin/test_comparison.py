"""Units stand beside each other by ranges of ranks; every share with its n and interval, small ones without."""

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from offices.presets import load_preset
from offices.succession import merge, split
from offices.units import Decision
from offices.worktime import LOCAL
from storage.units import change_units
from surveys.visits import Service, Visit
from tests.admin.office import PRESET, Office
from tests.admin.test_dashboard import COUNTER, FARM, rated

CULTURE = Visit("xa-mau.van-hoa-xa-hoi", "culture", Service.TTHC)
PATH = "/admin/comparison"


def ranks(page: str) -> dict[str, str]:
    """Return what stands as the rank of each unit."""
    row = re.compile(r'<b class="rank">([^<]*)</b>.*?<th scope="row">([^<]*)</th>', re.DOTALL)
    return {name: rank for rank, name in row.findall(page)}


async def test_units_that_cannot_be_told_apart_share_their_ranks(office: Office) -> None:
    await rated(office, COUNTER, [5] * 60)
    await rated(office, FARM, [5] * 57 + [1] * 3)
    await rated(office, CULTURE, [5] * 20 + [1] * 40)
    page = await (await office.visitor().signs_in("phantich")).get(PATH)
    assert sorted(ranks(page).values()) == ["1 – 2", "1 – 2", "3"]
    assert page.count("Chưa phân biệt được với 1 đơn vị khác.") == 2
    assert "Phân biệt được với mọi đơn vị khác." in page
    for expected in ("95,00%", "n = 60", "86,08%–98,96%", "ranks-fisher-holm/1"):
        assert expected in page


async def test_a_small_unit_is_named_without_share_and_rank(office: Office) -> None:
    await rated(office, COUNTER, [5] * 12)
    await rated(office, CULTURE, [5] * 12)
    await rated(office, FARM, [5] * 9)
    page = await (await office.visitor().signs_in("phantich")).get(PATH)
    assert set(ranks(page).values()) == {"1 – 2"}
    small = page.partition('id="small"')[2]
    assert "Phòng Kinh tế" in small
    assert "n = 9" in small
    assert "%" not in small.partition("</section>")[0]


async def test_a_merged_unit_is_compared_with_what_it_took_over_and_the_sum_stays(office: Office) -> None:
    await rated(office, COUNTER, [5] * 20)
    await rated(office, CULTURE, [5] * 12)
    await rated(office, FARM, [1] * 4)
    decision = Decision("01/QĐ-UBND", date(2026, 11, 1))
    directory = load_preset(PRESET).units
    into, split_off = directory.unit("xa-mau.trung-tam"), directory.unit("xa-mau.kinh-te")
    parts = [replace(split_off, code=f"xa-mau.phan-{number}", aliases=()) for number in (1, 2)]
    office.watch.passes(timedelta(days=1))
    today = office.watch.now.astimezone(LOCAL).date()
    for change in (merge([CULTURE.unit], into, today, decision), split(FARM.unit, parts, today, decision)):
        await office.database.write(partial(change_units, change=change, now=office.watch.now, actor="system"))
    visitor = await office.visitor().signs_in("phantich")
    at_the_time = await visitor.get(f"{PATH}?view=time")
    assert ranks(at_the_time).keys() == {"Trung tâm Phục vụ hành chính công xã", "Phòng Văn hóa - Xã hội"}
    assert "Nay tính cho Trung tâm Phục vụ hành chính công xã" in at_the_time
    by_successor = await visitor.get(f"{PATH}?view=successor")
    assert ranks(by_successor) == {}  # one unit alone has no rank
    assert "n = 32 ·" in by_successor
    assert "gồm phiếu của: Phòng Văn hóa - Xã hội" in by_successor
    small = by_successor.partition('id="small"')[2]
    assert "Phòng Kinh tế" in small
    assert "Đã chia tách" in small
    for page in (at_the_time, by_successor):
        assert "Cộng: n = 36," in page
    dashboard = await visitor.get("/admin?unit=xa-mau.trung-tam&plan=YT24&view=successor")
    assert "n = 32 " in dashboard
    assert "n = 20 " in await visitor.get("/admin?unit=xa-mau.trung-tam&plan=YT24&view=time")
    assert "Được chia ra từ:" in await visitor.get("/admin?unit=xa-mau.phan-1&period=month-2026-11")


async def test_without_ratings_the_page_says_so_and_with_another_period_too(office: Office) -> None:
    visitor = await office.visitor().signs_in("phantich")
    assert "Chưa có đơn vị nào đủ 10 phiếu" in await visitor.get(PATH)
    await rated(office, COUNTER, [5] * 12)
    assert "Chưa có đơn vị nào đủ 10 phiếu" in await visitor.get(f"{PATH}?period=year-2025")
    assert "n = 12" in await visitor.get(f"{PATH}?period=year-2026")


async def test_who_sees_figures_of_one_unit_finds_no_others_and_no_rank(office: Office) -> None:
    await rated(office, COUNTER, [5] * 12)
    await rated(office, FARM, [5] * 12)
    leader = await office.visitor().signs_in("lanhdao")
    page = await leader.get(PATH)
    assert ranks(page) == {}
    assert page.count("n = 12 ·") == 1
    assert "Cộng: n = 12," in page
    assert "Chưa có đơn vị khác đủ phiếu để so sánh." in page
    officer = await office.visitor().signs_in("canbo")
    await officer.get(PATH)
    assert officer.status == 403
