"""Files of our store go to people on Telegram: pictures to be looked at, the rest by name; every refusal understood."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.channels.telegram.attachments import Files
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.sending import STORE_RESTS
from bot.channels.upward import PIECE
from bot.file_links import FileLinks
from bot.messages import Button, Outgoing, SendOutcome, SendResult
from storage.files import FolderStore
from tests.bot.channels.outgoing_files import kept, xlsx
from tests.fakes.telegram import TOKEN, FakeTelegram, Phone
from tests.fakes.telegram.chats import Message
from tests.storage.documents import docx, pdf, stream
from tests.storage.pictures import gif, jpeg, png, webp

PERSON = 2**51 + 7
CHAT = str(PERSON)
CAPTION = "Tệp kèm theo trả lời <b>"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LINKS = FileLinks.of("https://langnghe.example", "khoa-mau")


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


def sent_from(store: FolderStore) -> Files:
    return Files(store, LINKS, lambda: NOW)


@pytest.fixture
async def channel(fake: FakeTelegram, store: FolderStore) -> AsyncIterator[TelegramChannel]:
    opened = TelegramChannel(TOKEN, fake.base, timeout=0.5, files=sent_from(store))
    yield opened
    await opened.close()


@pytest.fixture
async def phone(fake: FakeTelegram) -> Phone:
    phone = fake.person(PERSON)
    await phone.starts()
    return phone


def received(fake: FakeTelegram, phone: Phone) -> list[tuple[str, str, bytes]]:
    """Return what the phone has got of files: which kind, under which name, and the content."""
    return [_received(fake, message) for message in phone.chat.messages.values() if message.mine]


def _received(fake: FakeTelegram, message: Message) -> tuple[str, str, bytes]:
    if "photo" in message.raw:
        return "photo", "", fake.world.files.by_id[message.raw["photo"][-1]["file_id"]].content
    if "document" in message.raw:
        document = message.raw["document"]
        return document["mime_type"], document["file_name"], fake.world.files.by_id[document["file_id"]].content
    return "text", "", b""


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (jpeg(), "PA-1.jpg", "photo"),
        (png(), "PA-1.png", "photo"),
        (webp(), "PA-1.webp", "photo"),
        (gif(), "PA-1.gif", "image/gif"),
        (pdf(), "PA-1.pdf", "application/pdf"),
        (docx(), "PA-1.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (xlsx(), "PA-1.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (png(width=21, height=1), "PA-1.png", "image/png"),
        (jpeg(width=9_999, height=2_000), "PA-1.jpg", "image/jpeg"),
    ],
)
async def test_a_picture_is_shown_and_everything_else_comes_by_its_name(
    fake: FakeTelegram, channel: TelegramChannel, phone: Phone, store: FolderStore, content: bytes, name: str, kind: str
) -> None:
    file = await kept(store, content, name)
    result = await channel.send(CHAT, Outgoing(CAPTION, file=file))
    [(came_as, came_under, came)] = received(fake, phone)
    assert (came_as, came_under) == (kind, "" if kind == "photo" else name)
    assert came == b"".join([piece async for piece in store.read(file.ref)])
    seen = phone.sees()[-1]
    assert (result, seen.text) == (SendResult(SendOutcome.SENT, message_ref=str(seen.id)), CAPTION)


async def test_a_picture_that_is_too_large_to_be_shown_comes_as_a_document(
    fake: FakeTelegram, channel: TelegramChannel, phone: Phone, store: FolderStore
) -> None:
    body = os.urandom(10 * 1024 * 1024)
    large = png().replace(b"IEND", b"IEND", 1)
    at = large.index(b"IDAT") - 4
    large = large[:at] + _chunk(b"IDAT", body) + large[at:]
    result = await channel.send(CHAT, Outgoing("", file=await kept(store, large, "PA-1.png")))
    assert (result.outcome, [each[:2] for each in received(fake, phone)]) == (
        SendOutcome.SENT, [("image/png", "PA-1.png")],
    )  # fmt: skip
    assert not fake.called("sendPhoto"), "not even asked: that would be ten megabytes for nothing"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + bytes(4)


@pytest.mark.parametrize("buttons", [(), (Button("Đánh giá", "x"),)])
async def test_what_is_too_long_to_stand_under_a_file_follows_it(
    fake: FakeTelegram, channel: TelegramChannel, phone: Phone, store: FolderStore, buttons: tuple[Button, ...]
) -> None:
    words = "Trả lời 😀 " + "chữ " * 600
    result = await channel.send(CHAT, Outgoing(words, buttons, file=await kept(store, pdf(), "PA-1.pdf")))
    said = [seen for seen in phone.sees() if seen.from_bot]
    assert [each[0] for each in received(fake, phone)] == ["application/pdf", "text", "text"]
    assert " ".join(" ".join(seen.text for seen in said).split()) == " ".join(words.split())
    assert [bool(seen.buttons) for seen in said] == [False, False, bool(buttons)]
    assert result.message_ref == str(said[-1].id)


@pytest.mark.parametrize(
    ("language", "words"), [("vi", "PA-1.pdf không còn được lưu"), ("en", "PA-1.pdf is no longer")]
)
async def test_of_a_file_that_is_gone_the_words_come_and_that_it_is_gone(
    channel: TelegramChannel, phone: Phone, store: FolderStore, language: str, words: str
) -> None:
    file = await kept(store, pdf(), "PA-1.pdf")
    await store.remove(file.ref)
    result = await channel.send(CHAT, Outgoing(CAPTION, file=file, language=language))
    [told] = phone.hears()
    assert result.outcome is SendOutcome.SENT
    assert told.startswith(f"{CAPTION}\n\n")
    assert words in told


async def test_a_store_that_cannot_be_read_is_waited_for(
    channel: TelegramChannel, phone: Phone, store: FolderStore, tmp_path: Path
) -> None:
    file = await kept(store, pdf(), "PA-1.pdf")
    lies = tmp_path / "files" / file.ref[:2] / file.ref
    lies.unlink()
    lies.mkdir()  # reading a folder fails with another error than a file that is not there
    result = await channel.send(CHAT, Outgoing(CAPTION, file=file))
    assert (result.outcome, result.retry_after, phone.hears()) == (SendOutcome.PARKED, STORE_RESTS, [])


FAULTS: list[tuple[dict[str, Any], SendOutcome]] = [
    ({"status": 429, "parameters": {"retry_after": 7}}, SendOutcome.RETRY),
    ({"status": 403, "reason": "Forbidden: bot was blocked by the user"}, SendOutcome.UNREACHABLE),
    ({"status": 401, "reason": "Unauthorized"}, SendOutcome.CHANNEL_DOWN),
    ({"status": 400, "reason": "Bad Request: chat not found"}, SendOutcome.UNREACHABLE),
    ({"status": 502, "body": b"<html>Bad Gateway</html>"}, SendOutcome.UNKNOWN),
    ({"drop_connection": True}, SendOutcome.UNKNOWN),
    ({"drop_connection": True, "does_it": True}, SendOutcome.UNKNOWN),
    ({"delay": 1.5}, SendOutcome.UNKNOWN),
    ({"body": b'{"ok":true,"result":{}}'}, SendOutcome.UNKNOWN),
]


@pytest.mark.parametrize(("content", "method"), [(jpeg(), "sendPhoto"), (pdf(), "sendDocument")])
@pytest.mark.parametrize(("fault", "outcome"), FAULTS)
async def test_each_failure_has_its_outcome_and_no_picture_comes_twice(
    fake: FakeTelegram, channel: TelegramChannel, phone: Phone, store: FolderStore, content: bytes, method: str,
    fault: dict[str, Any], outcome: SendOutcome,
) -> None:  # fmt: skip
    file = await kept(store, content, "PA-1")
    fake.next_answer(method, **fault)
    result = await channel.send(CHAT, Outgoing(CAPTION, file=file))
    assert result.outcome is outcome
    assert result.retry_after == (7 if "parameters" in fault else None)
    assert len(fake.calls) == 1, "only a refusal of the picture itself is worth a second call"
    assert len(phone.hears()) <= 1


async def test_what_telegram_takes_in_no_form_goes_as_a_link(
    fake: FakeTelegram, channel: TelegramChannel, phone: Phone, store: FolderStore
) -> None:
    for method in ("sendPhoto", "sendDocument"):
        fake.next_answer(method, status=400, reason="Bad Request: wrong file")
    file = await kept(store, jpeg(), "a.jpg")
    result = await channel.send(CHAT, Outgoing(CAPTION, file=file))
    [told] = phone.hears()
    assert result.outcome is SendOutcome.SENT
    assert told.startswith(f"{CAPTION}\n\n")
    assert told.endswith(f"\n{LINKS.link(file, NOW)}")


@pytest.mark.parametrize("body", [None, b"<html>413 Request Entity Too Large</html>"])
async def test_a_server_or_a_front_that_takes_no_such_size_will_not_take_it_later(
    fake: FakeTelegram, channel: TelegramChannel, phone: Phone, store: FolderStore, body: bytes | None
) -> None:
    """Nothing was done with it; tried again and again it would keep its chat waiting for ever."""
    fake.next_answer("sendDocument", status=413, reason="Request Entity Too Large", body=body)
    result = await channel.send(CHAT, Outgoing(CAPTION, file=await kept(store, pdf(), "a.pdf")))
    assert (result.outcome, len(fake.calls)) == (SendOutcome.SENT, 2)
    assert "https://langnghe.example/f/" in phone.hears()[0]


async def test_a_telegram_that_is_not_there_means_not_sent(store: FolderStore) -> None:
    away = TelegramChannel(TOKEN, "http://127.0.0.1:9", timeout=0.5, files=sent_from(store))
    result = await away.send(CHAT, Outgoing(CAPTION, file=await kept(store, jpeg(), "a.jpg")))
    assert result.outcome is SendOutcome.RETRY
    await away.close()


def large_pdf() -> bytes:
    """Return a document of two megabytes."""
    return pdf({5: stream(b"", os.urandom(1_000_000).hex().encode())})


@asynccontextmanager
async def narrow(server: str, *, pause: float, most: int) -> AsyncIterator[str]:
    """Give an address that leads to a server through a line which takes a piece each `pause` seconds, `most` at all."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listening.bind(("127.0.0.1", 0))

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await asyncio.open_connection("127.0.0.1", urlsplit(server).port)

        async def up() -> None:
            for _ in range(most):
                behind[1].write(await reader.read(PIECE))
                await asyncio.sleep(pause)
            await asyncio.Event().wait()

        climbing = asyncio.create_task(up())
        try:
            while answer := await behind[0].read(PIECE):
                writer.write(answer)
                await writer.drain()
        finally:
            climbing.cancel()
            behind[1].close()
            writer.close()

    line = await asyncio.start_server(carry, sock=listening, limit=PIECE)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        line.close()


