"""Conversations on the page of the web chat, without scripts: every form works by itself."""

import re

import pytest
from sqlalchemy import Connection, func, select

from storage import files
from storage.database import Database
from storage.tables.people import chat
from tests.bot.channels.web_site import COUNTER, Browser, Site
from tests.storage import pictures


async def number_of_chats(database: Database) -> int:
    def counted(connection: Connection) -> int:
        return connection.scalar(select(func.count()).select_from(chat)) or 0

    return await database.read(counted)


async def test_looking_at_the_page_writes_nothing(browser: Browser, database: Database) -> None:
    page = await browser.opens("/chat?start=danhgia")
    assert page.status == 200
    assert "Bắt đầu" in page.buttons
    assert await number_of_chats(database) == 0


async def test_a_visitor_is_welcomed_with_what_can_be_done(browser: Browser) -> None:
    page = await browser.opens("/chat")
    assert "Ủy ban nhân dân xã Mẫu" in page.html
    assert any(label.startswith("Đánh giá") for label in page.buttons)
    assert any(label.startswith("Gửi phản ánh") for label in page.buttons)
    assert any(label.startswith("Tra cứu") for label in page.buttons)


async def test_a_rating_by_buttons_alone(browser: Browser) -> None:
    await browser.opens(f"/chat?start=u_{COUNTER}")
    await browser.presses("Bắt đầu")
    await browser.presses("Đất đai")
    page = await browser.presses("Rất hài lòng")
    assert page.lines[-2].own
    assert "5 · Rất hài lòng" in page.lines[-2].text
    page = await browser.presses("Bỏ qua")
    assert "Cảm ơn" in page.said()[-1]


async def test_only_the_last_question_has_buttons(browser: Browser) -> None:
    await browser.opens(f"/chat?start=u_{COUNTER}")
    await browser.presses("Bắt đầu")
    page = await browser.presses("Đất đai")
    assert page.form_with("Rất hài lòng")
    assert not any("Đất đai" in label for label in page.buttons)


async def test_a_petition_with_a_photo_gets_a_code(browser: Browser, web_site: Site) -> None:
    await browser.opens("/chat?start=phananh")
    await browser.presses("Bắt đầu")
    await browser.presses(browser.page.buttons[2])
    while "Xin kể sự việc" not in browser.page.said()[-1]:
        await browser.presses("Bỏ qua")
    await browser.says("Đèn đường trước cổng trường hỏng ba tuần nay, tối rất nguy hiểm.")
    page = await browser.says("", {"đèn đường.jpg": pictures.jpeg()})
    assert any(line.own and "đèn đường.jpg" in line.text for line in page.lines)
    await browser.presses("Xong")
    while not (found := re.search(r"PA(-[0-9A-Z]{4}){3}", browser.page.said()[-1])):
        label = next(each for each in browser.page.buttons if each in ("Bỏ qua", "Gửi") or "Giấu tên" in each)
        await browser.presses(label)
    assert f"<code>{found[0]}</code>" in browser.page.html
    kept = [path for path in (web_site.folder / "files").rglob("*") if path.is_file()]
    assert [files.mime_of(path.name) for path in kept] == ["image/jpeg"]
    assert pictures.SECRET not in kept[0].read_bytes()


async def test_a_text_in_a_form_beside_files_is_its_own_answer(browser: Browser) -> None:
    await browser.opens("/chat")
    page = await browser.says("Xin chào", {"a.png": pictures.png()})
    assert [line.text for line in page.lines if line.own] == ["Xin chào", "a.png"]


async def test_a_form_sent_twice_counts_once(browser: Browser) -> None:
    await browser.opens("/chat")
    composer = browser.page.composer
    await browser.posts(composer.action, {**composer.fields, "text": "Xin chào"})
    page = await browser.posts(composer.action, {**composer.fields, "text": "Xin chào"})
    assert [line.text for line in page.lines if line.own] == ["Xin chào"]


async def test_what_a_person_types_is_shown_as_typed_and_never_as_markup(browser: Browser) -> None:
    await browser.opens("/chat")
    page = await browser.says("<script>alert(1)</script> & {{ 7*7 }}")
    assert page.lines[0].text == "<script>alert(1)</script> & {{ 7*7 }}"
    assert "<script>alert" not in page.html


async def test_the_language_is_changed_in_the_chat_and_around_it(browser: Browser) -> None:
    await browser.opens("/chat")
    await browser.presses("Đánh giá")
    page = await browser.presses("English")
    assert '<html lang="en">' in page.html
    assert "Write a message" in page.html
    await browser.says("/menu")
    assert "What" in browser.page.said()[-1]


async def test_leaving_clears_the_device(browser: Browser) -> None:
    await browser.opens("/chat")
    await browser.says("Xin chào")
    page = await browser.presses("Xóa cuộc trò chuyện")
    assert page.lines == []
    assert "Xin chào Ông/Bà!" in page.html


async def test_two_browsers_are_two_chats(web_site: Site, browser: Browser) -> None:
    await browser.opens("/chat")
    await browser.says("Chuyện của tôi")
    async with web_site.browser() as other:
        page = await other.opens("/chat")
    assert page.lines == []


@pytest.mark.parametrize("start", ["<script>", "a b", "x" * 200, "../.."])
async def test_a_strange_start_is_not_offered(browser: Browser, start: str) -> None:
    page = await browser.opens(f"/chat?start={start}")
    assert page.status == 200
    assert "Bắt đầu" not in page.buttons
