"""Whom to call: who sees which line, whose number is shown to whom, and what was told is not sent again."""

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select, update

from admin.views.calls import ROWS
from petitions.model import IdentityChoice
from storage import outbox, phone_consent
from storage.facts import Ref
from storage.outbox import Urgency
from storage.outcomes import NEVER
from storage.tables.audit import audit
from storage.tables.delivery import outbox as letters
from storage.tables.petitions import petition, petition_reporter
from tests.admin.office import Office, Visitor, submit
from tests.codes import VAULT

PATH = "/admin/calls"
NUMBER = "+84912345678"
FILE: dict[str, str | int] = {"ref": "ab" * 16 + ".pdf", "name": "PA-1.pdf", "mime": "application/pdf", "size": 10}
SHOWN = IdentityChoice.SHOWN_TO_COORDINATOR


async def untold(
    office: Office,
    *keys: str,
    unit: str = "xa-mau.kinh-te",
    state: str = "held",
    identity: IdentityChoice = SHOWN,
    thing: str = "Đường",
) -> str:
    """Have somebody wait for news of a petition at a unit; return its code."""
    code = (await submit(office, f"{thing} hỏng ở thôn mẫu {len(keys)} {unit} {identity}", identity=identity)).code

    def job(connection: Connection) -> None:
        connection.execute(update(petition).where(petition.c.code == code).values(unit=unit))
        chat = reporter(connection, code)["chat_id"]
        for key in keys:
            file = FILE if key == "petition_answer_file" else None
            outbox.put(
                connection, chat_id=chat, key=key, params={"code": code, "unit": Ref("unit", unit), "text": "Lời kín"},
                file=file, unique_key=f"{code}:{key}:{chat}", urgency=Urgency.NOTICE, now=office.watch.now,
            )  # fmt: skip
        of_chat = (letters.c.chat_id == chat, letters.c.body["notice"].as_string().in_(keys))
        connection.execute(update(letters).where(*of_chat).values(state=state, not_before=NEVER))

    await office.database.write(job)
    return code


def reporter(connection: Connection, code: str) -> Mapping[str, int]:
    query = select(petition_reporter).join(petition).where(petition.c.code == code)
    return dict(connection.execute(query).mappings().one())


async def leaves_number(office: Office, code: str) -> None:
    def give(connection: Connection) -> None:
        phone_consent.give(connection, VAULT, reporter(connection, code)["person_id"], NUMBER, office.watch.now)

    await office.database.write(give)


async def another(office: Office, code: str) -> None:
    """Have one more notice of a petition wait."""

    def job(connection: Connection) -> None:
        chat = reporter(connection, code)["chat_id"]
        outbox.put(
            connection, chat_id=chat, key="petition_answered", params={"code": code}, unique_key=f"{code}:petition_x",
            urgency=Urgency.NOTICE, now=office.watch.now,
        )  # fmt: skip
        newest = letters.c.unique_key == f"{code}:petition_x"
        connection.execute(update(letters).where(newest).values(state="held", not_before=NEVER))

    await office.database.write(job)


async def states(office: Office, code: str) -> list[str]:
    query = select(letters.c.state).where(letters.c.unique_key.startswith(f"{code}:petition_")).order_by(letters.c.id)
    return await office.database.read(lambda c: list(c.scalars(query)))


async def acts(office: Office, action: str) -> int:
    query = select(func.count()).select_from(audit).where(audit.c.action == action)
    return await office.database.read(lambda c: c.execute(query).scalar_one())


async def letter_of(visitor: Visitor, code: str) -> str:
    """Return the number behind the button of a line."""
    line = (await visitor.get(PATH)).split(f"/admin/petitions/{code}")[1]
    return str(re.findall(rf"{PATH}/(\d+)/told", line)[0])


@pytest.mark.parametrize("state", ["held", "unreachable", "expired"])
async def test_what_was_told_is_taken_back_and_on_record(office: Office, state: str) -> None:
    code = await untold(office, "petition_accepted", "petition_answered", state=state)
    official = await office.visitor().signs_in("canbo")
    page = await official.get(PATH)
    assert code in page
    assert "Đã có trả lời" in page
    assert "và 1 tin trước đó" in page
    assert "Lời kín" not in page
    letter = await letter_of(official, code)
    await official.post(f"{PATH}/{letter}/told")
    assert (official.status, official.location) == (303, f"{PATH}?done=told")
    assert code not in await official.get(PATH)
    assert await states(office, code) == ["cancelled", "cancelled"]
    assert await acts(office, "petition.told") == 1
    assert "không còn trong danh sách" in await official.post(f"{PATH}/{letter}/told")
    assert official.status == 422
    assert await acts(office, "petition.told") == 1


async def test_of_an_answer_and_its_files_the_answer_is_to_be_told(office: Office) -> None:
    code = await untold(office, "petition_answered_with_files", "petition_answer_file")
    official = await office.visitor().signs_in("canbo")
    line = (await official.get(PATH)).split(f"/admin/petitions/{code}")[1]
    assert "Đã có trả lời, kèm tệp" in line.split("<td")[1]
    await official.post(f"{PATH}/{await letter_of(official, code)}/told")
    assert await states(office, code) == ["cancelled"] * 2


async def test_nobody_is_called_about_a_file_whose_answer_was_told(office: Office) -> None:
    code = await untold(office, "petition_answer_file")
    official = await office.visitor().signs_in("canbo")
    assert f"/admin/petitions/{code}" not in await official.get(PATH)


