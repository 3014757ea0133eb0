"""While an official answers somebody by hand the bot is silent, and loses nothing of what is written."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.messages import IncomingKind
from storage import chats, personal_data, phone_consent, windows
from storage.tables.delivery import outbox
from storage.windows import Window
from tests.bot.office import START, Office
from tests.conversations.world import everything
from tests.storage.test_phone_consent import arrives

WORDS = "Đèn đường ở thôn Mẫu hỏng cả tuần nay"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def takes(office: Office, kind: IncomingKind = IncomingKind.TEXT, **parts: Any) -> list[str]:
    """Take an event of a Zalo chat; return what was queued for it."""
    before = await said(office)
    await office.intake.accept(office.event(kind, who="77", channel="zalo", account="9", **parts))
    return (await said(office))[len(before) :]


async def said(office: Office) -> list[str]:
    query = select(outbox.c.body).order_by(outbox.c.id)
    return [body["text"] for body in await office.reads(lambda c: list(c.scalars(query))) if "text" in body]


async def bodies(office: Office) -> list[dict[str, Any]]:
    return await office.reads(lambda c: list(c.scalars(select(outbox.c.body).order_by(outbox.c.id))))


async def window(office: Office) -> Window:
    def read(connection: Connection) -> Window:
        chat = chats.find(connection, "zalo", "9", "77")
        return windows.find(connection, chat.id) if chat else Window()

    return await office.reads(read)


async def test_each_act_of_a_person_opens_the_window_anew(office: Office) -> None:
    await takes(office, text="xin chào")
    assert (await window(office)).interacted_at == office.at
    then = office.at
    office.passes(hours=1)
    await takes(office, IncomingKind.BLOCKED)
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    await takes(office, IncomingKind.CONTACT)
    assert (await window(office)).interacted_at == then
    await takes(office, IncomingKind.ARRIVED)
    assert (await window(office)).interacted_at == office.at


async def test_who_comes_without_a_word_is_greeted_once(office: Office) -> None:
    [greeting] = await takes(office, IncomingKind.ARRIVED)
    assert "Lắng Nghe" in greeting
    assert await takes(office, IncomingKind.ARRIVED) == []


async def test_the_bot_is_silent_while_somebody_answers_by_hand(office: Office) -> None:
    await takes(office, text="phản ánh")
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    assert await takes(office, text=WORDS) == []
    assert await takes(office, IncomingKind.UNSUPPORTED) == []
    assert await takes(office, IncomingKind.ARRIVED) == []
    assert (await window(office)).aside == WORDS
    office.passes(minutes=121)
    [asked] = await takes(office, text="tiếp")
    assert "tiếp" not in (await window(office)).aside
    assert asked


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (IncomingKind.TEXT, {"text": "phản ánh"}),
        (IncomingKind.TEXT, {"text": "DG-7K3M-9QXT-2H6P"}),
        (IncomingKind.TEXT, {"text": "PA-7K3M-9QXT-2HBN"}),
        (IncomingKind.COMMAND, {"text": "tracuu"}),
        (IncomingKind.PRESS, {"data": "s:menu"}),
    ],
)
async def test_who_turns_to_the_bot_is_answered_by_it(
    office: Office, kind: IncomingKind, parts: dict[str, str]
) -> None:
    await takes(office, text="xin chào")
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    assert await takes(office, kind, **parts)
    assert not (await window(office)).human_until
    assert await takes(office, text="một")


@pytest.mark.parametrize("greeted", [False, True])
async def test_what_nobody_answers_is_taken_up_when_the_silence_is_over(office: Office, *, greeted: bool) -> None:
    if greeted:
        await takes(office, text="xin chào")
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    await takes(office, text="Vâng ạ, để tôi kể rõ hơn")
    office.passes(minutes=60)
    await takes(office, IncomingKind.BY_HAND, message_ref="y")  # answers that
    await takes(office, text=WORDS)
    before = len(await said(office))
    office.passes(minutes=61)  # the time planned first is over, that of the second answer is not
    await office.schedule.round()
    assert len(await said(office)) == before
    office.passes(minutes=60)
    await office.schedule.round()
    await office.schedule.round()
    [offer] = (await said(office))[before:]
    assert WORDS in offer
    assert "Vâng ạ" not in offer
    [asked] = await takes(office, text="1")
    assert "chọn" in asked or "?" in asked
    assert (await window(office)).aside == ""


async def test_a_sign_says_that_what_is_kept_has_arrived(office: Office) -> None:
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    await takes(office, text=WORDS, message_ref="m1")
    await takes(office, text="Tôi tố cáo cán bộ mẫu nhận hối lộ", message_ref="m2")
    signs = [body["react"] for body in await bodies(office) if "react" in body]
    assert signs == ["m1"]


async def test_a_sign_is_not_taken_for_an_answer_of_ours(office: Office) -> None:
    """The official's next one would be an echo of it."""
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    await takes(office, text=WORDS, message_ref="m1")
    office.passes(minutes=90)
    await office.database.write(lambda c: c.execute(outbox.update().values(state="sent", sent_at=office.at)))
    await takes(office, IncomingKind.BY_HAND, message_ref="y")
    assert (await window(office)).human_until == office.at + timedelta(hours=2)


