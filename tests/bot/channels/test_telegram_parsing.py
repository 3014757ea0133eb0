"""Updates become events, whatever arrives."""

import copy
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram.parsing import Telegram, parse_update
from bot.messages import FileRef, Incoming, IncomingKind, Place
from tests.fakes.telegram import FakeTelegram, Phone

MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PERSON = 2**51 + 7
BOT = Telegram("123456789", "langnghe_mau_bot")


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(clock=lambda: MORNING) as server:
        yield server


@pytest.fixture
def phone(fake: FakeTelegram) -> Phone:
    return fake.person(PERSON, "Công dân mẫu", "en", "cong_dan_mau")


def heard(fake: FakeTelegram) -> list[Incoming | None]:
    return [parse_update(waiting.update, BOT, LATER) for waiting in fake.world.mailbox.waiting()]


def last(fake: FakeTelegram) -> Incoming:
    incoming = heard(fake)[-1]
    assert incoming is not None
    return incoming


async def test_a_text_comes_with_its_writer_and_its_time(fake: FakeTelegram, phone: Phone) -> None:
    number = await phone.types("Đèn đường hỏng 😀")
    assert last(fake) == Incoming(
        channel="telegram",
        account="123456789",
        chat=str(PERSON),
        person=str(PERSON),
        event_key="870000001",
        at=MORNING,
        kind=IncomingKind.TEXT,
        text="Đèn đường hỏng 😀",
        message_ref=str(number),
        language="en",
        name="Công dân mẫu",
        username="cong_dan_mau",
    )


@pytest.mark.parametrize(
    ("typed", "kind", "text", "data"),
    [
        ("/start", IncomingKind.START, "", ""),
        ("/start r_abc-1", IncomingKind.START, "", "r_abc-1"),
        ("/start@langnghe_mau_bot r_abc", IncomingKind.START, "", "r_abc"),
        ("/start typed by hand", IncomingKind.START, "", ""),
        ("/start " + "x" * 65, IncomingKind.START, "", ""),
        ("/HUY", IncomingKind.COMMAND, "huy", ""),
        ("/huy@langnghe_mau_bot", IncomingKind.COMMAND, "huy", ""),
        ("/tracuu PA-ABCD-EFGH-JKMN", IncomingKind.COMMAND, "tracuu PA-ABCD-EFGH-JKMN", ""),
        ("/ đèn hỏng", IncomingKind.TEXT, "/ đèn hỏng", ""),
        ("/đèn", IncomingKind.TEXT, "/đèn", ""),
        ("5/5 sao", IncomingKind.TEXT, "5/5 sao", ""),
    ],
)
async def test_commands_are_told_from_texts(
    fake: FakeTelegram, phone: Phone, typed: str, kind: IncomingKind, text: str, data: str
) -> None:
    await phone.types(typed)
    assert (last(fake).kind, last(fake).text, last(fake).data) == (kind, text, data)


async def test_a_forwarded_command_is_a_text(fake: FakeTelegram, phone: Phone) -> None:
    await phone.types("/start abc", forward_origin={"type": "hidden_user", "sender_user_name": "x", "date": 1})
    assert (last(fake).kind, last(fake).text) == (IncomingKind.TEXT, "/start abc")


async def test_of_a_photo_the_largest_size_counts(fake: FakeTelegram, phone: Phone) -> None:
    await phone.sends_album(b"large picture", b"two", caption="Ổ gà")
    first, second = heard(fake)
    assert first is not None
    assert second is not None
    assert first.file is not None
    assert second.file is not None
    assert (first.kind, first.text, first.file.size, first.file.media) == (IncomingKind.FILE, "Ổ gà", 13, "photo")
    assert first.file.ref == list(fake.world.files.by_id)[1]
    assert first.file.group == second.file.group is not None


async def test_a_document_brings_the_senders_claims(fake: FakeTelegram, phone: Phone) -> None:
    await phone.sends_document(b"12345", name="../../don.pdf", mime="image/png")
    ref = list(fake.world.files.by_id)[-1]
    assert last(fake).file == FileRef(ref, "document", "../../don.pdf", 5, "image/png")
    await phone.sends_document(b"12345", name=None, mime=None, size=None)
    ref = list(fake.world.files.by_id)[-1]
    assert last(fake).file == FileRef(ref, "document", "", 0, "")


async def test_a_live_position_counts_once(fake: FakeTelegram, phone: Phone) -> None:
    number = await phone.sends_location(21.03, 105.85, live=900)
    await phone.moves(number, 22.0, 105.0)
    first, moved = heard(fake)
    assert first is not None
    assert (first.kind, first.place, moved) == (IncomingKind.LOCATION, Place(21.03, 105.85), None)


async def test_only_the_own_contact_is_a_phone(fake: FakeTelegram, phone: Phone) -> None:
    await phone.shares_contact("84900000000")
    assert (last(fake).kind, last(fake).phone) == (IncomingKind.CONTACT, "84900000000")
    await phone.shares_contact("84911111111", of=5)
    assert (last(fake).kind, last(fake).phone) == (IncomingKind.CONTACT, None)


async def test_stickers_and_voices_are_named_unsupported(fake: FakeTelegram, phone: Phone) -> None:
    await phone.sends_sticker()
    await phone.sends_voice()
    assert [each.kind for each in heard(fake) if each] == [IncomingKind.UNSUPPORTED] * 2


async def test_an_edit_names_its_message(fake: FakeTelegram, phone: Phone) -> None:
    number = await phone.types("Đèn hỏng")
    await phone.edits(number, "Đèn đường hỏng")
    assert (last(fake).kind, last(fake).text, last(fake).message_ref) == (
        IncomingKind.EDIT,
        "Đèn đường hỏng",
        str(number),
    )