async def test_what_came_after_the_page_was_opened_is_not_taken_for_told(office: Office) -> None:
    code = await untold(office, "petition_accepted")
    official = await office.visitor().signs_in("canbo")
    letter = await letter_of(official, code)
    await another(office, code)
    await official.post(f"{PATH}/{letter}/told")
    assert await states(office, code) == ["cancelled", "held"]
    assert code in await official.get(PATH)


async def test_who_wrote_meanwhile_gets_his_news_and_nobody_takes_them_back(office: Office) -> None:
    code = await untold(office, "petition_accepted")
    official = await office.visitor().signs_in("canbo")
    letter = await letter_of(official, code)
    now = office.watch.now
    await office.database.write(lambda c: outbox.release(c, reporter(c, code)["chat_id"], now))
    await official.post(f"{PATH}/{letter}/told")
    assert official.status == 422
    assert await states(office, code) == ["queued"]


async def test_a_unit_sees_its_own_lines_alone_and_acts_on_no_other(office: Office) -> None:
    code = await untold(office, "petition_accepted")
    own = await office.visitor().signs_in("canbo")
    letter = await letter_of(own, code)
    other = await office.visitor().signs_in("vanhoa")
    assert code not in await other.get(PATH)
    await other.post(f"{PATH}/{letter}/told")
    assert other.status == 422
    await other.post(f"{PATH}/{letter}/number")
    assert other.status == 422
    assert await states(office, code) == ["held"]
    assert code in await (await office.visitor().signs_in("thuongtruc")).get(PATH)


async def test_a_number_is_shown_to_the_coordinator_alone_and_each_look_is_written_down(office: Office) -> None:
    code = await untold(office, "petition_accepted")
    await leaves_number(office, code)
    handler = await office.visitor().signs_in("canbo")
    letter = await letter_of(handler, code)
    assert f"{PATH}/{letter}/number" not in handler.text
    assert NUMBER not in await handler.post(f"{PATH}/{letter}/number")
    assert (handler.status, await acts(office, "phone_consent.look")) == (422, 0)
    coordinator = await office.visitor().signs_in("thuongtruc")
    assert NUMBER not in await coordinator.get(PATH)
    for looks in (1, 2):
        assert NUMBER in await coordinator.post(f"{PATH}/{letter}/number")
        assert await acts(office, "phone_consent.look") == looks


async def test_a_number_is_shown_though_another_notice_came_between(office: Office) -> None:
    code = await untold(office, "petition_accepted")
    await leaves_number(office, code)
    coordinator = await office.visitor().signs_in("thuongtruc")
    letter = await letter_of(coordinator, code)
    await another(office, code)
    shown = await coordinator.post(f"{PATH}/{letter}/number")
    assert NUMBER in shown
    assert f'Số của người gửi <span class="code">{code}<' in shown


async def test_a_number_of_a_later_page_is_shown_on_that_page(office: Office) -> None:
    for number in range(ROWS):
        await untold(office, "petition_accepted", thing=f"Cống {number}")
    office.watch.passes(timedelta(minutes=1))
    code = await untold(office, "petition_accepted")
    await leaves_number(office, code)
    coordinator = await office.visitor().signs_in("thuongtruc")
    page = await coordinator.get(f"{PATH}?page=2")
    [action] = re.findall(rf"{PATH}/\d+/number[^\"]*", page)
    shown = await coordinator.post(action)
    assert NUMBER in shown
    assert f"/admin/petitions/{code}" in shown
    assert f'Số của người gửi <span class="code">{code}<' in shown


async def test_what_was_told_on_a_later_page_leads_back_to_it_or_to_the_last_there_is(office: Office) -> None:
    codes = []
    for number in range(ROWS + 2):
        codes.append(await untold(office, "petition_accepted", thing=f"Cống {number}"))
        office.watch.passes(timedelta(minutes=1))
    coordinator = await office.visitor().signs_in("thuongtruc")
    page = await coordinator.get(f"{PATH}?page=2")
    first, second = re.findall(rf"{PATH}/\d+/told[^\"]*", page)
    await coordinator.post(first)
    assert coordinator.location == f"{PATH}?done=told&page=2"
    page = await coordinator.get(coordinator.location)
    assert codes[-1] in page
    await coordinator.post(second)
    page = await coordinator.get(coordinator.location)
    assert (codes[0] in page, codes[ROWS - 1] in page) == (True, True)
    [third, *_] = re.findall(rf"{PATH}/\d+/told[^\"]*", page)
    await coordinator.post(third)
    assert coordinator.location == f"{PATH}?done=told"


@pytest.mark.parametrize("given", [True, False])
async def test_without_consent_or_from_who_hides_there_is_no_number(office: Office, *, given: bool) -> None:
    code = await untold(office, "petition_accepted", identity=IdentityChoice.HIDDEN if given else SHOWN)
    if given:
        await leaves_number(office, code)
    coordinator = await office.visitor().signs_in("thuongtruc")
    letter = await letter_of(coordinator, code)
    assert f"{PATH}/{letter}/number" not in coordinator.text
    assert "Không có số điện thoại nào" in await coordinator.post(f"{PATH}/{letter}/number")
    assert await acts(office, "phone_consent.look") == 0


async def test_what_waits_for_its_hour_alone_is_on_no_list(office: Office) -> None:
    code = await untold(office, "petition_accepted")
    soon = update(letters).where(letters.c.state == "held").values(not_before=office.watch.now)
    await office.database.write(lambda c: c.execute(soon))
    official = await office.visitor().signs_in("canbo")
    page = await official.get(PATH)
    assert code not in page
    assert "Không còn ai phải báo" in page
