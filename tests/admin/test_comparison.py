"""Units stand beside each other by ranges of ranks; every share with its n and interval, small ones without."""

import re

from surveys.visits import Service, Visit
from tests.admin.office import Office
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
    assert page.count("n = 12") == 1
    assert "Chưa có đơn vị khác đủ phiếu để so sánh." in page
    officer = await office.visitor().signs_in("canbo")
    await officer.get(PATH)
    assert officer.status == 403
