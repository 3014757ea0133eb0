"""The webhook: strangers are turned away unread, poison is taken once, nothing is confirmed before it is durable."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import ANY

import aiohttp
import pytest
from aiohttp import web

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.receiving import reply_to
from bot.channels.telegram.webhook import LARGEST_BODY, SECRET_HEADER, webhook_handler
from bot.messages import Button, Outgoing
from tests.bot.channels.telegram_recorder import Recorder, broken_by
from tests.fakes.telegram import TOKEN, FakeTelegram

SECRET = "a-sample-secret-of-tests"
PERSON = 2**51 + 7
UPDATE = {"update_id": 1, "message": {"chat": {"id": 5, "type": "private"}, "text": "xin chào"}}


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def address(recorder: Recorder) -> AsyncIterator[str]:
    app = web.Application()
    handler = webhook_handler(recorder.receiver(), SECRET, read_seconds=0.3, reply_to=reply_to)
    app.router.add_post("/webhook/telegram", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/webhook/telegram"
    await runner.cleanup()


async def post(address: str, body: Any, secret: str | None = SECRET) -> aiohttp.ClientResponse:
    return (await exchange(address, body, secret))[0]


async def exchange(address: str, body: Any, secret: str | None = SECRET) -> tuple[aiohttp.ClientResponse, bytes]:
    headers = {} if secret is None else {SECRET_HEADER: secret}
    async with aiohttp.ClientSession() as session, session.post(address, data=body, headers=headers) as answer:
        return answer, await answer.read()


async def test_real_updates_arrive_by_webhook(recorder: Recorder, address: str) -> None:
    async with FakeTelegram() as fake:
        channel = TelegramChannel(TOKEN, fake.base)
        await channel.set_webhook(address, SECRET)
        phone = fake.person(PERSON)
        await phone.types("một")
        await phone.types("hai")
        await fake.settled()
        await channel.close()
    assert recorder.said() == ["một", "hai"]


async def test_the_spinner_of_a_press_is_stopped_in_the_reply(recorder: Recorder, address: str) -> None:
    async with FakeTelegram() as fake:
        channel, phone = TelegramChannel(TOKEN, fake.base), fake.person(PERSON)
        await phone.starts("")
        await channel.send(str(PERSON), Outgoing("Chọn", (Button("Một", "c1.1.a"),)))
        await channel.set_webhook(address, SECRET)
        await phone.presses("Một")
        await fake.settled()
        await channel.close()
        assert [call.values for call in fake.called("answerCallbackQuery")] == [{"callback_query_id": ANY}]
        assert all(query.answered for query in fake.world.queries.values())
    assert recorder.accepted[-1].data == "c1.1.a"


async def test_no_spinner_stops_before_the_press_is_stored(recorder: Recorder, address: str) -> None:
    recorder.unavailable = 1
    message = {"message_id": 1, "chat": {"id": 5, "type": "private"}}
    query = {"id": "77", "from": {"id": 5}, "data": "x", "message": message}
    press = json.dumps({"update_id": 3, "callback_query": query})
    assert (await post(address, press)).status == 503
    answer, body = await exchange(address, press)
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert json.loads(body) == {"method": "answerCallbackQuery", "callback_query_id": "77"}


@pytest.mark.parametrize("update", [UPDATE, [], "{", {"callback_query": {"id": 7}}, {"callback_query": None}])
async def test_a_reply_carries_nothing_else(address: str, update: Any) -> None:
    answer, body = await exchange(address, update if isinstance(update, str) else json.dumps(update))
    assert (answer.status, body) == (200, b"")


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "mật khẩu"])
async def test_a_wrong_secret_is_turned_away(recorder: Recorder, address: str, secret: str | None) -> None:
    assert (await post(address, json.dumps(UPDATE), secret)).status == 403
    assert not recorder.accepted + recorder.pressed


async def test_a_stranger_is_turned_away_before_the_body(address: str) -> None:
    host, port = address.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST /webhook/telegram HTTP/1.1\r\nHost: {host}\r\nContent-Length: 900\r\n\r\n".encode())
    async with asyncio.timeout(1):
        assert b"403" in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_a_body_that_does_not_come_is_not_waited_for(address: str) -> None:
    host, port = address.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /webhook/telegram HTTP/1.1\r\nHost: {host}\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: 9\r\n\r\n{{"
    )
    writer.write(head.encode())
    async with asyncio.timeout(2):
        assert b"408" in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_a_huge_body_is_refused_declared_or_not(recorder: Recorder, address: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 65_536 + 1):
            yield b" " * 65_536

    assert (await post(address, io.BytesIO(b" " * (LARGEST_BODY + 1)))).status == 413
    assert (await post(address, pieces())).status == 413
    assert not recorder.buried


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"9" * 5_000])
async def test_what_is_no_json_is_kept_and_taken(recorder: Recorder, address: str, body: bytes) -> None:
    assert (await post(address, body)).status == 200
    ((raw, reason),) = recorder.buried
    json.dumps(raw, ensure_ascii=False).encode()
    assert reason.startswith("no JSON")


@pytest.mark.parametrize("body", [b"null", b"[]", b"{}", b'{"update_id": "x"}', b'{"update_id": 1, "message": 5}'])
async def test_an_unknown_update_is_taken_and_forgotten(recorder: Recorder, address: str, body: bytes) -> None:
    assert (await post(address, body)).status == 200
    assert not recorder.accepted + recorder.pressed
    assert not recorder.buried


async def test_poison_becomes_a_dead_letter_and_never_comes_again(recorder: Recorder, address: str) -> None:
    recorder.trouble = broken_by("xin chào")
    assert (await post(address, json.dumps(UPDATE))).status == 200
    [(_, reason)] = recorder.buried
    assert reason.startswith("KeyError at "), "where it failed, never the words of the error"


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("cut", [0, 3])
async def test_of_a_denunciation_that_cannot_be_handled_nothing_is_kept(
    recorder: Recorder, address: str, *, ascii_only: bool, cut: int
) -> None:
    """Whether its update can be read or is cut short, as Telegram writes letters or as they are."""
    words = "Kính gửi ban.\nTôi tố cáo cán bộ mẫu nhận hối lộ"
    update = {"update_id": 1, "message": {"chat": {"id": 5, "type": "private"}, "text": words}}
    body = json.dumps(update, ensure_ascii=ascii_only)
    recorder.trouble = broken_by(words)
    assert (await post(address, body[: len(body) - cut].encode())).status == 200
    assert [raw for raw, _ in recorder.buried] == [{"withheld": "denunciation"}]


async def test_a_store_that_is_away_brings_the_update_again(recorder: Recorder, address: str) -> None:
    recorder.unavailable = 2
    answer = await post(address, json.dumps(UPDATE))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert (await post(address, b"{")).status == 503
    assert (await post(address, json.dumps(UPDATE))).status == 200
    assert recorder.said() == ["xin chào"]


async def test_the_server_delivers_again_until_it_is_stored(recorder: Recorder, address: str) -> None:
    recorder.unavailable = 3
    async with FakeTelegram() as fake:
        channel = TelegramChannel(TOKEN, fake.base)
        await channel.set_webhook(address, SECRET)
        await fake.person(PERSON).types("một")
        await fake.settled()
        assert [attempt.status for attempt in fake.world.courier.attempts] == [503, 503, 503, 200]
        await channel.close()
    assert recorder.said() == ["một"]


def test_a_short_secret_is_refused_at_start(recorder: Recorder) -> None:
    with pytest.raises(ValueError, match="webhook of telegram"):
        webhook_handler(recorder.receiver(), "")
