"""The page of the fakes plays a citizen's phone without a script: it writes, presses, sends, and shows the logs."""

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial

import pytest
from aiohttp import ClientSession, FormData, web
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.channels.zalo.listing import template_of
from storage.zalo_templates import KINDS_OF_NEWS, KNOWN_PARAMS
from tests.fakes.phone_page.page import FOLDER, PhonePage
from tests.fakes.phone_page.telegram_stage import telegram_stage
from tests.fakes.phone_page.zalo_stage import TEMPLATES, zalo_stage
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.zalo import FakeZalo, openapi
from tests.fakes.zalo.errors import Refused
from tests.photos import photo
from tests.storage.pictures import gif, png, webp
from wording.catalogue import Catalogue, differences


class Reader:
    """A browser without scripts at the page of one channel."""

    def __init__(self, http: ClientSession, base: str) -> None:
        self.http, self.base = http, base

    async def reads(self, path: str) -> str:
        async with self.http.get(self.base + path) as answer:
            assert answer.status == 200
            assert "script" not in answer.headers["Content-Security-Policy"]
            text = await answer.text()
        assert "<script" not in text
        return html.unescape(text)

    async def sends(self, path: str, **fields: str) -> int:
        async with self.http.post(self.base + path, data=fields) as answer:
            return answer.status


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as entered:
        yield entered