async def test_a_file_on_a_slow_line_takes_the_time_that_it_takes(
    fake: FakeTelegram, phone: Phone, store: FolderStore
) -> None:
    file = await kept(store, large_pdf(), "PA-1.pdf")
    async with narrow(fake.base, pause=0.03, most=10_000) as base:
        channel = TelegramChannel(TOKEN, base, timeout=0.4, files=sent_from(store))
        begun = time.monotonic()
        result = await channel.send(CHAT, Outgoing(CAPTION, file=file))
        await channel.close()
    assert time.monotonic() - begun > 4 * 0.4, "a call without a file would have been given up long before"
    assert (result.outcome, [each[:2] for each in received(fake, phone)]) == (
        SendOutcome.SENT, [("application/pdf", "PA-1.pdf")],
    )  # fmt: skip


async def test_a_line_on_which_a_file_stands_still_is_given_up(
    fake: FakeTelegram, phone: Phone, store: FolderStore
) -> None:
    file = await kept(store, large_pdf(), "PA-1.pdf")
    async with narrow(fake.base, pause=0, most=3) as base:
        channel = TelegramChannel(TOKEN, base, timeout=0.4, files=sent_from(store))
        async with asyncio.timeout(5):
            result = await channel.send(CHAT, Outgoing(CAPTION, file=file))
        await channel.close()
    assert (result.outcome, phone.hears()) == (SendOutcome.UNKNOWN, [])
