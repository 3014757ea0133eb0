"""Events of Zalo's webhook become events of ours, whatever arrives."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.zalo.parsing import ZaloAccount, parse_event
from bot.channels.zalo.seal import Seal
from bot.messages import FileRef, Incoming, IncomingKind, Place

APP, OA, USER = "4318000000000000001", "2001000000000000002", "7654321098765432109"
NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
SEAL = Seal("a sample key of tests", OA)
ZALO = ZaloAccount(APP, OA, SEAL)


def sent(name: str, message: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an event of a person who sends something, in the shape of zalo.md A4."""
    return {
        "app_id": APP, "user_id_by_app": "1", "event_name": name, "timestamp": "1763258400123",
        "sender": {"id": USER}, "recipient": {"id": OA}, "message": {"msg_id": "m1", **message}, **more,
    }  # fmt: skip


def one(raw: Any, zalo: ZaloAccount = ZALO) -> Incoming:
    [event] = parse_event(raw, zalo, NOW)
    return event


def attached(*payloads: dict[str, Any], kind: str = "image") -> dict[str, Any]:
    return {"attachments": [{"type": kind, "payload": payload} for payload in payloads]}


def test_a_text_comes_with_its_writer_and_its_time() -> None:
    assert one(sent("user_send_text", {"text": "Đèn đường hỏng 😀"})) == Incoming(
        "zalo", OA, USER, USER, "user_send_text:m1", datetime(2025, 11, 16, 2, 0, 0, 123_000, tzinfo=UTC),
        IncomingKind.TEXT, text="Đèn đường hỏng 😀", message_ref="m1",
    )  # fmt: skip


def test_ids_that_come_as_numbers_are_texts_all_the_same() -> None:
    raw = sent("user_send_text", {"text": "một"}) | {"sender": {"id": int(USER)}, "recipient": {"id": int(OA)}}
    assert one(raw).chat == USER


@pytest.mark.parametrize(
    ("typed", "kind", "text"),
    [
        ("#phananh", IncomingKind.COMMAND, "phananh"),
        ("/tracuu PA-7K3M-9QXT-2HBN", IncomingKind.COMMAND, "tracuu PA-7K3M-9QXT-2HBN"),
        ("#DanhGia", IncomingKind.COMMAND, "danhgia"),
        ("#hong den", IncomingKind.TEXT, "#hong den"),
        ("#5 ổ gà", IncomingKind.TEXT, "#5 ổ gà"),
        ("/đèn", IncomingKind.TEXT, "/đèn"),
    ],
)
def test_menu_items_are_told_from_texts(typed: str, kind: IncomingKind, text: str) -> None:
    event = one(sent("user_send_text", {"text": typed}))
    assert (event.kind, event.text) == (kind, text)


def test_a_press_is_a_text_with_the_seal_of_its_chat() -> None:
    event = one(sent("user_send_text", {"text": SEAL.payload(USER, "c1.2.5")}))
    assert (event.kind, event.data, event.message_ref) == (IncomingKind.PRESS, "c1.2.5", None)


@pytest.mark.parametrize(
    "typed",
    [
        "#ln:c1.2.5",
        "#ln:c1.2.5:000000000000",
        "#ln:",
        SEAL.payload("1111111111", "c1.2.5"),
        Seal("another installation", OA).payload(USER, "c1.2.5"),
        Seal("a sample key of tests", "3").payload(USER, "c1.2.5"),
    ],
)
def test_a_guessed_or_borrowed_payload_is_an_old_press(typed: str) -> None:
    event = one(sent("user_send_text", {"text": typed}))
    assert (event.kind, event.data) == (IncomingKind.PRESS, "")


@given(data=st.text(max_size=64), chat=st.text("0123456789", min_size=1, max_size=20), other=st.text(max_size=90))
@settings(max_examples=50, deadline=None)
def test_only_what_was_sealed_for_a_chat_opens_there(data: str, chat: str, other: str) -> None:
    payload = SEAL.payload(chat, data)
    assert SEAL.opened(chat, payload) == (data or "")
    assert not SEAL.opened(chat + "0", payload)
    assert not SEAL.opened(chat, f"#ln:{other}")
    assert SEAL.opened(chat, f" {payload}") is None or not other.startswith("#ln:")


def test_pictures_of_one_event_are_an_album_each_with_its_key() -> None:
    pictures = attached({"url": "https://f1.zdn.vn/a.jpg"}, {"url": "https://f2.zdn.vn/b.jpg"})
    first, second = parse_event(sent("user_send_image", {**pictures, "text": "Ổ gà"}), ZALO, NOW)
    album = "user_send_image:m1"
    assert first.file == FileRef("https://f1.zdn.vn/a.jpg", "photo", "", 0, "image/jpeg", album)
    assert second.file == FileRef("https://f2.zdn.vn/b.jpg", "photo", "", 0, "image/jpeg", album)
    assert (first.text, second.text) == ("Ổ gà", "")
    assert (first.event_key, second.event_key) == (album, f"{album}.1")


def test_a_file_brings_its_name_and_size() -> None:
    payload = {"url": "https://f1.zdn.vn/x", "name": "../don.pdf", "size": "1234", "type": "pdf", "checksum": "0"}
    event = one(sent("user_send_file", attached(payload, kind="file")))
    assert event.file == FileRef("https://f1.zdn.vn/x", "document", "../don.pdf", 1234, "")


