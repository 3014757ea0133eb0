from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from admin.views.portal import public_months
from offices.worktime import LOCAL
from storage.closed_periods.closing import Closing, freeze, measured
from storage.petition_figures import timeliness
from storage.reference import load
from storage.results.reached import reached
from surveys.disclosure import LEAST_PUBLIC, Known, publishable, told_publicly
from surveys.periods import month_period
from surveys.targets import plan
from surveys.visits import Service, Visit
from tests.admin.office import START, Office, submit
from tests.storage.ratings_world import rate

LAST_MONTH = START - timedelta(days=30)


async def rated(office: Office, unit: str, number: int, *, at: datetime = LAST_MONTH) -> None:
    def job(connection: Connection) -> None:
        for place in range(number):
            answers: dict[str, int | str | None] = {"overall": 5 if place % 4 else 2}
            rate(connection, visit=Visit(unit, None, Service.TTHC), answers=answers, at=at)

    await office.database.write(job)


def public_figures(page: str) -> str:
    return page.partition('aria-labelledby="figures"')[2].partition("</section>")[0]


async def test_the_portal_opens_the_three_doors_in_both_languages(office: Office) -> None:
    visitor = office.visitor()
    page = await visitor.get("/")
    for start in ("phananh", "danhgia", "tracuu"):
        assert f'href="/chat?start={start}"' in page
    assert "Ủy ban nhân dân xã Mẫu" in page
    await visitor.post("/language", {"language": "en", "back": "/"})
    assert "We are listening" in await visitor.get("/")


async def test_figures_about_few_people_are_not_shown_and_no_subtraction_finds_them(office: Office) -> None:
    await rated(office, "xa-mau.trung-tam", 30)
    await rated(office, "xa-mau.kinh-te", 12)
    await rated(office, "xa-mau.tram-y-te", 9)
    page = await office.visitor().get("/")
    assert "n = 42" in page
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert "Trung tâm Phục vụ hành chính công" in table
    assert "Phòng Kinh tế" in table
    assert "Trạm Y tế" not in table


async def test_what_a_few_people_added_since_last_month_is_not_told_before_it_is_ten(office: Office) -> None:
    unit = "xa-mau.trung-tam"
    await rated(office, unit, 12, at=LAST_MONTH - timedelta(days=31))
    before = public_figures(await office.visitor().get("/"))
    assert "n = 12" in before
    await rated(office, unit, 9)
    assert public_figures(await office.visitor().get("/")) == before
    await rated(office, unit, 1)
    assert "n = 22" in public_figures(await office.visitor().get("/"))


async def test_the_page_waits_where_it_would_leave_a_few_over_beside_a_letter(office: Office) -> None:
    """A letter tells of the days to 14 September; the page of September would leave the three of its end over."""
    unit = "xa-mau.trung-tam"
    for month, day, number in ((8, 9, 12), (9, 9, 12), (9, 20, 3)):
        await rated(office, unit, number, at=datetime(2026, month, day, 9, tzinfo=LOCAL))
    assert "n = 27" in public_figures(await office.visitor().get("/"))
    [quarter] = [report for report in plan("TH24").reports(2026) if report.id == "TH24-Q3"]
    wish = Closing(plan("TH24"), quarter, datetime(2026, 9, 15, 9, tzinfo=LOCAL), "system")

    def tell(connection: Connection) -> None:
        closed = freeze(connection, wish, measured(connection, wish, timeliness))
        told = reached(connection, load(connection).directory, closed, [unit], wish.now + timedelta(days=3))
        assert told[unit].n == 24

    await office.database.write(tell)
    assert "n = 12" in public_figures(await office.visitor().get("/"))


async def test_a_public_figure_of_all_is_the_sum_of_the_units_figures(office: Office) -> None:
    await rated(office, "xa-mau.trung-tam", 40, at=LAST_MONTH - timedelta(days=31))
    await rated(office, "xa-mau.trung-tam", 4)
    await rated(office, "xa-mau.kinh-te", 15)
    await rated(office, "xa-mau.tram-y-te", 9)
    assert "n = 55" in public_figures(await office.visitor().get("/"))


