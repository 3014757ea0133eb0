"""The estimate for the list stands beside the ratings alone, with all that belongs to it."""

import re

from sqlalchemy import Connection

from storage import dossiers
from surveys.visits import Service, Visit
from tests.admin.office import Office
from tests.offices.builders import a_dossier
from tests.storage.ratings_world import rate

PATH = "/admin/estimate?plan=YT24&period=month-2026-11"
COUNTER, FARM = "xa-mau.trung-tam", "xa-mau.kinh-te"


async def listed_and_rated(office: Office, unit: str, field: str, numbers: int, scores: list[int]) -> None:
    """Put dossiers on the list, and rate the first of them with these scores."""

    def job(connection: Connection) -> None:
        codes = [f"{field}-{number}".upper() for number in range(numbers)]
        dossiers.upsert(connection, [a_dossier(code=code, unit=unit, field=field) for code in codes], office.watch.now)
        for code, score in zip(codes, scores, strict=False):
            visit = Visit(unit, field, Service.TTHC, code, verified=True)
            rate(connection, visit=visit, answers={"overall": score}, at=office.watch.now)

    await office.database.write(job)


async def test_the_list_changes_what_the_ratings_alone_say(office: Office) -> None:
    await listed_and_rated(office, COUNTER, "land", 400, [5] * 10 + [1] * 10)
    await listed_and_rated(office, COUNTER, "justice", 100, [5] * 60)
    page = await (await office.visitor().signs_in("phantich")).get(PATH)
    first = page.partition("<tbody>")[2].partition("</tr>")[0]
    assert "87,50%" in first  # 70 of 80 ratings
    assert "60,00%" in page  # 0.8 of the list with one half, 0.2 with all
    for expected in (
        "post-stratified/1",
        "80 người trả lời trên 500 hồ sơ (16,00%)",
        "tương đương 31 phiếu",
        "Chưa đạt",
    ):
        assert expected in page
    cells = re.findall(r">([^<>]+)</t[dh]>", page.partition('id="strata"')[2])
    place = cells.index("Đất đai")
    assert cells[place : place + 6] == ["Đất đai", "Xã", "400", "20", "5,00%", "50,00%"]


async def test_a_unit_where_nobody_answered_is_named_and_a_small_group_has_no_share(office: Office) -> None:
    await listed_and_rated(office, COUNTER, "land", 50, [5] * 12)
    await listed_and_rated(office, COUNTER, "justice", 50, [5] * 9)
    await listed_and_rated(office, FARM, "agriculture", 100, [])
    page = await (await office.visitor().signs_in("phantich")).get(PATH)
    assert "Chưa ai trả lời ở: Phòng Kinh tế. Số này chiếm 50,00% danh sách" in page
    small = page.partition('class="number">18,00%</td>')[2].partition("</tr>")[0]
    assert "Chưa đủ phiếu" in small
    assert "%" not in small


async def test_without_a_list_the_page_says_how_to_bring_one(office: Office) -> None:
    visitor = await office.visitor().signs_in("phantich")
    assert "langnghe import-dossiers" in await visitor.get(PATH)
    assert visitor.status == 200


async def test_who_sees_one_unit_sees_the_list_of_that_unit_alone(office: Office) -> None:
    await listed_and_rated(office, COUNTER, "land", 50, [5] * 12)
    await listed_and_rated(office, FARM, "agriculture", 100, [1] * 20)
    page = await (await office.visitor().signs_in("lanhdao")).get(f"{PATH}&unit={COUNTER}")
    assert "trên 100 hồ sơ" in page  # the leader of the farm's unit asked for another one
    assert "trên 50 hồ sơ" not in page
    assert "trên 150 hồ sơ" not in page
    officer = await office.visitor().signs_in("canbo")
    await officer.get(PATH)
    assert officer.status == 403