@pytest.mark.parametrize(("latitude", "longitude"), [("21.02851", "105.85417"), (21.02851, 105.85417)])
def test_a_position_is_read_from_texts_and_numbers(latitude: Any, longitude: Any) -> None:
    place = {"coordinates": {"latitude": latitude, "longitude": longitude}}
    event = one(sent("user_send_location", attached(place, kind="location")))
    assert (event.kind, event.place) == (IncomingKind.LOCATION, Place(21.02851, 105.85417))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("user_send_sticker", attached({"id": "1", "url": "https://zdn.vn/s"}, kind="sticker")),
        ("user_send_audio", attached({"url": "https://zdn.vn/a"}, kind="audio")),
        ("user_send_video", attached({"url": "https://zdn.vn/v"}, kind="video")),
        ("user_send_location", attached({"coordinates": {"latitude": "nan", "longitude": "1"}})),
        ("user_send_location", attached({"coordinates": {"latitude": "91", "longitude": "1"}})),
        ("user_send_image", {"attachments": "none"}),
        ("user_send_image", attached({"thumbnail": "https://zdn.vn/t"})),
        ("user_send_text", {"text": ""}),
    ],
)
def test_what_nobody_can_read_is_answered_as_such(name: str, message: dict[str, Any]) -> None:
    assert one(sent(name, message)).kind is IncomingKind.UNSUPPORTED


def test_a_shared_link_is_words() -> None:
    payload = {"url": "https://example.vn/bai", "description": "Một bài", "thumbnail": "https://example.vn/a"}
    assert one(sent("user_send_link", attached(payload, kind="link"))).text == "Một bài\nhttps://example.vn/bai"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ({"event_name": "follow", "oa_id": OA, "follower": {"id": USER}, "source": "oa_profile"}, "arrived"),
        ({"event_name": "user_click_chatnow", "oa_id": OA, "user_id": USER}, "arrived"),
        ({"event_name": "unfollow", "oa_id": OA, "follower": {"id": USER}}, "blocked"),
    ],
)
def test_people_come_and_go(raw: dict[str, Any], kind: str) -> None:
    event = one({"app_id": APP, "timestamp": "1763258400123", **raw})
    assert (event.kind, event.chat) == (kind, USER)
    assert event.event_key.startswith("sha256:")


def test_whoever_answers_in_oa_manager_does_so_by_hand_and_we_do_not() -> None:
    echo = sent("oa_send_text", {"text": "Chào bác"}) | {"recipient": {"id": USER}}
    event = one(echo | {"sender": {"id": OA, "admin_id": "99"}})
    assert (event.kind, event.chat, event.text) == (IncomingKind.BY_HAND, USER, "")
    assert parse_event(echo | {"sender": {"id": OA}}, ZALO, NOW) == []


@pytest.mark.parametrize("phone", [84900000000, "84900000000", "0900000000", "+84 900 000 000"])
def test_a_submitted_number_is_the_person_s_own_only_where_it_is_trusted(phone: Any) -> None:
    raw = sent("user_submit_info", {}, info={"name": "Mẫu", "phone": phone})
    assert (one(raw).phone, one(raw).own_phone) == ("84900000000", False)
    trusted = one(raw, ZaloAccount(APP, OA, SEAL, shares_phone=True))
    assert (trusted.phone, trusted.own_phone) == ("84900000000", True)
    assert parse_event(sent("user_submit_info", {}, info={"name": "Mẫu"}), ZALO, NOW) == []


@pytest.mark.parametrize(
    "raw",
    [
        sent("user_send_text", {"text": "This is testing message", "msg_id": "This is message id"})
        | {"recipient": {"id": "3"}},
        sent("user_send_text", {"text": "một"}) | {"app_id": "5"},
        sent("user_received_message", {}) | {"sender": {"id": OA}, "recipient": {"id": USER}},
        sent("user_seen_message", {"msg_ids": ["m1"]}),
        sent("user_reacted_message", {"react_icon": "/-heart"}),
        sent("anonymous_send_text", {"text": "một"}),
        sent("of_tomorrow", {"text": "một"}),
        sent("user_send_text", {"text": "một"}) | {"sender": {"id": OA}, "recipient": {"id": USER}},
        sent("user_send_text", {"text": "một"}) | {"sender": {"id": "<b>"}},
    ],
)
def test_what_asks_for_nothing_is_nothing(raw: dict[str, Any]) -> None:
    assert parse_event(raw, ZALO, NOW) == []


@pytest.mark.parametrize("timestamp", [None, "", "soon", "-5", "9" * 30, 1.5, True, [1]])
def test_a_time_that_cannot_be_read_is_now(timestamp: Any) -> None:
    assert one(sent("user_send_text", {"text": "một"}) | {"timestamp": timestamp}).at == NOW


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["user_send_text", "user_send_image", "user_send_file", "user_send_location", "user_send_link", "follow",
     "unfollow", "user_click_chatnow", "user_submit_info", "oa_send_text", "user_feedback"]
)  # fmt: skip
PARTS = ("timestamp", "sender", "recipient", "message", "follower", "info", "user_id", "oa_id")


@given(name=NAMES, parts=st.dictionaries(st.sampled_from(PARTS), JSON, max_size=4), payload=JSON, inner=JSON)
@settings(max_examples=50, deadline=None)
def test_nothing_breaks_the_parser(name: str, parts: dict[str, Any], payload: Any, inner: Any) -> None:
    """Whatever stands in the place of whichever part; what is read can be stored."""
    message = {"msg_id": inner, "text": payload, "attachments": [{"payload": payload}, inner]}
    for raw in (sent(name, message) | parts, sent(name, {}) | {"oa_id": OA} | parts, payload):
        for event in parse_event(raw, ZaloAccount(APP, OA, SEAL, shares_phone=True), NOW):
            assert (event.account, event.at.tzinfo) == (OA, UTC)
            assert 0 < len(event.chat) <= 64
            assert len(event.event_key) <= 128
            event.text.encode()
