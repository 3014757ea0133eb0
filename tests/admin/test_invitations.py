"""Who was asked stands on a page: each draw with its proof, each stratum with its response rate, within one's reach."""

import re
from datetime import date, timedelta
from functools import partial

from sqlalchemy import Connection

from offices.datafiles import Label
from offices.quiet_hours import load_quiet_hours
from storage import dossiers, draws, invitations, visit_tokens
from storage.draws import Draw, Terms
from surveys.periods import Period
from surveys.sampling import Quota
from tests.admin.office import Office
from tests.codes import TOKEN_KEY
from tests.offices.builders import a_dossier
from tests.storage.ratings_world import add_person, desk_at, rate

PATH = "/admin/invitations"
ECONOMY, CULTURE = "xa-mau.kinh-te", "xa-mau.van-hoa-xa-hoi"
WEEK = timedelta(days=7)


def commit(connection: Connection, office: Office) -> Draw:
    today = office.watch.now.date()
    period = Period(today, today + WEEK, Label("Tuần", "Week"))
    return draws.commit(connection, period, Quota(number=20), Terms(), TOKEN_KEY, "cd" * 32, office.watch.now)


def make(connection: Connection, office: Office, returned_on: date, answers: int) -> None:
    """Draw from thirty dossiers of two units, print the codes, and have the first ones used."""
    listed = [
        a_dossier(
            code=f"H-{unit[-3:]}-{number}", unit=unit, due_on=None, received_on=returned_on, returned_on=returned_on
        )
        for unit, numbers in ((ECONOMY, 25), (CULTURE, 5))
        for number in range(numbers)
    ]
    now = office.watch.now
    dossiers.upsert(connection, listed, now)
    draws.make(connection, 1, TOKEN_KEY, now)
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
