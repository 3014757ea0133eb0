"""What the page does not take, and how it says so: plainly, with what was typed in its field again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.messages import Incoming
from storage.database import Database, StoreUnavailable
from tests.bot.channels.web_site import SETTINGS, Browser, Page, Site, site
from tests.storage import pictures


class Refusing:
    """An intake whose store is away."""

    async def accept(self, incoming: Incoming) -> None:
        raise StoreUnavailable(incoming.event_key)


class Failing:
    """An intake with a fault of its own."""

    async def accept(self, incoming: Incoming) -> None:
        raise ZeroDivisionError(incoming.event_key)


class Tiring:
    """An intake whose store goes away after the first event."""

    def __init__(self) -> None:
        self.taken: list[Incoming] = []

    async def accept(self, incoming: Incoming) -> None:
        if self.taken:
            raise StoreUnavailable(incoming.event_key)
        self.taken.append(incoming)


@pytest.fixture
async def away(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with site(database, tmp_path, intake=Refusing()) as running:
        yield running


def kept_files(running: Site) -> list[Path]:
    return [path for path in (running.folder / "files").rglob("*") if path.is_file()]


async def test_a_store_that_is_away_keeps_the_typed_text_on_the_page(away: Site) -> None:
    async with away.browser() as browser:
        await browser.opens("/chat")
        page = await browser.says("Đèn đường hỏng\nba tuần nay")
    assert page.status == 503
    assert int(page.headers["Retry-After"]) > 0
    assert page.composer.fields["text"] == "Đèn đường hỏng\nba tuần nay"
    assert "tạm dừng" in page.alert


async def test_a_text_that_was_taken_is_not_offered_again(database: Database, tmp_path: Path) -> None:
    intake = Tiring()
    async with site(database, tmp_path, intake=intake) as running, running.browser() as browser:
        await browser.opens("/chat")
        page = await browser.says("Đèn đường hỏng", {"anh.png": pictures.png()})
    assert page.status == 503
    assert [event.text for event in intake.taken] == ["Đèn đường hỏng"]
    assert page.composer.fields["text"] == ""


async def test_a_fault_is_told_with_an_id_and_nothing_of_its_inside(database: Database, tmp_path: Path) -> None:
    async with site(database, tmp_path, intake=Failing()) as running, running.browser() as browser:
        await browser.opens("/chat")
        page = await browser.says("Đèn đường hỏng")
    assert page.status == 500
    assert "Mã lỗi" in page.alert
    assert "ZeroDivision" not in page.html
    assert page.composer.fields["text"] == "Đèn đường hỏng"


@pytest.mark.parametrize("length", [10_001, 70_000, 300_000])
async def test_a_text_that_is_too_long_comes_back_whole(browser: Browser, length: int) -> None:
    await browser.opens("/chat")
    text = "ữ" * length
    page = await browser.says(text)
    assert page.status == 413
    assert page.composer.fields["text"] == text
    assert page.lines == []
    assert "tối đa 10.000" in page.alert


async def test_a_text_beyond_all_measure_is_refused(browser: Browser) -> None:
    await browser.opens("/chat")
    page = await browser.says("x" * 3_000_000)
    assert page.status == 413
    assert page.alert


async def test_a_wrong_file_is_refused_by_name_and_the_text_kept(browser: Browser, web_site: Site) -> None:
    await browser.opens("/chat")
    page = await browser.says("Xem tệp", {"anh.png": pictures.png(), "virus.jpg": b"MZ\x90\0"})
    assert page.status == 422
    assert "virus.jpg" in page.alert
    assert "chỉ nhận ảnh" in page.alert
    assert page.composer.fields["text"] == "Xem tệp"
    assert page.lines == []
    assert kept_files(web_site) == []


async def test_a_file_that_is_too_large_is_refused(database: Database, tmp_path: Path) -> None:
    settings = replace(SETTINGS, largest_file=1_000_000)
    async with site(database, tmp_path, settings) as running, running.browser() as browser:
        await browser.opens("/chat")
        page = await browser.says("", {"to.jpg": pictures.jpeg() + b"x" * 3_000_000, "anh.png": pictures.png()})
        assert page.status == 422
        assert "lớn hơn 1 MB" in page.alert
        assert kept_files(running) == []


async def test_too_many_files_are_refused(browser: Browser) -> None:
    await browser.opens("/chat")
    page = await browser.says("", {f"{number}.png": pictures.png() for number in range(6)})
    assert page.status == 422
    assert "tối đa 5 tệp" in page.alert


async def test_a_day_has_its_allowance_of_bytes_and_the_text_is_kept(database: Database, tmp_path: Path) -> None:
    picture = pictures.png() + b"x" * 400_000
    settings = replace(SETTINGS, upload_volume=1_000_000, address_factor=2)
    async with site(database, tmp_path, settings) as running, running.browser() as browser, running.browser() as other:
        await browser.opens("/chat")
        for _ in range(2):
            assert (await browser.says("", {"anh.png": picture})).status == 200
        page = await browser.says("Xem ảnh", {"anh.png": picture})
        assert page.status == 429
        assert int(page.headers["Retry-After"]) > 0
        assert "quá nhiều tệp" in page.alert
        assert page.composer.fields["text"] == "Xem ảnh"
        assert (await browser.says("Không kèm tệp")).status == 200
        await other.opens("/chat")
        statuses = [(await other.says("", {"anh.png": picture})).status for _ in range(3)]
        assert statuses[-1] == 429, "all sessions of one address share an allowance"


async def test_many_files_in_short_time_keep_the_text(database: Database, tmp_path: Path) -> None:
    settings = replace(SETTINGS, files=(1, 0.01))
    async with site(database, tmp_path, settings) as running, running.browser() as browser:
        await browser.opens("/chat")
        page = await browser.says("Xem ảnh", {"1.png": pictures.png(), "2.png": pictures.png()})
        assert page.status == 429
        assert "nhanh quá" in page.alert
        assert page.composer.fields["text"] == "Xem ảnh"
        assert kept_files(running) == []


async def test_a_full_disk_is_told_and_the_text_kept(database: Database, tmp_path: Path) -> None:
    async with site(database, tmp_path, spare=10**18) as running, running.browser() as browser:
        await browser.opens("/chat")
        page = await browser.says("Xem ảnh", {"anh.png": pictures.png()})
        assert page.status == 503
        assert int(page.headers["Retry-After"]) > 0
        assert "hết chỗ" in page.alert
        assert page.composer.fields["text"] == "Xem ảnh"
        assert (await browser.says("Không kèm tệp")).status == 200


async def test_files_are_forgotten_when_the_form_is_broken(browser: Browser, web_site: Site) -> None:
    await browser.opens("/chat")
    browser.page.composer.fields["nonce"] = "!"
    page = await browser.says("", {"anh.png": pictures.png()})
    assert page.status == 400
    assert kept_files(web_site) == []


async def test_an_empty_message_is_answered_kindly(browser: Browser) -> None:
    await browser.opens("/chat")
    page = await browser.says("   ")
    assert page.status == 422
    assert "chưa nhập" in page.alert


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("north", "105"), ("91", "105"), ("21", "181"), ("nan", "1"), ("1", "inf")]
)
async def test_a_place_that_is_none_is_refused(browser: Browser, latitude: str, longitude: str) -> None:
    page = await browser.opens("/chat")
    page = await browser.posts("/chat", {**page.composer.fields, "latitude": latitude, "longitude": longitude})
    assert page.status == 422


async def test_a_form_without_its_token_is_not_taken_and_its_text_kept(browser: Browser) -> None:
    page = await browser.opens("/chat")
    page = await browser.posts("/chat", {**page.composer.fields, "token": "0" * 32, "text": "Đèn hỏng"})
    assert page.status == 403
    assert page.composer.fields["text"] == "Đèn hỏng"
    page = await browser.presses("Gửi")
    assert [line.text for line in page.lines if line.own] == ["Đèn hỏng"]


async def test_a_browser_that_lost_its_cookie_sends_again_by_one_press(web_site: Site, browser: Browser) -> None:
    page = await browser.opens("/chat")
    async with web_site.browser() as fresh:
        fresh.page = page
        page = await fresh.says("Đèn hỏng")
        assert page.status == 403
        page = await fresh.presses("Gửi")
    assert [line.text for line in page.lines if line.own] == ["Đèn hỏng"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
    ],
)
async def test_other_sites_cannot_post(browser: Browser, headers: dict[str, str]) -> None:
    page = await browser.opens("/chat")
    page = await browser.posts("/chat", {**page.composer.fields, "text": "Xin chào"}, **headers)
    assert page.status == 403
    page = await browser.opens("/chat")
    assert page.lines == []


async def test_own_pages_can_post(browser: Browser) -> None:
    page = await browser.opens("/chat")
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": browser.address}
    page = await browser.posts("/chat", {**page.composer.fields, "text": "Xin chào"}, **headers)
    assert page.status == 200


@pytest.mark.parametrize("path", ["/chat/language", "/chat/leave"])
async def test_every_form_needs_the_token(browser: Browser, path: str) -> None:
    await browser.opens("/chat")
    page = await browser.posts(path, {"language": "en"})
    assert page.status == 403


async def test_who_sends_too_fast_is_asked_to_wait(database: Database, tmp_path: Path) -> None:
    settings = replace(SETTINGS, posts=(3, 0.001))
    async with site(database, tmp_path, settings) as running, running.browser() as browser:
        await browser.opens("/chat")
        pages: list[Page] = [await browser.says(f"Tin số {number}") for number in range(5)]
    assert [page.status for page in pages] == [200, 200, 200, 429, 429]
    assert int(pages[-1].headers["Retry-After"]) > 0
    assert pages[-1].composer.fields["text"] == "Tin số 4"


async def test_many_sessions_of_one_address_are_limited_together(database: Database, tmp_path: Path) -> None:
    settings = replace(SETTINGS, posts=(2, 0.001), address_factor=2)
    statuses = []
    async with site(database, tmp_path, settings) as running:
        for _ in range(6):
            async with running.browser() as browser:
                await browser.opens("/chat")
                statuses.append((await browser.says("Xin chào")).status)
    assert statuses == [200, 200, 200, 200, 429, 429]


async def test_a_script_is_told_in_json(away: Site) -> None:
    async with away.browser() as browser:
        page = await browser.opens("/chat")
        page = await browser.posts("/chat", {**page.composer.fields, "text": "Đèn"}, Accept="application/json")
    assert page.status == 503
    assert '"message": "' in page.html


async def test_a_broken_multipart_body_is_refused(browser: Browser) -> None:
    await browser.opens("/chat")
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with browser.session.post(f"{browser.address}/chat", data=b"--y\r\nnothing", headers=headers) as response:
        assert response.status == 400
