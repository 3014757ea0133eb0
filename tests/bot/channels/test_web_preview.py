"""A draft is tried on the real chat page, by the real engine, and no table has a row more or less afterwards."""

import html
import json
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, select

from bot.channels.web.preview import MOST_SAID
from storage import questionnaire_drafts as drafts
from storage.database import Database
from storage.tables import metadata
from storage.tables.questionnaires import questionnaire_draft
from surveys.definition_text import written
from surveys.preview_tickets import LASTS, Previews
from surveys.registry import packaged
from tests.bot.channels.web_site import SETTINGS, START, Browser, site

PREVIEWS = Previews(SETTINGS.token_key)
ASKED = "Hôm nay Ông/Bà thấy việc phục vụ thế nào?"


def rows(connection: Connection) -> dict[str, object]:
    """Return every row of every table."""
    return {table.name: sorted(map(str, connection.execute(select(table)))) for table in metadata.sorted_tables}


async def draft_in(database: Database, code: str = "quick", text: str = "") -> int:
    """Keep a draft: the text, else the newest version of the code with another first prompt."""
    asked = packaged().load(code)
    wanted = text or written(asked).replace(asked.items[0].prompt.vi, ASKED)
    return await database.write(lambda connection: drafts.keep(connection, code, wanted, None, START))


async def opened(browser: Browser, number: int) -> str:
    path = f"/preview/{PREVIEWS.ticket(number, START)}"
    await browser.opens(path)
    return path


async def test_a_draft_is_asked_to_its_end_and_nothing_of_it_is_kept(database: Database, tmp_path: Path) -> None:
    async with site(database, tmp_path) as served, served.browser() as browser:
        number = await draft_in(database)
        before = await database.read(rows)
        await opened(browser, number)
        assert ASKED in browser.page.said()[-1]
        assert "Xem thử – không tính." in browser.page.html
        assert "chat.js" not in browser.page.html
        await browser.presses("Không hài lòng")
        await browser.presses("Thời gian chờ")
        assert "Quay lại" in browser.page.buttons
        await browser.presses("Quay lại")
        await browser.says("chi phí ngoài quy định")
        await browser.says("Chờ hơi lâu <b>")
        assert [line.text for line in browser.page.lines if line.own][-2:] == [
            "chi phí ngoài quy định",
            "Chờ hơi lâu <b>",
        ]
        assert "viết phản ánh" in browser.page.said()[-1].lower() or "Gửi phản ánh" in browser.page.html
        await browser.presses("Không, cảm ơn")
        assert not [form for form in browser.page.forms if "text" in form.fields]
        assert await database.read(rows) == before
        assert "Bắt đầu lại" in browser.page.html


async def test_a_refused_answer_is_asked_again_and_a_petition_begun_is_not_kept(
    database: Database, tmp_path: Path
) -> None:
    async with site(database, tmp_path) as served, served.browser() as browser:
        number = await draft_in(database)
        before = await database.read(rows)
        await opened(browser, number)
        await browser.says("một câu không phải lựa chọn nào")
        assert ASKED in browser.page.said()[-1]
        await browser.presses("Rất không hài lòng")
        await browser.presses("Lý do khác")
        await browser.presses("Bỏ qua")
        await browser.presses("phản ánh")
        assert len(browser.page.said()) == 6
        assert await database.read(rows) == before


async def test_the_answer_to_a_petition_and_a_new_code_are_tried_too(database: Database, tmp_path: Path) -> None:
    async with site(database, tmp_path) as served, served.browser() as browser:
        await opened(browser, await draft_in(database, "petition-answer"))
        assert ASKED in browser.page.said()[-1]
        await browser.posts(f"{browser.page.forms[0].action}", {"language": "en"})
        assert "Preview – not counted." in browser.page.html


async def refusal(browser: Browser, path: str) -> tuple[int, str]:
    page = await browser.opens(path)
    return page.status, html.unescape(page.html)


async def test_only_a_ticket_of_ours_opens_it_and_only_for_a_while(database: Database, tmp_path: Path) -> None:
    async with site(database, tmp_path) as served, served.browser() as browser:
        number = await draft_in(database)
        path = await opened(browser, number)
        form = browser.page.composer
        forged = path[:-1] + ("0" if path[-1] != "0" else "1")
        for wrong in (forged, path.replace(f"/{number}-", f"/{number + 1}-"), "/preview/x", "/preview/1-1-"):
            status, told = await refusal(browser, wrong)
            assert (status, "Liên kết xem thử không đúng" in told) == (404, True)
        served.watch.passes(LASTS)
        assert (await browser.opens(path)).status == 200
        served.watch.passes(timedelta(seconds=1))
        assert "Liên kết xem thử đã hết hạn" in (await refusal(browser, path))[1]
        assert (await browser.posts(path, {**form.fields, "text": "5"})).status == 404


async def test_a_faulty_or_discarded_draft_says_so(database: Database, tmp_path: Path) -> None:
    async with site(database, tmp_path) as served, served.browser() as browser:
        faulty = await draft_in(database, text="code = ")
        assert (await refusal(browser, f"/preview/{PREVIEWS.ticket(faulty, served.watch.now)}"))[0] == 409
        await database.write(lambda connection: connection.execute(questionnaire_draft.delete()))
        status, told = await refusal(browser, f"/preview/{PREVIEWS.ticket(faulty, served.watch.now)}")
        assert (status, "Bản nháp này không còn" in told) == (404, True)


async def test_what_no_page_of_ours_sends_is_refused_and_a_preview_has_an_end(
    database: Database, tmp_path: Path
) -> None:
    async with site(database, tmp_path) as served, served.browser() as browser:
        path = await opened(browser, await draft_in(database))
        endless = json.dumps([["text", "xyz"]] * MOST_SAID)
        for said in ("{", '[["start", "d_X"]]', '[["text"]]', '[["text", 5]]', "[7]", endless):
            page = await browser.posts(path, {"said": said, "text": "5"})
            assert page.status in (400, 413), said
        found = await database.read(rows)
        assert [found[name] for name in ("rating", "chat", "conversation", "web_message")] == [[], [], [], []]
