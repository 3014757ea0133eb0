"""A Zalo bot: text with numbers out, tolerant reading in, each refusal understood."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.numbered import in_numbers
from bot.channels.zalo_bot.channel import BotRefused, ZaloBotChannel
from bot.channels.zalo_bot.parsing import bot_events
from bot.file_links import FileLinks
from bot.messages import Button, FileGone, IncomingKind, Outgoing, OutgoingFile, SendOutcome
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
PAGE = "https://mau.example/chat"
LINKS = FileLinks.of("https://mau.example", "khoa-mau")
ACCOUNT = TOKEN.partition(":")[0]


@pytest.fixture
async def fake() -> AsyncIterator[FakeZaloBot]:
    async with FakeZaloBot() as server:
        yield server


@pytest.fixture
async def bot(fake: FakeZaloBot) -> AsyncIterator[ZaloBotChannel]:
    channel = ZaloBotChannel(TOKEN, fake.base, LINKS, lambda: NOW, timeout=1)
    yield channel
    await channel.close()


def update(**changes: Any) -> dict[str, Any]:
    message = {
        "message_id": "m1", "date": 1_794_000_000_000, "from": {"id": "p1", "display_name": "Mẫu", "is_bot": False},
        "chat": {"id": "p1", "chat_type": "PRIVATE"}, "text": "Xin chào",
    }  # fmt: skip
    return {"event_name": changes.pop("event_name", "message.text.received"), "message": message | changes}


def test_answers_are_numbered_as_they_are_understood() -> None:
    buttons = [
        Button("5 · Rất hài lòng", "c1.2.5"), Button("4 · Hài lòng", "c1.2.4"), Button("Quay lại", "c1.2.-back"),
    ]  # fmt: skip
    assert in_numbers(Outgoing("Hài lòng không?", tuple(buttons))) == (
        "Hài lòng không?\n\n5. Rất hài lòng\n4. Hài lòng\n\nÔng/Bà trả lời bằng số, ví dụ: 1. Cần thì gõ: “Quay lại”."
    )
    fields = (Button("Đất đai", "c1.3.land"), Button("Nhà ở", "c1.3.housing"), Button("Việc khác", "s:menu"))
    assert in_numbers(Outgoing("Lĩnh vực?", fields)) == (
        "Lĩnh vực?\n\n1. Đất đai\n2. Nhà ở\n\nÔng/Bà trả lời bằng số, ví dụ: 1. Cần thì gõ: “Việc khác”."
    )
    assert in_numbers(Outgoing("Xong.")) == "Xong."


async def test_a_message_is_sent_as_text(fake: FakeZaloBot, bot: ZaloBotChannel) -> None:
    phone = fake.person(1)
    result = await bot.send(phone.id, Outgoing("Chọn", (Button("Có", "c1.1.yes"),)))
    assert (result.outcome, phone.hears()) == (SendOutcome.SENT, ["Chọn\n\n1. Có\n\nÔng/Bà trả lời bằng số, ví dụ: 1."])
    assert result.message_ref
    assert await bot.name() == "bot.mau"


async def test_a_file_goes_as_a_link(fake: FakeZaloBot, bot: ZaloBotChannel) -> None:
    phone, file = fake.person(1), OutgoingFile("ab" * 16 + ".jpg", "PA-1.jpg", "image/jpeg", 10)
    assert (await bot.send(phone.id, Outgoing("Tệp 1/1", file=file))).outcome is SendOutcome.SENT
    [heard] = phone.hears()
    assert (heard.split("\n")[0], heard.split("\n")[-1]) == ("Tệp 1/1", LINKS.link(file, NOW))


async def test_a_long_text_goes_in_parts(fake: FakeZaloBot, bot: ZaloBotChannel) -> None:
    phone = fake.person(1)
    text = "\n\n".join(f"Đoạn {n} " + "x" * 300 for n in range(20))
    assert (await bot.send(phone.id, Outgoing(text))).outcome is SendOutcome.SENT
    assert "\n\n".join(phone.hears()) == text
    fake.next_answer("sendMessage")
    fake.next_answer("sendMessage", error=401)
    assert (await bot.send(phone.id, Outgoing(text))).outcome is SendOutcome.UNKNOWN


REFUSALS = {
    400: SendOutcome.REFUSED,
    401: SendOutcome.CHANNEL_DOWN,
    403: SendOutcome.RETRY,
    404: SendOutcome.REFUSED,
    429: SendOutcome.RETRY,
}


@pytest.mark.parametrize("number", REFUSALS)
async def test_a_refusal_is_read_although_the_status_is_200(
    fake: FakeZaloBot, bot: ZaloBotChannel, number: int
) -> None:
    phone = fake.person(1)
    fake.next_answer("sendMessage", error=number)
    result = await bot.send(phone.id, Outgoing("x"))
    assert result.outcome is REFUSALS[number]
    assert (await bot.send(phone.id, Outgoing("x"))).outcome is SendOutcome.SENT


async def test_a_lost_answer_is_unknown_and_no_connection_is_none(fake: FakeZaloBot, bot: ZaloBotChannel) -> None:
    phone = fake.person(1)
    fake.next_answer("sendMessage", drop_connection=True, does_it=True)
    result = await bot.send(phone.id, Outgoing("x"))
    assert (result.outcome, phone.hears()) == (SendOutcome.UNKNOWN, ["x"])
    nowhere = ZaloBotChannel(TOKEN, "http://127.0.0.1:9", LINKS, lambda: NOW, timeout=1)
    result = await nowhere.send(phone.id, Outgoing("x"))
    await nowhere.close()
    assert result.outcome is SendOutcome.RETRY
    assert TOKEN not in result.reason, "the address holds the token"


async def test_updates_come_one_by_one_and_none_is_nothing(fake: FakeZaloBot, bot: ZaloBotChannel) -> None:
    await fake.person(1).types("một")
    await fake.person(1).types("hai")
    got = [await bot.next_updates(0), await bot.next_updates(0), await bot.next_updates(0)]
    assert [[each["message"]["text"] for each in updates] for updates in got] == [["một"], ["hai"], []]
    await bot.set_webhook("https://mau.example/webhook/zalo-bot", "0123456789abcdef")
    with pytest.raises(BotRefused, match="400"):
        await bot.next_updates(0)
    await bot.delete_webhook()
    assert await bot.next_updates(0) == ()


async def test_files_are_never_had(bot: ZaloBotChannel) -> None:
    with pytest.raises(FileGone):
        await bot.fetch_file("x", 1)
    assert (await bot.clear_buttons("p", "m")).outcome is SendOutcome.SENT


@pytest.mark.parametrize("raw", [update(), {"ok": True, "result": update()}])
def test_a_text_is_read_with_and_without_its_wrapper(raw: Any) -> None:
    [incoming] = bot_events(raw, ACCOUNT, NOW, PAGE)
    assert (incoming.kind, incoming.text, incoming.chat) == (IncomingKind.TEXT, "Xin chào", "p1")
    assert (incoming.event_key, incoming.name, incoming.account) == ("m1", "Mẫu", ACCOUNT)
    assert incoming.at == datetime.fromtimestamp(1_794_000_000, UTC)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (update(text="/phananh"), IncomingKind.COMMAND),
        (update(event_name="message.image.received", photo="https://x"), IncomingKind.UNSUPPORTED),
        (update(event_name="message.unsupported.received"), IncomingKind.UNSUPPORTED),
        (update(event_name="message.new.received"), IncomingKind.UNSUPPORTED),
        (update(chat={"id": "g1", "chat_type": "GROUP"}), IncomingKind.GROUP),
        (update(date="soon"), IncomingKind.TEXT),
    ],
)
def test_each_event_has_its_kind(raw: Any, kind: IncomingKind) -> None:
    found = bot_events(raw, ACCOUNT, NOW, PAGE)
    assert [each.kind for each in found] == [kind]
    assert [each.data for each in found] == [PAGE if kind is IncomingKind.UNSUPPORTED else ""]


@pytest.mark.parametrize(
    "raw",
    [update(**{"from": {"id": ACCOUNT}}), update(**{"from": {"id": "b", "is_bot": True}}), update(message_id=""), {}],
)
def test_own_messages_and_what_names_nobody_are_left_out(raw: Any) -> None:
    assert bot_events(raw, ACCOUNT, NOW, PAGE) == ()


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["result", "message", "from", "chat", "id", "date", "text", "message_id", "event_name"]),
        inner, max_size=5,
    ),
    max_leaves=8,
)  # fmt: skip


@given(raw=json)
@settings(max_examples=40, deadline=None)
def test_nothing_makes_it_raise(raw: Any) -> None:
    bot_events(raw, ACCOUNT, NOW, PAGE)
    bot_events({"message": raw, "event_name": raw}, ACCOUNT, NOW, PAGE)