async def opened(stack: AsyncExitStack, page: PhonePage) -> Reader:
    runner = web.AppRunner(page.application(), shutdown_timeout=0.1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    http = await stack.enter_async_context(ClientSession(trust_env=False))
    return Reader(http, f"http://127.0.0.1:{runner.addresses[0][1]}")


@pytest.fixture
async def zalo(stack: AsyncExitStack) -> tuple[FakeZalo, Reader]:
    fake = await stack.enter_async_context(FakeZalo())
    return fake, await opened(stack, PhonePage(zalo_stage(fake)))


def ask(fake: FakeZalo) -> None:
    buttons = [{"title": "Hài lòng", "type": "oa.query.hide", "payload": "#a:1"},
               {"title": "Trang", "type": "oa.open.url", "payload": {"url": "https://example.vn"}}]  # fmt: skip
    attachment = {"type": "template", "payload": {"buttons": buttons}}
    openapi.send(
        fake.world,
        {"recipient": {"user_id": fake.person(1).person.id}, "message": {"text": "Chọn <1>", "attachment": attachment}},
    )


async def test_what_is_written_and_pressed_comes_from_the_phone(zalo: tuple[FakeZalo, Reader]) -> None:
    fake, reader = zalo
    await reader.sends("/phone/1/write", text="Xin chào <b>")
    await reader.sends("/phone/1/write", text="http://127.0.0.1:8080/f/1/x/a.pdf")
    ask(fake)
    chat = await reader.reads("/phone/1")
    assert "Xin chào <b>" in chat
    assert 'href="http://127.0.0.1:8080/f/1/x/a.pdf"' in chat
    keys = re.findall(r'name="key" value="(.*?)"', chat)
    assert [bool(key) for key in keys] == [True, False], "a link is no button that sends"
    assert await reader.sends("/phone/1/press", key=keys[0]) == 200
    assert [each.name for each in fake.world.courier.lost] == [
        "user_send_text",
        "user_send_text",
        "oa_send_text",
        "user_send_text",
    ]
    assert '"#a:1"' in fake.world.courier.lost[-1].raw.decode()
    assert "Chưa có tin nào" in await reader.reads("/phone/2"), "the other citizen has a chat of his own"


async def test_a_server_that_is_not_there_is_told_apart_from_one_that_answers(zalo: tuple[FakeZalo, Reader]) -> None:
    fake, reader = zalo
    fake.world.courier.point_at("http://127.0.0.1:9/webhook/zalo")
    await reader.sends("/phone/1/write", text="Xin chào")
    async with asyncio.timeout(5):
        while not fake.world.courier.attempts:  # noqa: ASYNC110 - the next ones come minutes later
            await asyncio.sleep(0.01)
    assert "<td>chưa tới được máy chủ</td>" in await reader.reads("/log")
    await fake.world.courier.stop()


@pytest.mark.parametrize("key", ["", "x:0", "x", "1:99"])
async def test_a_button_that_is_not_there_is_told(zalo: tuple[FakeZalo, Reader], key: str) -> None:
    assert await zalo[1].sends("/phone/1/press", key=key) == 409


async def test_files_and_deeds_are_sent(zalo: tuple[FakeZalo, Reader]) -> None:
    fake, reader = zalo
    form = FormData()
    form.add_field("text", "")
    form.add_field("file", b"%PDF-", filename="don.pdf")
    async with reader.http.post(f"{reader.base}/phone/1/write", data=form) as answer:
        assert answer.status == 200
    for deed in ("photo", "place", "contact", "sticker", "voice", "follow", "unfollow"):
        assert await reader.sends("/phone/1/do", deed=deed) == 200
    assert [each.name for each in fake.world.courier.lost] == [
        "user_send_file", "user_send_image", "user_send_location", "user_submit_info", "user_send_sticker",
        "user_send_audio", "follow", "unfollow",
    ]  # fmt: skip
    assert await reader.sends("/phone/1/do", deed="fly") == 409


async def test_a_picture_is_seen_and_a_document_can_be_kept(zalo: tuple[FakeZalo, Reader]) -> None:
    fake, reader = zalo
    sent = [("image", "PA-1.jpg", photo(), {"media_type": "image"}), ("file", "PA-<2>.pdf", b"%PDF-1.7 mau", {})]
    for kind, name, content, element in sent:
        upload = fake.world.uploads.keep(kind, name, content)
        media = {"template_type": "media", "elements": [{**element, "attachment_id": upload.id}]}
        shown = {"type": "template", "payload": media} if element else {"type": kind, "payload": {"token": upload.id}}
        await fake.person(1).types("Xin chào")
        message = {"attachment": shown, **({"text": "Ảnh hiện trường"} if element else {})}
        openapi.send(fake.world, {"recipient": {"user_id": fake.person(1).person.id}, "message": message})
    chat = await reader.reads("/phone/1")
    assert "Ảnh hiện trường" in chat
    assert re.findall(r'<img src="(.*?)"', chat) == ["/phone/1/file/1"]
    assert re.findall(r'class="file" href="(.*?)"><strong>(.*?)</strong>', chat) == [("/phone/1/file/3", "PA-<2>.pdf")]
    for line, (_, _, content, _), kept in zip((1, 3), sent, ("inline", "attachment"), strict=True):
        async with reader.http.get(f"{reader.base}/phone/1/file/{line}") as answer:
            assert (await answer.read(), answer.headers["Content-Disposition"].split(";")[0]) == (content, kept)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for line in (0, 4):
        async with reader.http.get(f"{reader.base}/phone/1/file/{line}") as answer:
            assert answer.status == 404


async def test_an_official_who_answers_by_hand_is_told_apart_from_the_bot(zalo: tuple[FakeZalo, Reader]) -> None:
    fake, reader = zalo
    assert "Cán bộ trả lời tay" in await reader.reads("/")
    assert await reader.sends("/phone/1/do", deed="human", text="Tôi xem rồi <b>") == 200
    assert await reader.sends("/phone/1/do", deed="human", text="  ") == 200
    chat = await reader.reads("/phone/1")
    assert chat.count("Tôi xem rồi <b>") == 1
    assert '<span class="kind">Cán bộ trả lời tay</span>' in chat
    assert "Cán bộ trả lời tay" not in await reader.reads("/phone/2")
    [event] = [json.loads(each.raw) for each in fake.world.courier.lost]
    assert (event["event_name"], event["message"]["text"]) == ("oa_send_text", "Tôi xem rồi <b>")
    assert event["sender"]["admin_id"]


def by_template(fake: FakeZalo, name: str, **data: str) -> str:
    """Send one of the listed templates to the first phone; return the message's id."""
    found = next(each for each in fake.world.templates.values() if each.name == name)
    body = {"user_id": fake.person(1).person.id, "template_id": found.id, "template_data": data}
    return str(openapi.send_template(fake.world, body)["message_id"])


def test_the_listed_templates_can_be_chosen_and_filled_by_the_service() -> None:
    for sample, kinds in zip(TEMPLATES, (("petition", "work"), ("invitation",)), strict=True):
        template = template_of(sample.id, sample.as_described())
        assert tuple(kind for kind in KINDS_OF_NEWS if template.fits(kind)) == kinds
        assert all(each.name in KNOWN_PARAMS for each in template.params)


async def test_a_message_by_template_is_shown_with_its_values(zalo: tuple[FakeZalo, Reader]) -> None:
    fake, reader = zalo
    by_template(fake, "Mẫu tin thử 1", ma_ho_so="PA-<1>", trang_thai="Đã nhận", ngay_cap_nhat="22/11/2026")
    chat = await reader.reads("/phone/1")
    assert '<span class="kind">Mẫu tin ZBS</span>' in chat
    assert re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", chat) == [
        ("ma_ho_so", "PA-<1>"), ("trang_thai", "Đã nhận"), ("ngay_cap_nhat", "22/11/2026"),
    ]  # fmt: skip
    assert "Tiền giả đã trừ: 200 đ." in chat
    assert 'name="key"' not in chat, "only a request for a rating has stars"