async def test_below_ten_there_is_no_public_figure_at_all(office: Office) -> None:
    await rated(office, "xa-mau.trung-tam", 9)
    page = await office.visitor().get("/")
    assert "Chưa đủ số liệu để công khai" in page
    assert "n = 9" not in page


async def test_a_code_shows_the_state_and_never_the_content(office: Office) -> None:
    receipt = await submit(office, "Đường làng bị sụt lún nặng.", place="Thôn 2")
    visitor = office.visitor()
    await visitor.get(f"/p?code={receipt.code.lower().replace('-', '')}")
    assert visitor.location == f"/p/{receipt.code}"
    page = await visitor.get(visitor.location)
    assert "Đã chuyển xử lý" in page
    assert "Phòng Kinh tế" in page
    assert "sụt lún" not in page
    assert "Thôn 2" not in page


async def test_guessing_codes_is_slowed_down(office: Office) -> None:
    visitor = office.visitor()
    answers = []
    for number in range(25):
        await visitor.get(f"/p/PA-0000-0000-{number:04}")
        answers.append(visitor.status)
    assert set(answers[:20]) == {404}
    assert set(answers[20:]) == {429}
    assert visitor.headers["Retry-After"]
    office.watch.passes(timedelta(minutes=1))
    await visitor.get("/p/PA-0000-0000-0000")
    assert visitor.status == 404


@pytest.mark.parametrize(
    ("path", "typed", "why"),
    [
        ("/p?code=PA-7K3M-9QXT", "PA-7K3M-9QXT", "Mã này không đúng"),
        ("/p/PA-0000-0000-0000", "PA-0000-0000-0000", "Không tìm thấy phản ánh này"),
    ],
)
async def test_a_code_that_leads_nowhere_stays_in_its_field_with_what_is_wrong(
    office: Office, path: str, typed: str, why: str
) -> None:
    visitor = office.visitor()
    page = await visitor.get(path)
    assert visitor.status == 404
    assert f'name="code" type="text" value="{typed}"' in page
    assert why in page
    assert 'aria-invalid="true"' in page


async def test_an_address_that_leads_nowhere_is_told_in_words_with_the_way_to_the_portal(office: Office) -> None:
    visitor = office.visitor()
    page = await visitor.get("/danh-gia")
    assert visitor.status == 404
    assert "Không tìm thấy trang" in page
    assert 'href="/"' in page


async def test_what_is_no_code_is_told_so(office: Office) -> None:
    page = await office.visitor().get("/p?code=%3Cscript%3E")
    assert "Mã này không đúng" in page
    assert "<script>" not in page


def test_public_figures_are_those_of_whole_months_that_are_settled() -> None:
    assert public_months(date(2026, 11, 16))[-1].end == date(2026, 10, 31)
    assert public_months(date(2026, 11, 2))[-1].end == date(2026, 9, 30)
    assert public_months(date(2026, 2, 3)) == [month_period(2026, 1)]
    assert public_months(date(2026, 2, 2)) == [month_period(2025, month) for month in range(1, 13)]


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(st.text(max_size=3), st.integers(0, 60)))
def test_hidden_counts_never_follow_from_the_total(counts: dict[str, int]) -> None:
    shown = publishable(counts)
    assert all(counts[key] >= LEAST_PUBLIC for key in shown)
    hidden = [number for key, number in counts.items() if key not in shown and number]
    assert len(hidden) != 1 or hidden[0] >= LEAST_PUBLIC or not shown


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), max_size=12))
def test_between_two_months_a_public_count_stands_still_or_grows_by_enough_people(added: list[int]) -> None:
    months = [month_period(2026, month) for month in range(1, len(added) + 1)]
    people = {(month.start, "", ""): number for month, number in zip(months, added, strict=True)}

    def counts(until: int) -> list[int]:
        told = told_publicly(months[:until], people, Known())
        return [sum(added[: figure.last.month]) for figure in told]

    for until in range(len(added) + 1):
        assert all(after == before or after - before >= LEAST_PUBLIC for before, after in pairwise([0, *counts(until)]))
        assert counts(until)[: len(counts(until - 1))] == counts(until - 1) if until else True
        assert sum(added[:until]) - max(counts(until), default=0) < LEAST_PUBLIC
