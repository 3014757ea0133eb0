from datetime import timedelta

import pytest
from sqlalchemy import Connection

from petitions.kinds import Subject
from petitions.rights import may_see
from storage.database import Database
from storage.petition_pages import PAGE_LENGTH, Wanted, load_of, queue
from storage.petitions import Petitions
from storage.reference import load
from tests.admin.office import Office, Watch, open_office, submit


async def test_the_queue_lists_what_the_reader_may_see_and_nothing_else(database: Database) -> None:
    office = await open_office(database, Watch())
    codes = [
        (await submit(office, "Đường hỏng một.")).code,
        (await submit(office, "Trường học hai.", field="education")).code,
        (await submit(office, "Không rõ ba.", field=None)).code,
        (await submit(office, "Gắt gỏng bốn.", subject=Subject.CONDUCT, about="xa-mau.kinh-te")).code,
    ]

    def compare(connection: Connection) -> None:
        reference, day = load(connection), office.watch.now.date()
        cases = [case for case in map(Petitions(connection).find, codes) if case]
        for official in office.accounts.values():
            rows = queue(connection, reference, official, Wanted(statuses=()), office.watch.now).rows
            seen = {case.code for case in cases if may_see(official, case, reference.directory, day)}
            assert {row.code for row in rows} == seen
            assert load_of(connection, reference, official, office.watch.now).open == len(seen)

    try:
        await database.read(compare)
    finally:
        await office.close()


async def test_words_without_diacritics_find_a_petition_and_wildcards_find_nothing(office: Office) -> None:
    receipt = await submit(office, "Đường Nguyễn Trãi ngập nước.")
    visitor = await office.visitor().signs_in("canbo")
    assert receipt.code in await visitor.get("/admin/petitions?text=nguyen+trai+ngap")
    assert receipt.code in await visitor.get(f"/admin/petitions?text={receipt.code.lower()}")
    assert receipt.code not in await visitor.get("/admin/petitions?text=%25")
    assert receipt.code not in await visitor.get("/admin/petitions?text=_")
    assert receipt.code not in await visitor.get("/admin/petitions?text=khac")


async def test_late_petitions_are_marked_in_words_and_filtered(office: Office) -> None:
    receipt = await submit(office, "Cầu treo bị gãy lan can.")
    coordinator = await office.visitor().signs_in("thuongtruc")
    assert receipt.code not in await coordinator.get("/admin/petitions?lateness=late")
    office.watch.passes(timedelta(days=40))
    coordinator = await office.visitor().signs_in("thuongtruc")
    page = await coordinator.get("/admin/petitions?lateness=late")
    assert receipt.code in page
    assert "! Quá hạn" in page


@pytest.mark.parametrize(
    "query", ["status=nonsense", "order=code;drop", "page=99999", "page=-1", "lateness=x", "unit=%27", "page=1e9"]
)
async def test_an_address_with_nonsense_in_it_still_opens(office: Office, query: str) -> None:
    visitor = await office.visitor().signs_in("canbo")
    await visitor.get(f"/admin/petitions?{query}")
    assert visitor.status == 200


async def test_long_queues_come_in_pages(office: Office) -> None:
    for number in range(PAGE_LENGTH + 1):
        await submit(office, f"Đoạn đường số {number} hỏng nặng.")
    visitor = await office.visitor().signs_in("canbo")
    page = await visitor.get("/admin/petitions")
    assert page.count('<th scope="row"><a class="code"') == PAGE_LENGTH
    assert "Trang 1/2" in page
    page = await visitor.get("/admin/petitions?page=2")
    assert page.count('<th scope="row"><a class="code"') == 1


async def test_htmx_is_given_the_rows_alone(office: Office) -> None:
    await submit(office, "Biển báo bị che khuất.")
    visitor = await office.visitor().signs_in("canbo")
    page = await visitor.get("/admin/petitions", headers={"HX-Request": "true"})
    assert "<html" not in page
    assert 'id="rows"' in page
    assert "HX-Request" in visitor.headers["Vary"]