async def test_stars_under_a_request_for_a_rating_are_pressed_once(zalo: tuple[FakeZalo, Reader]) -> None:
    fake, reader = zalo
    message = by_template(fake, "Mẫu đánh giá thử 1", don_vi="UBND xã Mẫu")
    keys = re.findall(r'name="key" value="(.*?)">(.*?)<', await reader.reads("/phone/1"))
    assert keys == [(f"{message}:{stars}", f"{stars} ★") for stars in range(1, 6)]
    for wrong in ("0", "6"):
        assert await reader.sends("/phone/1/press", key=f"{message}:{wrong}") == 409
    assert await reader.sends("/phone/1/press", key=keys[1][0]) == 200
    chat = await reader.reads("/phone/1")
    assert '<span class="reaction">2 ★</span>' in chat
    assert 'name="key"' not in chat
    assert await reader.sends("/phone/1/press", key=keys[4][0]) == 409
    [event] = [json.loads(each.raw) for each in fake.world.courier.lost]
    assert (event["event_name"], event["message"]["msg_id"], event["message"]["rate"]) == ("user_feedback", message, 2)


async def test_time_goes_by_for_what_zalo_knows_of_one_person(zalo: tuple[FakeZalo, Reader]) -> None:
    fake, reader = zalo
    assert await reader.sends("/phone/1/do", deed="days3") == 200
    assert "chưa liên lạc" in await reader.reads("/phone/1")
    for number in (1, 2):
        await reader.sends(f"/phone/{number}/write", text="Xin chào")
    news = {"recipient": {"user_id": fake.person(1).person.id}, "message": {"text": "Tin mới"}}
    assert "không mất tiền" in await reader.reads("/phone/1")
    await reader.sends("/phone/1/do", deed="days3")
    assert "mỗi tin mất tiền" in await reader.reads("/phone/1")
    openapi.send(fake.world, news)
    assert "Tiền giả đã trừ: 55 đ." in await reader.reads("/phone/1")
    await reader.sends("/phone/1/do", deed="days8")
    assert "chỉ còn gửi được mẫu tin" in await reader.reads("/phone/1")
    with pytest.raises(Refused, match="-230"):
        openapi.send(fake.world, news)
    other = await reader.reads("/phone/2")
    assert "không mất tiền" in other
    assert "Tiền giả" not in other, "the other person has written lately, and has cost nothing"
    await reader.sends("/phone/1/write", text="Tôi đây")
    assert "không mất tiền" in await reader.reads("/phone/1")