@pytest.mark.parametrize("inaccessible", [False, True])
async def test_a_press_names_its_message_and_itself(fake: FakeTelegram, phone: Phone, inaccessible: bool) -> None:  # noqa: FBT001
    number = await phone.types("x")
    query = await phone.presses_data("c:1:2", on=number, inaccessible=inaccessible)
    press = last(fake)
    assert (press.kind, press.data, press.message_ref, press.press_id, press.at) == (
        IncomingKind.PRESS,
        "c:1:2",
        str(number),
        query,
        LATER,
    )


async def test_blocking_and_coming_back(fake: FakeTelegram, phone: Phone) -> None:
    await phone.blocks()
    await phone.unblocks()
    assert [each.kind for each in heard(fake) if each] == [IncomingKind.BLOCKED, IncomingKind.UNBLOCKED]


async def test_in_a_group_only_who_speaks_to_the_bot_is_heard(fake: FakeTelegram, phone: Phone) -> None:
    group = fake.group(-100)
    fake.world.privacy = False
    for text in ("chuyện riêng", "/huy@other_bot", "/huy", "/huy@LANGNGHE_mau_bot", "chào @langnghe_mau_bot"):
        await phone.types(text, chat=group)
    kinds = [each and each.kind for each in heard(fake)]
    assert kinds == [None, None, IncomingKind.GROUP, IncomingKind.GROUP, IncomingKind.GROUP]
    assert last(fake).chat == "-100"


async def test_what_no_database_can_hold_is_taken_out(fake: FakeTelegram, phone: Phone) -> None:
    await phone.types("một\ud800hai\x00ba")
    assert last(fake).text == "một\ufffdhaiba"


@pytest.mark.parametrize(
    "content",
    [
        {"pinned_message": {"message_id": 1}},
        {"new_chat_title": "x"},
        {},
    ],
)
async def test_service_messages_say_nothing(fake: FakeTelegram, content: dict[str, Any]) -> None:
    private = {"id": PERSON, "type": "private"}
    fake.update("message", {"message_id": 1, "date": 1, "chat": private, "from": {"id": PERSON}, **content})
    assert heard(fake) == [None]


def test_other_kinds_of_updates_are_nothing() -> None:
    assert parse_update({"update_id": 1, "poll_answer": {}}, BOT, LATER) is None
    assert parse_update({"message": {}}, BOT, LATER) is None
    assert parse_update([], BOT, LATER) is None


def test_a_time_that_no_calendar_holds_is_replaced() -> None:
    message = {"chat": {"id": 1, "type": "private"}, "text": "x"}
    for date in (0, -1, 10**18, "now", None, 2**70):
        incoming = parse_update({"update_id": 1, "message": {**message, "date": date}}, BOT, LATER)
        assert incoming is not None
        assert incoming.at == LATER


def test_deep_json_is_no_trouble() -> None:
    deep: Any = {"id": 1, "type": "private"}
    for _ in range(100_000):
        deep = {"reply_to_message": deep}
    update = {"update_id": 1, "message": {"chat": {"id": 1, "type": "private"}, "text": "x", "reply_to_message": deep}}
    assert parse_update(update, BOT, LATER) is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=100)
@given(JSON)
def test_no_json_is_an_exception(raw: Any) -> None:
    assert parse_update(raw, BOT, LATER) is None


SAMPLE: dict[str, Any] = {
    "message_id": 7,
    "date": 1_770_000_000,
    "from": {"id": PERSON, "is_bot": False, "first_name": "Mẫu", "language_code": "vi", "username": "mau"},
    "chat": {"id": PERSON, "type": "private", "first_name": "Mẫu"},
}
CONTENTS: list[dict[str, Any]] = [
    {"text": "/start abc", "entities": [{"type": "bot_command", "offset": 0, "length": 6}]},
    {"photo": [{"file_id": "a", "file_size": 3}, {"file_id": "b", "file_size": 9}], "media_group_id": "5"},
    {"document": {"file_id": "a", "file_name": "x", "mime_type": "y", "file_size": 4}, "caption": "z"},
    {"location": {"latitude": 1.5, "longitude": 2.5}, "venue": {"title": "t", "address": "a"}},
    {"contact": {"phone_number": "84900000000", "user_id": PERSON}},
    {"sticker": {"file_id": "a"}},
]
UPDATES: list[dict[str, Any]] = [
    *({"update_id": 1, "message": {**SAMPLE, **content}} for content in CONTENTS),
    *({"update_id": 2, "edited_message": {**SAMPLE, **content, "edit_date": 5}} for content in CONTENTS),
    {"update_id": 3, "callback_query": {"id": "4", "from": SAMPLE["from"], "message": SAMPLE, "data": "c:1"}},
    {
        "update_id": 4,
        "my_chat_member": {
            **SAMPLE,
            "old_chat_member": {"status": "member"},
            "new_chat_member": {"status": "kicked"},
        },
    },
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every member."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield (*path, name)
        yield from places(part, (*path, name))


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(UPDATES), st.data())
def test_a_mutated_update_is_an_event_or_nothing(update: dict[str, Any], data: st.DataObject) -> None:
    mutated = copy.deepcopy(update)
    *path, name = data.draw(st.sampled_from(list(places(mutated))))
    holder = mutated
    for step in path:
        holder = holder[step]
    holder[name] = data.draw(JSON)
    incoming = parse_update(mutated, BOT, LATER)
    if incoming is not None:
        assert incoming.event_key == str(mutated["update_id"])
        json.dumps([incoming.text, incoming.data, incoming.name], ensure_ascii=False).encode()