async def test_what_nobody_answers_waits_for_the_end_of_an_open_conversation(office: Office) -> None:
    await takes(office, text="phản ánh")
    await takes(office, text="1")
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    await takes(office, text=WORDS)
    for _ in range(3):
        office.passes(minutes=121)
        before = len(await said(office))
        await office.schedule.round()
        assert WORDS not in "".join((await said(office))[before:])
    await takes(office, text="hủy")
    before = len(await said(office))
    office.passes(minutes=61)
    await office.schedule.round()
    [offer] = (await said(office))[before:]
    assert WORDS in offer
    assert (await window(office)).aside == ""


async def test_a_few_words_are_left_as_they_are(office: Office) -> None:
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    await takes(office, text="Cảm ơn!")
    office.passes(hours=3)
    await office.schedule.round()
    assert await said(office) == []


async def test_a_denunciation_is_never_kept_and_answered_at_once(office: Office) -> None:
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    [answer] = await takes(office, text="Tôi tố cáo cán bộ mẫu nhận hối lộ")
    assert "tố cáo" in answer.lower()
    assert not (await window(office)).aside


@pytest.mark.parametrize(
    ("letter", "is_own"),
    [
        ({"message_ref": "ours", "state": "sent", "sent_at": START - timedelta(hours=1)}, True),
        ({"state": "sending"}, True),
        ({"message_ref": "last part", "state": "sent", "sent_at": START - timedelta(seconds=5)}, True),
        ({"message_ref": "other", "state": "sent", "sent_at": START - timedelta(minutes=1)}, False),
    ],
)
async def test_an_echo_of_our_own_message_is_no_answer_by_hand(
    office: Office, letter: dict[str, Any], *, is_own: bool
) -> None:
    await takes(office, text="xin chào")
    await office.database.write(lambda c: c.execute(outbox.update().values(letter)))
    await takes(office, IncomingKind.BY_HAND, message_ref="ours")
    assert ((await window(office)).human_until is None) is is_own


async def test_a_time_of_nothing_keeps_the_bot_talking(office: Office) -> None:
    object.__setattr__(office.intake, "by_hand_for", timedelta(0))
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    assert await takes(office, text="xin chào")


async def test_nobody_is_reminded_of_the_bot_meanwhile(office: Office) -> None:
    await takes(office, text="phản ánh")
    await takes(office, text="1")
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    before = len(await said(office))
    office.passes(minutes=119)
    await office.schedule.round()
    assert len(await said(office)) == before


async def test_who_has_himself_forgotten_leaves_no_words(office: Office) -> None:
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    await takes(office, text=WORDS)

    def forget(connection: Connection) -> None:
        chat = chats.find(connection, "zalo", "9", "77")
        assert chat is not None
        personal_data.forget_identity(connection, chat.person_id, office.at)

    await office.database.write(forget)
    assert (await window(office)).aside == ""
    office.passes(hours=3)
    await office.schedule.round()
    assert await said(office) == []


async def test_a_number_that_was_asked_for_is_taken_while_somebody_answers_by_hand(office: Office) -> None:
    await office.database.write(arrives)  # a template, so that a number serves
    await takes(office, IncomingKind.PRESS, data="s:phone:on")
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    assert await takes(office, text="để tôi tìm số") == []
    [told] = await takes(office, text="0912 345 678")
    assert "tận cùng 678" in told
    assert await office.reads(phone_consent.count) == 1
    assert not (await window(office)).human_until


@pytest.mark.parametrize("number", ["0912 345 678", "(024) 1234 5678"])
async def test_a_number_for_whoever_answers_by_hand_is_kept_nowhere(office: Office, number: str) -> None:
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    assert await takes(office, text=number, message_ref="n") == []
    assert {"react": "n"} in await bodies(office)
    assert "345" not in (await window(office)).aside
    assert number not in await office.reads(everything)


async def test_a_form_that_somebody_sent_by_hand_is_left_to_him(office: Office) -> None:
    await office.database.write(arrives)
    await takes(office, IncomingKind.BY_HAND, message_ref="x")
    assert await takes(office, IncomingKind.CONTACT, phone="84912345678", own_phone=False) == []
    assert "12345678" not in await office.reads(everything)
    await takes(office, IncomingKind.PRESS, data="s:phone:on")
    await takes(office, IncomingKind.BY_HAND, message_ref="y")
    [told] = await takes(office, IncomingKind.CONTACT, phone="84912345678", own_phone=False)
    assert "tận cùng 678" in told