async def test_the_page_says_how_to_point_the_settings_at_it(zalo: tuple[FakeZalo, Reader]) -> None:
    fake, reader = zalo
    page = await reader.reads("/")
    assert f"ZALO_OPENAPI_BASE={fake.bases.openapi}" in page
    assert "ZALO_SPEND=billed" in page
    assert "/admin/zalo" in page
    await reader.sends("/phone/1/write", text="Xin chào")
    assert "user_send_text" in await reader.reads("/log"), "an event that nobody takes is in the log too"
    assert 'http-equiv="refresh"' in await reader.reads("/phone/1")
    assert 'http-equiv="refresh"' not in await reader.reads("/phone/1?live=0")


async def test_the_phones_of_telegram_do_the_same(stack: AsyncExitStack) -> None:
    fake = await stack.enter_async_context(FakeTelegram())
    reader = await opened(stack, PhonePage(telegram_stage(fake), "en"))
    await reader.sends("/phone/2/do", deed="start")
    keyboard = {"inline_keyboard": [[{"text": "Có", "callback_data": "x"}, {"text": "Web", "url": "https://a.vn"}]]}
    phone = fake.person(2**51 + 2)
    phone.chat.add({"text": "Chọn", "reply_markup": keyboard}, fake.world.bot, 0, mine=True, text="Chọn")
    keys = re.findall(r'name="key" value="(.*?)"', await reader.reads("/phone/2"))
    assert await reader.sends("/phone/2/press", key=keys[0]) == 200
    for deed in ("photo", "place", "contact", "sticker", "voice", "block", "unblock"):
        assert await reader.sends("/phone/2/do", deed=deed) == 200
    waiting = fake.world.mailbox.waiting()
    assert [next(iter(set(each.update) - {"update_id"})) for each in waiting] == [
        "message", "callback_query", *["message"] * 5, "my_chat_member", "my_chat_member",
    ]  # fmt: skip
    assert f"TELEGRAM_API_BASE={fake.base}" in await reader.reads("/")
    assert "getUpdates" in await reader.reads("/log")
    assert 'class="corner"' not in await reader.reads("/")
    assert await reader.sends("/phone/2/do", deed="human", text="x") == 409


async def test_what_the_server_sends_on_telegram_is_seen_too(stack: AsyncExitStack) -> None:
    fake = await stack.enter_async_context(FakeTelegram())
    reader = await opened(stack, PhonePage(telegram_stage(fake)))
    await reader.sends("/phone/1/do", deed="start")
    bot = await stack.enter_async_context(Bot(TOKEN, f"{fake.base}/bot", request=HTTPXRequest()))
    sent = [(photo(), None), (png(), None), (webp(), None), (gif(), "PA-1.gif"), (b"%PDF-1.7", "PA-<2>.pdf")]
    for content, name in sent:
        put = partial(bot.send_document, filename=name) if name else bot.send_photo
        await put(2**51 + 1, content, "Ảnh hiện trường")
    chat = await reader.reads("/phone/1")
    assert chat.count("Ảnh hiện trường") == len(sent)
    assert re.findall(r'<img src="(.*?)"', chat) == [f"/phone/1/file/{line}" for line in range(1, 5)]
    assert re.findall(r'class="file" href="(.*?)"><strong>(.*?)</strong>', chat) == [("/phone/1/file/5", "PA-<2>.pdf")]
    kinds = []
    for line, (content, _) in enumerate(sent, start=1):
        async with reader.http.get(f"{reader.base}/phone/1/file/{line}") as answer:
            assert await answer.read() == content
            kinds.append(answer.content_type)
    assert kinds == ["image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"]


def test_both_languages_say_the_same() -> None:
    assert differences(Catalogue.load(FOLDER / "texts")) == []
