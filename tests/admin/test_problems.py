import logging
from pathlib import Path

import pytest

from admin.pages import Page, Templates
from admin.problems import status_of, words_of
from admin.rate_limit import MOST_ADDRESSES, RateLimit
from admin.words import Words
from offices.errors import DomainError
from petitions.errors import ChangedMeanwhileError, NotFoundError, NotYoursError, WrongStatusError
from petitions.lifecycle import Event, Status
from storage.reference import load
from tests.admin.office import START, TEXTS, Office, submit


def take_away(folder: Path) -> None:
    """Move the database's files, as a lost disk would."""
    for file in folder.glob("langnghe.db*"):
        file.rename(file.with_suffix(".away"))


async def test_a_store_that_is_away_gives_503_and_the_time_to_try_again(office: Office, tmp_path: Path) -> None:
    visitor = office.visitor()
    await office.database.close()
    take_away(tmp_path)
    await visitor.get("/")
    assert visitor.status == 503
    assert visitor.headers["Retry-After"] == "10"
    assert visitor.headers["X-Content-Type-Options"] == "nosniff"
    assert "tạm ngừng" in visitor.text
    assert "sql" not in visitor.text.lower()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError(), 404),
        (NotYoursError("PA-X", Event.ANSWER), 403),
        (WrongStatusError("PA-X", Status.ANSWERED, Event.DRAFT), 409),
        (ChangedMeanwhileError("PA-X"), 409),
        (DomainError("unit_unknown", unit="x"), 404),
        (DomainError("password_easy"), 422),
    ],
)
def test_refusals_have_one_status_each(error: DomainError, status: int) -> None:
    assert status_of(error) == status


async def test_refusals_name_things_by_their_names_and_unknown_ones_stay_polite(office: Office) -> None:
    reference = await office.database.read(load)
    words = Words(TEXTS, "vi")
    said = words_of(WrongStatusError("PA-X", Status.ANSWERED, Event.DRAFT), words, reference)
    assert said == "Phản ánh PA-X hiện ở trạng thái “Đã trả lời”, không thực hiện được bước “Soạn trả lời”."
    assert words_of(DomainError("never_heard_of"), words, reference) == TEXTS.text("errors.other")


def test_every_page_names_a_template_that_is_there() -> None:
    def all_pages(kind: type[Page]) -> list[type[Page]]:
        return [each for child in kind.__subclasses__() for each in (child, *all_pages(child))]

    there = set(Templates().names)
    assert {page.template for page in all_pages(Page)} <= there


def test_no_template_is_broken() -> None:
    """They are compiled as they are needed, so that a broken one would be found by a reader."""
    Templates().compile_all()


def test_a_limit_refuses_what_comes_too_fast_and_remembers_a_bounded_number_of_addresses() -> None:
    limit = RateLimit(burst=3, per_minute=60)
    assert [limit.allows("a", START) for _ in range(4)] == [True, True, True, False]
    assert limit.allows("b", START)
    for number in range(MOST_ADDRESSES + 10):
        limit.allows(str(number), START)
    assert limit.allows("a", START)  # forgotten, and so free again: the memory is bounded


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/p/{code}", None),
        ("/admin/petitions/{code}", "/admin/petitions/{code}"),
        ("/admin/petitions/{code}/files/x", "/admin/petitions/{code}"),
    ],
)
async def test_codes_are_not_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture, path: str, place: str | None
) -> None:
    caplog.set_level(logging.DEBUG)
    visitor = await office.visitor().signs_in("canbo")
    caplog.clear()
    await visitor.get(path.format(code="PA-7K3M-9QXD-2TVB"))
    assert visitor.status == 404
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("admin.")]
    assert len(ours) == (place is not None)
    assert all("PA-7K3M-9QXD-2TVB" not in each and str(place) in each for each in ours)


async def test_a_step_that_somebody_took_first_leads_back_to_its_page(office: Office) -> None:
    receipt = await submit(office, "Đèn đường thôn 2 hỏng.")
    address = f"/admin/petitions/{receipt.code}"
    first, second = await office.visitor().signs_in("canbo"), await office.visitor().signs_in("canbo")
    await second.get(address)
    await first.post(f"{address}/accept")
    page = await second.post(f"{address}/accept")
    assert second.status == 409
    assert f'href="{address}"' in page
