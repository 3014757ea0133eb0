from datetime import timedelta

import pytest

from storage.petition_lists import PAGE
from tests.admin.office import Office, submit


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
    for number in range(PAGE + 1):
        await submit(office, f"Đoạn đường số {number} hỏng nặng.")
    visitor = await office.visitor().signs_in("canbo")
    page = await visitor.get("/admin/petitions")
    assert page.count('<th scope="row"><a class="code"') == PAGE
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
