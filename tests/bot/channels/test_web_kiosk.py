"""The counter tablet: one question at a time, and nothing left for the next person."""

from sqlalchemy import Connection, select

from storage.chats import TABLET
from storage.database import Database
from storage.tables.delivery import web_message
from storage.tables.people import chat
from tests.bot.channels.web_site import COUNTER, Browser

DOOR = f"/kiosk?unit={COUNTER}"
TALK = f"/kiosk/{COUNTER}/chat"


async def lines_kept(database: Database) -> int:
    def counted(connection: Connection) -> int:
        return len(connection.execute(select(web_message.c.id)).all())

    return await database.read(counted)


async def test_the_door_names_the_office_and_starts_its_rating(browser: Browser) -> None:
    page = await browser.opens(DOOR)
    assert "Trung tâm Phục vụ hành chính công xã" in page.html
    page = await browser.presses("Bắt đầu đánh giá")
    assert len(page.lines) == 1
    assert page.form_with("Đất đai")


async def test_a_question_with_choices_asks_for_no_typing_where_no_field_is_shown(browser: Browser) -> None:
    """Nor is a file asked for: a tablet has nobody's files, and no way to send one."""
    await browser.opens(DOOR)
    page = await browser.presses("Bắt đầu đánh giá")
    said = [page.said()[-1]]
    for answer in ("Bỏ qua", "Rất không hài lòng", "Thái độ", "Bỏ qua", "Gửi phản ánh", "giải quyết hồ sơ", "Bỏ qua"):
        page = await browser.presses(next(name for name in page.buttons if answer in name))
        said.append(page.said()[-1])
    page = await browser.says("Hồ sơ của tôi phải bổ sung ba lần mà không rõ vì sao.")
    assert said[0] == "Ông/Bà đến về việc gì? Bấm chọn hoặc bỏ qua."
    assert "Thuộc lĩnh vực nào? Bấm chọn hoặc bỏ qua." in said
    assert [text for text in said if "gõ" in text.casefold()] == []
    assert "Giấu tên với mọi người" in page.buttons, "the question after the one for files"


async def test_only_the_present_question_is_shown(browser: Browser) -> None:
    await browser.opens(DOOR)
    await browser.presses("Bắt đầu đánh giá")
    page = await browser.presses("Đất đai")
    assert len(page.lines) == 1
    assert page.form_with("Rất hài lòng")
    part = await browser.opens(f"{TALK}/lines?after=0")
    assert len(part.lines) == 1


async def test_the_end_has_no_way_to_the_menu_and_is_known_as_the_end(browser: Browser) -> None:
    await browser.opens(DOOR)
    await browser.presses("Bắt đầu đánh giá")
    await browser.presses("Đất đai")
    page = await browser.presses("Rất hài lòng")
    assert "data-ended" not in page.html
    page = await browser.presses("Bỏ qua")
    while page.form_with("Kết thúc") and "data-ended" not in page.html:
        page = await browser.presses(
            page.buttons[0] if page.buttons[0] not in ("Kết thúc", "English") else page.buttons[2]
        )
    assert "Cảm ơn" in page.said()[-1]
    assert not any(button[1].startswith("s:") for form in page.forms for button in form.buttons.values())


async def test_leaving_clears_everything_for_the_next_person(browser: Browser, database: Database) -> None:
    await browser.opens(DOOR)
    await browser.presses("Bắt đầu đánh giá")
    before = browser.page.forms
    page = await browser.presses("Kết thúc")
    assert "Bắt đầu đánh giá" in page.buttons
    assert await lines_kept(database) == 0
    page = await browser.opens(TALK)
    assert "Bắt đầu đánh giá" in page.buttons
    assert before


async def test_without_scripts_the_page_goes_to_the_door_by_itself_and_clears(
    browser: Browser, database: Database
) -> None:
    await browser.opens(DOOR)
    page = await browser.presses("Bắt đầu đánh giá")
    refresh = next(values["content"] for tag, values in page.attributes if values.get("http-equiv") == "refresh")
    seconds, _, address = refresh.partition(";url=")
    assert int(seconds) == 120
    page = await browser.opens(address)
    assert "Bắt đầu đánh giá" in page.buttons
    assert await lines_kept(database) == 0


