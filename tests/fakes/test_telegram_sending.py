"""The fake Bot API server refuses what the real one refuses, seen through the real client."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from telegram import (
    Bot,
    BotCommand,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.storage.pictures import gif, jpeg, png, webp

MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PERSON = 2**51 + 7


class Hands:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def fake(clock: Hands, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeTelegram]:
    monkeypatch.setitem(os.environ, "PTB_TIMEDELTA", "1")
    async with FakeTelegram(clock=clock) as server:
        yield server


def client(fake: FakeTelegram, token: str = TOKEN) -> Bot:
    def request() -> HTTPXRequest:
        return HTTPXRequest(read_timeout=0.5, httpx_kwargs={"trust_env": False})

    return Bot(
        token,
        base_url=f"{fake.base}/bot",
        base_file_url=f"{fake.base}/file/bot",
        request=request(),
        get_updates_request=request(),
    )


async def opened(bot: Bot) -> None:
    async with bot:
        pass


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    async with client(fake) as ready:
        yield ready


def keyboard(*labels: str, data: str = "x") -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data)] for label in labels])


async def test_a_text_is_shown_with_its_buttons(fake: FakeTelegram, bot: Bot) -> None:
    phone = fake.person(PERSON, "Công dân mẫu")
    await phone.starts()
    await bot.send_message(
        PERSON, "Xin chào &lt;Ông/Bà&gt; <b>mẫu</b>", parse_mode="HTML", reply_markup=keyboard("Có", "Không")
    )
    seen = phone.sees()[-1]
    assert (seen.from_bot, seen.text, seen.buttons) == (True, "Xin chào <Ông/Bà> mẫu", (("Có",), ("Không",)))


@pytest.mark.parametrize(
    ("text", "parse_mode", "reason"),
    [
        ("   ", None, "text is empty"),
        ("x" * 4097, None, "too long"),
        ("😀" * 2049, None, "too long"),
        ("a < b", "HTML", "parse entities"),
        ("<b>open", "HTML", "end tag"),
        ("<b><i>x</b></i>", "HTML", "parse entities"),
        ("<p>x</p>", "HTML", "unsupported start tag"),
        ("<b></b>", "HTML", "text is empty"),
        ("*x*", "MarkdownV2", "parse_mode"),
    ],
)
async def test_a_wrong_text_is_refused(
    fake: FakeTelegram, bot: Bot, text: str, parse_mode: str | None, reason: str
) -> None:
    await fake.person(PERSON).starts()
    with pytest.raises(BadRequest, match=f"(?i){reason}"):
        await bot.send_message(PERSON, text, parse_mode=parse_mode)


async def test_the_longest_text_counts_utf16_units_after_markup(fake: FakeTelegram, bot: Bot) -> None:
    await fake.person(PERSON).starts()
    assert await bot.send_message(PERSON, "😀" * 2048)
    assert await bot.send_message(PERSON, "<b>" + "x" * 4096 + "</b>", parse_mode="HTML")


WRONG_KEYBOARDS = {
    "BUTTON_DATA_INVALID": keyboard("A", data="ắ" * 22),
    "Text buttons are unallowed": InlineKeyboardMarkup([[InlineKeyboardButton("A")]]),
    "exactly one action": InlineKeyboardMarkup(
        [[InlineKeyboardButton("A", callback_data="x", copy_text=CopyTextButton("x"))]]
    ),
    "too long": keyboard(*map(str, range(101))),
    "markup is too long": InlineKeyboardMarkup([[InlineKeyboardButton(str(n), callback_data="x") for n in range(9)]]),
    "COPY_TEXT_INVALID": InlineKeyboardMarkup([[InlineKeyboardButton("A", copy_text=CopyTextButton("x" * 257))]]),
}


@pytest.mark.parametrize("reason", WRONG_KEYBOARDS)
async def test_a_wrong_keyboard_is_refused(fake: FakeTelegram, bot: Bot, reason: str) -> None:
    await fake.person(PERSON).starts()
    with pytest.raises(BadRequest, match=f"(?i){reason}"):
        await bot.send_message(PERSON, "Chọn", reply_markup=WRONG_KEYBOARDS[reason])


async def test_a_contact_is_asked_in_private_only(fake: FakeTelegram, bot: Bot) -> None:
    await fake.person(PERSON).starts()
    markup = ReplyKeyboardMarkup([[KeyboardButton("Gửi số điện thoại", request_contact=True)]])
    assert await bot.send_message(PERSON, "Số điện thoại?", reply_markup=markup)
    group = fake.group(-100)
    with pytest.raises(BadRequest, match="private chats only"):
        await bot.send_message(group.id, "Số điện thoại?", reply_markup=markup)


async def test_strangers_and_those_who_left_are_told_apart(fake: FakeTelegram, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(5, "Xin chào")
    phone = fake.person(PERSON)
    with pytest.raises(Forbidden, match="can't initiate"):
        await bot.send_message(PERSON, "Xin chào")
    await phone.starts()
    await phone.blocks()
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(PERSON, "Xin chào")
    await phone.unblocks()
    assert await bot.send_message(PERSON, "Xin chào")
    phone.chat.deactivated = True
    with pytest.raises(Forbidden, match="deactivated"):
        await bot.send_message(PERSON, "Xin chào")


async def test_a_group_that_moved_names_its_new_id(fake: FakeTelegram, bot: Bot) -> None:
    group = fake.group(-100)
    fake.upgrade(group, -1_001_000)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(-100, "Xin chào")
    assert caught.value.new_chat_id == -1_001_000
    assert await bot.send_message(-1_001_000, "Xin chào")


async def test_wrong_tokens_and_methods_are_refused(fake: FakeTelegram, bot: Bot) -> None:
    for token in ("123456789:BB" + "x" * 33, "1:short"):
        with pytest.raises(InvalidToken):
            await opened(client(fake, token))
    with pytest.raises(TelegramError, match="not found"):
        await bot.do_api_request("noSuchMethod")


async def test_the_pace_of_one_chat_is_enforced(clock: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PTB_TIMEDELTA", "1")
    async with FakeTelegram(clock=clock, paced=True) as paced, client(paced) as bot:
        await paced.person(PERSON).starts()
        for _ in range(3):
            await bot.send_message(PERSON, "Xin chào")
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(PERSON, "Xin chào")
        assert caught.value.retry_after == timedelta(seconds=1)
        clock.turn(1)
        assert await bot.send_message(PERSON, "Xin chào")


async def test_scripted_faults_come_once(fake: FakeTelegram, bot: Bot) -> None:
    phone = fake.person(PERSON)
    await phone.starts()
    fake.next_answer("sendMessage", status=429, parameters={"retry_after": 7})
    fake.next_answer("sendMessage", drop_connection=True, does_it=True)
    fake.next_answer("sendMessage", status=502, body=b"<html>Bad Gateway</html>")
    fake.next_answer("sendMessage", delay=1.0)
    with pytest.raises(RetryAfter):
        await bot.send_message(PERSON, "một")
    with pytest.raises(NetworkError, match=r"RemoteProtocolError|ReadError"):
        await bot.send_message(PERSON, "hai")
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(PERSON, "ba")
    with pytest.raises(TimedOut):
        await bot.send_message(PERSON, "bốn")
    await bot.send_message(PERSON, "năm")
    assert phone.hears() == ["hai", "bốn", "năm"]


async def test_editing_follows_the_rules(fake: FakeTelegram, bot: Bot) -> None:
    phone = fake.person(PERSON)
    own = await phone.starts()
    sent = await bot.send_message(PERSON, "Chọn", reply_markup=keyboard("Có"))
    await bot.edit_message_text("Đã chọn", PERSON, sent.message_id)
    assert (phone.sees()[-1].text, phone.sees()[-1].buttons) == ("Đã chọn", ())
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_reply_markup(PERSON, sent.message_id)
    with pytest.raises(BadRequest, match="to edit not found"):
        await bot.edit_message_text("x", PERSON, 999)
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("x", PERSON, own)


async def test_a_press_is_answered_once_and_in_time(fake: FakeTelegram, bot: Bot, clock: Hands) -> None:
    phone = fake.person(PERSON)
    await phone.starts()
    await bot.send_message(PERSON, "Chọn", reply_markup=keyboard("Có"))
    query = await phone.presses("Có")
    with pytest.raises(BadRequest, match=r"(?i)message_too_long"):
        await bot.answer_callback_query(query, "x" * 201)
    await bot.answer_callback_query(query, "Đã ghi")
    assert phone.toasts() == ["Đã ghi"]
    late = await phone.presses("Có")
    clock.turn(151)
    for stale in (query, late, "77"):
        with pytest.raises(BadRequest, match="too old"):
            await bot.answer_callback_query(stale)


async def test_files_go_both_ways(fake: FakeTelegram, bot: Bot) -> None:
    phone = fake.person(PERSON)
    await phone.starts()
    await phone.sends_photo(b"picture")
    photo = phone.chat.messages[2].raw["photo"][-1]
    got = await bot.get_file(photo["file_id"])
    assert bytes(await got.download_as_bytearray()) == b"picture"
    assert await bot.send_photo(PERSON, photo["file_id"], caption="Ảnh")
    sent = await bot.send_document(PERSON, b"bao cao", filename="bao-cao.txt")
    assert (phone.sees()[-1].file, sent.document.file_size if sent.document else 0) == ("bao-cao.txt", 7)
    sent = await bot.send_photo(PERSON, png(width=9_000, height=1_000))
    assert [(each.width, each.height) for each in sent.photo] == [(9_000, 1_000)]
    with pytest.raises(BadRequest, match=r"(?i)wrong file_id"):
        await bot.get_file("unknown")
    await phone.sends_document(b"", size=20 * 1024 * 1024 + 1)
    with pytest.raises(BadRequest, match="too big"):
        await bot.get_file(list(fake.world.files.by_id)[-1])


@pytest.mark.parametrize(
    ("picture", "why"),
    [(b"%PDF-1.7", "image_process"), (gif(), "image_process"), (png()[:20], "image_process"),
     (jpeg(width=9_001, height=1_000), "dimensions"), (webp(width=21, height=1), "dimensions"),
     (png(width=1, height=21), "dimensions"), (b"", "non-empty"), (png() + bytes(10 * 1024 * 1024), "too big")],
)  # fmt: skip
async def test_a_photo_must_be_a_picture_of_some_shape(fake: FakeTelegram, bot: Bot, picture: bytes, why: str) -> None:
    phone = fake.person(PERSON)
    await phone.starts()
    with pytest.raises(BadRequest, match=f"(?i){why}"):
        await bot.send_photo(PERSON, picture)
    assert not phone.hears()


async def test_commands_actions_and_reactions(fake: FakeTelegram, bot: Bot) -> None:
    phone = fake.person(PERSON)
    first = await phone.starts()
    await bot.set_my_commands([BotCommand("danhgia", "Đánh giá")], language_code="vi")
    assert fake.world.commands[("default", "vi")] == [{"command": "danhgia", "description": "Đánh giá"}]
    with pytest.raises(BadRequest, match=r"(?i)command_invalid"):
        await bot.set_my_commands([("Đánhgiá", "x")])
    await bot.send_chat_action(PERSON, "typing")
    await bot.set_message_reaction(PERSON, first, "👍")
    assert phone.sees()[0].reaction == "👍"
    with pytest.raises(BadRequest, match=r"(?i)reaction_invalid"):
        await bot.set_message_reaction(PERSON, first, "🐉")
