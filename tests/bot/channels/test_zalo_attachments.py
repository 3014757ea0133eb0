"""Files of ours to a strict Zalo: each kind by its way, each refusal understood, nothing lost and nothing twice."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.zalo.attachments import MOST_LOST
from bot.channels.zalo.channel import ZaloChannel
from bot.messages import Button, Outgoing, OutgoingFile, SendOutcome
from storage.files import FolderStore
from tests.bot.channels.test_zalo_sending import CS, LINKS, GoodToken, channel_over, client_of
from tests.fakes.zalo import FakeZalo, Phone
from tests.fakes.zalo.people import Message
from tests.photos import CORNERS, corners, photo
from tests.storage import documents, pictures

IMAGE, GIF, FILE = (f"/v2.0/oa/upload/{kind}" for kind in ("image", "gif", "file"))
LIMIT = 1_000_000
XLSX = documents.archive(
    {"[Content_Types].xml": documents.types("xl/workbook.xml"), "xl/workbook.xml": "<workbook/>"}
)  # fmt: skip
CAPTION = "Tệp 1/2 kèm theo trả lời"
BUTTONS = (Button("Có", "c1.2.yes"), Button("Không", "c1.2.no"))


@pytest.fixture
async def fake() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as server:
        yield server


@pytest.fixture
async def phone(fake: FakeZalo) -> Phone:
    phone = fake.person(1)
    await phone.types("xin chào")
    return phone


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files", spare=0)


@pytest.fixture
def token(fake: FakeZalo) -> GoodToken:
    return GoodToken(fake.world.oauth.issue().access)


@pytest.fixture
async def channel(fake: FakeZalo, token: GoodToken, tmp_path: Path) -> AsyncIterator[ZaloChannel]:
    made = channel_over(fake, client_of(fake, token), tmp_path / "files")
    yield made
    await made.close()


async def kept(store: FolderStore, content: bytes, name: str = "PA-1") -> OutgoingFile:
    """Keep a file as any other that comes in."""

    async def stream() -> AsyncIterator[bytes]:
        yield content

    file = await store.keep(stream(), largest=10_000_000)
    return OutgoingFile(file.ref, f"{name}.{file.ref.rpartition('.')[2]}", file.mime, file.size)


def with_file(file: OutgoingFile, text: str = CAPTION, **more: Any) -> Outgoing:
    return Outgoing(text, file=file, **more)


def said(phone: Phone) -> list[Message]:
    return [each for each in phone.person.messages if each.mine]


def uploaded(message: Message) -> bytes:
    assert message.upload is not None
    return message.upload.content


@pytest.mark.parametrize(
    ("content", "kind"), [(photo("JPEG"), "image"), (photo("PNG"), "image"), (photo("GIF"), "gif")]
)
async def test_a_picture_goes_as_it_is_with_its_caption(
    phone: Phone, channel: ZaloChannel, store: FolderStore, content: bytes, kind: str
) -> None:
    file = await kept(store, content)
    result = await channel.send(phone.person.id, with_file(file))
    [message] = said(phone)
    assert (result.outcome, result.message_ref) == (SendOutcome.SENT, message.id)
    assert (message.kind, message.text, uploaded(message)) == (kind, CAPTION, content)


async def test_a_picture_needs_no_caption(phone: Phone, channel: ZaloChannel, store: FolderStore) -> None:
    result = await channel.send(phone.person.id, with_file(await kept(store, photo()), ""))
    assert (result.outcome, [each.text for each in said(phone)]) == (SendOutcome.SENT, [""])


@pytest.mark.parametrize(
    "content",
    [documents.pdf(), documents.pdf() + b"%" * 4_900_000, documents.docx()],
    ids=["PDF", "large PDF", "DOCX"],
)
async def test_a_document_goes_alone_under_its_name(
    phone: Phone, channel: ZaloChannel, store: FolderStore, content: bytes
) -> None:
    """Zalo has no place for its caption, and a text of its own would come twice when the document is tried again."""
    file = await kept(store, content, "PA-2026-1")
    assert (await channel.send(phone.person.id, with_file(file))).outcome is SendOutcome.SENT
    [message] = said(phone)
    assert (message.kind, message.text, len(uploaded(message))) == ("file", file.name, file.size)


@pytest.mark.parametrize("orientation", [1, 6])
async def test_a_large_photo_is_made_smaller_and_comes_upright(
    phone: Phone, channel: ZaloChannel, store: FolderStore, orientation: int
) -> None:
    file = await kept(store, photo(size=(2100, 1400), orientation=orientation, noisy=True))
    assert file.size > LIMIT
    assert (await channel.send(phone.person.id, with_file(file))).outcome is SendOutcome.SENT
    [message] = said(phone)
    assert (message.kind, message.text, len(uploaded(message)) <= LIMIT) == ("image", CAPTION, True)
    assert corners(uploaded(message)) == list(CORNERS)


@pytest.mark.parametrize("content", [photo("JPEG", orientation=8), photo("WEBP")])
async def test_what_zalo_may_not_show_upright_or_at_all_is_made_a_jpeg(
    phone: Phone, channel: ZaloChannel, store: FolderStore, content: bytes
) -> None:
    assert (await channel.send(phone.person.id, with_file(await kept(store, content)))).outcome is SendOutcome.SENT
    [message] = said(phone)
    assert message.upload is not None
    assert (message.upload.name, message.upload.content[:2]) == ("PA-1.jpg", b"\xff\xd8")
    assert corners(uploaded(message)) == list(CORNERS)


@pytest.mark.parametrize(
    "content",
    [
        XLSX,
        documents.pdf() + b"%" * 5_000_001,
        pictures.webp(),  # no points in it
        pictures.webp(width=9000, height=9000),
    ],
)
async def test_what_zalo_does_not_carry_becomes_a_link_without_an_upload(
    fake: FakeZalo, phone: Phone, channel: ZaloChannel, store: FolderStore, content: bytes
) -> None:
    file = await kept(store, content)
    result = await channel.send(phone.person.id, with_file(file))
    [message] = said(phone)
    assert (result.outcome, result.message_ref, message.kind) == (SendOutcome.SENT, message.id, "text")
    assert_links(message, file)
    assert [call.path for call in fake.calls] == [CS]


def assert_links(message: Message, file: OutgoingFile) -> None:
    caption, _, told = message.text.partition("\n\n")
    assert caption == CAPTION
    assert f"Tệp {file.name} không gửi thẳng vào đây được." in told
    _, _, _, _, until, seal, ref, name = told.split("\n")[-1].split("/")
    assert (ref, name) == (file.ref, file.name)
    until_when = LINKS.holds_until(until, seal, ref, name)
    assert until_when is not None
    assert until_when > message.at


@pytest.mark.parametrize("code", [-201, -210, -211, -233, -200, -212, -224, -999])
async def test_an_upload_that_is_refused_becomes_a_link(
    fake: FakeZalo, phone: Phone, channel: ZaloChannel, store: FolderStore, code: int
) -> None:
    fake.next_answer(FILE, error=code)
    file = await kept(store, documents.pdf())
    assert (await channel.send(phone.person.id, with_file(file))).outcome is SendOutcome.SENT
    [message] = said(phone)
    assert_links(message, file)
    assert len(fake.called(FILE)) == 1


async def test_when_the_month_s_uploads_are_used_up_links_go(
    fake: FakeZalo, phone: Phone, channel: ZaloChannel, store: FolderStore
) -> None:
    fake.world.uploads.most = 1
    files = [await kept(store, photo()), await kept(store, photo("PNG"))]
    for file in files:
        assert (await channel.send(phone.person.id, with_file(file))).outcome is SendOutcome.SENT
    assert [each.kind for each in said(phone)] == ["image", "text"]
    assert_links(said(phone)[1], files[1])


async def test_an_upload_that_brings_no_number_becomes_a_link(
    fake: FakeZalo, phone: Phone, channel: ZaloChannel, store: FolderStore
) -> None:
    fake.next_answer(IMAGE, body=b'{"error": 0, "message": "Success", "data": {"attachment_id": 7}}')
    file = await kept(store, photo())
    assert (await channel.send(phone.person.id, with_file(file))).outcome is SendOutcome.SENT
    assert_links(said(phone)[0], file)


@pytest.mark.parametrize(
    ("fault", "outcome", "after"),
    [
        ({"error": -32}, SendOutcome.RETRY, 60.0),
        ({"error": -216}, SendOutcome.CHANNEL_DOWN, None),
        ({"drop_connection": True}, SendOutcome.RETRY, None),
        ({"drop_connection": True, "does_it": True}, SendOutcome.RETRY, None),
        ({"status": 502, "body": b"<html>"}, SendOutcome.RETRY, None),
    ],
)
async def test_what_goes_wrong_with_an_upload_leaves_no_doubt_of_the_message(
    fake: FakeZalo,
    phone: Phone,
    channel: ZaloChannel,
    store: FolderStore,
    fault: dict[str, Any],
    outcome: SendOutcome,
    after: float | None,
) -> None:
    fake.next_answer(IMAGE, **fault)
    message = with_file(await kept(store, photo()))
    result = await channel.send(phone.person.id, message)
    assert (result.outcome, result.retry_after, said(phone)) == (outcome, after, [])
    assert (await channel.send(phone.person.id, message)).outcome is SendOutcome.SENT
    assert [each.kind for each in said(phone)] == ["image"]


async def test_without_the_store_of_tokens_nothing_is_sent(
    phone: Phone, channel: ZaloChannel, store: FolderStore, token: GoodToken
) -> None:
    token.away = 1
    message = with_file(await kept(store, photo()))
    assert (await channel.send(phone.person.id, message)).outcome is SendOutcome.RETRY
    assert said(phone) == []


async def test_a_line_too_slow_for_a_file_does_not_keep_its_chat_waiting_for_ever(
    fake: FakeZalo, phone: Phone, channel: ZaloChannel, store: FolderStore
) -> None:
    fake.next_answer(FILE, times=100, drop_connection=True)
    file = await kept(store, documents.pdf())
    outcomes = [(await channel.send(phone.person.id, with_file(file))).outcome for _ in range(MOST_LOST + 1)]
    assert outcomes == [SendOutcome.RETRY] * MOST_LOST + [SendOutcome.SENT]
    assert_links(said(phone)[0], file)
    other = await kept(store, photo())
    assert (await channel.send(phone.person.id, with_file(other))).outcome is SendOutcome.SENT
    assert said(phone)[1].kind == "image"


async def test_uploads_lost_before_one_that_was_not_count_no_more(
    fake: FakeZalo, phone: Phone, channel: ZaloChannel, store: FolderStore
) -> None:
    message = with_file(await kept(store, photo()))
    for _ in range(2):
        fake.next_answer(IMAGE, times=MOST_LOST - 1, drop_connection=True)
        outcomes = [(await channel.send(phone.person.id, message)).outcome for _ in range(MOST_LOST)]
        assert outcomes == [SendOutcome.RETRY] * (MOST_LOST - 1) + [SendOutcome.SENT]
    assert [each.kind for each in said(phone)] == ["image", "image"]


@pytest.mark.parametrize(
    ("fault", "outcome", "messages"),
    [
        ({"error": -32}, SendOutcome.RETRY, 0),
        ({"drop_connection": True}, SendOutcome.UNKNOWN, 0),
        ({"drop_connection": True, "does_it": True}, SendOutcome.UNKNOWN, 1),
        ({"error": -244}, SendOutcome.PARKED, 0),
        ({"error": -230}, SendOutcome.PARKED, 0),
        ({"error": -321}, SendOutcome.CHANNEL_DOWN, 0),
    ],
)
async def test_what_goes_wrong_with_the_message_is_told_as_of_a_text(
    fake: FakeZalo,
    phone: Phone,
    channel: ZaloChannel,
    store: FolderStore,
    fault: dict[str, Any],
    outcome: SendOutcome,
    messages: int,
) -> None:
    fake.next_answer(CS, **fault)
    result = await channel.send(phone.person.id, with_file(await kept(store, photo())))
    assert (result.outcome, len(said(phone)), len(fake.called(IMAGE))) == (outcome, messages, 1)


async def test_an_upload_that_is_gone_is_made_once_more_and_once_only(
    fake: FakeZalo, phone: Phone, channel: ZaloChannel, store: FolderStore
) -> None:
    file = await kept(store, photo())
    fake.next_answer(CS, error=-100)
    assert (await channel.send(phone.person.id, with_file(file))).outcome is SendOutcome.SENT
    assert ([each.kind for each in said(phone)], len(fake.called(IMAGE))) == (["image"], 2)
    fake.next_answer(CS, times=2, error=-100)
    assert (await channel.send(phone.person.id, with_file(file))).outcome is SendOutcome.SENT
    assert ([each.kind for each in said(phone)], len(fake.called(IMAGE))) == (["image", "text"], 4)
    assert_links(said(phone)[1], file)


@pytest.mark.parametrize("code", [-201, -210, -233, -999])
async def test_a_message_with_a_file_that_is_refused_goes_as_a_link(
    fake: FakeZalo, phone: Phone, channel: ZaloChannel, store: FolderStore, code: int
) -> None:
    fake.next_answer(CS, error=code)
    file = await kept(store, documents.pdf())
    assert (await channel.send(phone.person.id, with_file(file))).outcome is SendOutcome.SENT
    [message] = said(phone)
    assert_links(message, file)


@pytest.mark.parametrize(("content", "name"), [(photo(), "PA-1.jpg"), (XLSX, "PA-1.xlsx")])
async def test_a_file_that_is_no_longer_kept_is_told_as_that(
    fake: FakeZalo, phone: Phone, channel: ZaloChannel, store: FolderStore, content: bytes, name: str
) -> None:
    """Also of one that would go as a link: it would lead nowhere."""
    file = await kept(store, content)
    await store.remove(file.ref)
    assert (await channel.send(phone.person.id, with_file(file, language="en"))).outcome is SendOutcome.SENT
    [message] = said(phone)
    assert message.text.split("\n\n") == [
        CAPTION,
        f"The file {name} is no longer kept, so it cannot be sent. If you need it, please ask the office.",
    ]
    assert fake.called(IMAGE) == []


async def test_a_file_that_cannot_be_read_now_waits_and_stops_nothing_else(
    phone: Phone, channel: ZaloChannel, store: FolderStore, tmp_path: Path
) -> None:
    file = await kept(store, photo())
    place = tmp_path / "files" / file.ref[:2] / file.ref
    content = place.read_bytes()
    place.unlink()
    place.mkdir()
    result = await channel.send(phone.person.id, with_file(file))
    assert (result.outcome, result.retry_after is not None, said(phone)) == (SendOutcome.PARKED, True, [])
    place.rmdir()
    place.write_bytes(content)
    assert (await channel.send(phone.person.id, with_file(file))).outcome is SendOutcome.SENT


@pytest.mark.parametrize(
    ("content", "kinds"), [(photo(), ["image"]), (documents.pdf(), ["text", "file"]), (XLSX, ["text"])]
)
async def test_choices_beside_a_file_stand_in_words(
    phone: Phone, channel: ZaloChannel, store: FolderStore, content: bytes, kinds: list[str]
) -> None:
    message = with_file(await kept(store, content), buttons=BUTTONS)
    assert (await channel.send(phone.person.id, message)).outcome is SendOutcome.SENT
    assert [each.kind for each in said(phone)] == kinds
    assert "1. Có\n2. Không" in said(phone)[0].text


async def test_a_caption_too_long_for_one_message_is_said_whole(
    phone: Phone, channel: ZaloChannel, store: FolderStore
) -> None:
    caption = "chữ " * 700
    message = with_file(await kept(store, photo()), caption)
    assert (await channel.send(phone.person.id, message)).outcome is SendOutcome.SENT
    assert [each.kind for each in said(phone)] == ["text", "image"]
    assert " ".join(each.text for each in said(phone)).split() == caption.split()