async def test_two_persons_at_one_tablet_are_two_chats(browser: Browser, database: Database) -> None:
    for _ in range(2):
        await browser.opens(DOOR)
        await browser.presses("Bắt đầu đánh giá")
    chats = await database.read(lambda connection: connection.execute(select(chat.c.person_id)).all())
    assert len({row.person_id for row in chats}) == 2


async def test_the_next_person_is_spoken_to_in_vietnamese(browser: Browser) -> None:
    await browser.opens(DOOR)
    page = await browser.presses("English")
    assert "Start rating" in page.buttons
    await browser.presses("Start rating")
    page = await browser.presses("Finish")
    assert "Bắt đầu đánh giá" in page.buttons


async def test_an_unknown_unit_is_told(browser: Browser) -> None:
    for unit in ("nowhere", "%2F..%2F", "a" * 300):
        page = await browser.opens(f"/kiosk?unit={unit}")
        assert page.status == 404
        assert "Không có đơn vị" in page.html


async def test_the_tablets_door_leaves_a_personal_chat_alone(browser: Browser, database: Database) -> None:
    await browser.opens("/chat")
    await browser.posts("/chat/language", {**browser.page.composer.fields, "language": "en"})
    before = await browser.presses("Look up a petition")
    for path in (DOOR, f"{DOOR}&clear=1"):
        await browser.opens(path)
    assert "Bắt đầu đánh giá" in browser.page.buttons, "the tablet's language is its own"
    await browser.presses("Bắt đầu đánh giá")
    await browser.presses("Kết thúc")
    await browser.opens("/kiosk")
    page = await browser.opens("/chat")
    assert [line.text for line in page.lines] == [line.text for line in before.lines]
    assert await lines_kept(database) == len(before.lines)
    assert (await browser.says("PA-0000-0000-0000")).status == 200
    assert await lines_kept(database) > len(before.lines)


async def test_a_form_of_the_personal_chat_is_none_of_the_tablets(browser: Browser) -> None:
    await browser.opens("/chat")
    form = browser.page.composer.fields
    await browser.opens(DOOR)
    page = await browser.posts(TALK, {**form, "text": "Xin chào"})
    assert page.status == 403
    page = await browser.opens("/chat")
    assert page.composer.fields["token"] == form["token"]


async def test_a_tablet_becomes_a_plain_browser_again(browser: Browser) -> None:
    await browser.opens(DOOR)
    page = await browser.opens("/kiosk")
    assert "Đánh giá sự phục vụ" in page.html


async def test_a_link_to_a_questionnaire_of_a_unit_with_a_long_code_is_followed(browser: Browser) -> None:
    start = f"q_waiting-time_{'a' * 60}"
    page = await browser.opens(f"/chat?start={start}")
    assert f'value="{start}"' in page.html
    page = await browser.opens(f"/chat?start={'a' * 101}")
    assert 'id="begin"' not in page.html


async def test_faces_stand_beside_each_other_as_scores_do(browser: Browser) -> None:
    await browser.opens(f"/chat?start=q_counter_{COUNTER.replace('.', '_')}")
    await browser.presses("Bắt đầu")
    page = await browser.presses("Bỏ qua")
    assert 'class="choices scale many"' in page.html
    assert page.html.count("<b>😠</b>") == 1
    page = await browser.presses("Rất hài lòng")
    assert "Cảm ơn" in page.said()[-1]


async def test_all_who_use_a_tablet_are_at_one_tablet_and_phones_have_no_mark(
    browser: Browser, database: Database
) -> None:
    for _ in range(2):
        await browser.opens(DOOR)
        await browser.presses("Bắt đầu đánh giá")
        await browser.presses("Kết thúc")
    await browser.opens("/chat?start=x")
    ids = await database.read(lambda connection: connection.scalars(select(chat.c.external_chat)).all())
    tablets = [each.split(":") for each in ids if each.startswith(TABLET)]
    assert len(tablets) == 2
    assert len({mark for _, mark, _ in tablets}) == 1
    assert len({own for _, _, own in tablets}) == 2
    assert all(":" not in each for each in ids if not each.startswith(TABLET))
