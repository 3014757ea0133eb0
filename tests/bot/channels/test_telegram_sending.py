"""Messages leave through the real client to a strict server, and every refusal is understood."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram.error import TelegramError

from bot.channels.downloads import FileUnavailable
from bot.channels.splitting import split_text, units
from bot.channels.telegram.calls import CallFailed, Commands
from bot.channels.telegram.channel import MOST_PRESSES, TelegramChannel, TokenRefused
from bot.channels.telegram.request import Request
from bot.messages import Button, FileGone, Outgoing, SendOutcome
from tests.fakes.telegram import TOKEN, FakeTelegram, Phone
from tests.faults.breaking import Trickle
from tests.faults.proxy import Proxy

PERSON = 2**51 + 7
CHAT = str(PERSON)


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


@pytest.fixture
async def channel(fake: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    opened = TelegramChannel(TOKEN, fake.base, timeout=0.5)
    yield opened
    await opened.close()


@pytest.fixture
async def phone(fake: FakeTelegram) -> Phone:
    phone = fake.person(PERSON)
    await phone.starts()
    return phone


async def test_a_message_is_plain_text_with_its_buttons(channel: TelegramChannel, phone: Phone) -> None:
    buttons = tuple(Button(label, f"c:{label}") for label in ("1", "2", "3"))
    result = await channel.send(CHAT, Outgoing("<b>Không</b> & dấu *", buttons, columns=2, copy_code="PA-ABCD"))
    seen = phone.sees()[-1]
    assert (result.outcome, result.message_ref) == (SendOutcome.SENT, str(seen.id))
    assert (seen.text, seen.buttons) == ("<b>Không</b> & dấu *", (("1", "2"), ("3",), ("📋 PA-ABCD",)))


async def test_a_long_message_comes_in_parts_with_the_buttons_under_the_last(
    channel: TelegramChannel, phone: Phone
) -> None:
    text = "\n\n".join(["Đoạn văn 😀 " + "chữ " * 300] * 8)
    result = await channel.send(CHAT, Outgoing(text, (Button("Xong", "x"),)))
    said = [seen for seen in phone.sees() if seen.from_bot]
    assert len(said) > 1
    assert [bool(seen.buttons) for seen in said] == [False] * (len(said) - 1) + [True]
    assert result.message_ref == str(said[-1].id)
    assert " ".join(" ".join(seen.text for seen in said).split()) == " ".join(text.split())
    assert all(seen.text.endswith("chữ") for seen in said)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(["a", "đ", "😀", " ", "\n", "\n\n", "từ", "x" * 30]), max_size=60), st.integers(4, 40))
def test_parts_lose_nothing_and_fit(pieces: list[str], limit: int) -> None:
    text = "".join(pieces)
    parts = split_text(text, limit)
    assert all(units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert parts == [""] or all(parts)


async def test_a_lone_surrogate_is_replaced(channel: TelegramChannel, phone: Phone) -> None:
    assert (await channel.send(CHAT, Outgoing("x\ud800", (Button("\udfffnút", "d"),)))).outcome is SendOutcome.SENT
    assert (phone.sees()[-1].text, phone.sees()[-1].buttons) == ("x\ufffd", (("\ufffdnút",),))


FAULTS: list[tuple[dict[str, Any], SendOutcome]] = [
    ({"status": 429, "parameters": {"retry_after": 7}}, SendOutcome.RETRY),
    ({"status": 429}, SendOutcome.RETRY),
    ({"status": 500, "reason": "Internal Server Error"}, SendOutcome.UNKNOWN),
    ({"status": 502, "body": b"<html>Bad Gateway</html>"}, SendOutcome.UNKNOWN),
    ({"status": 504, "body": b"<html>Gateway Timeout</html>", "does_it": True}, SendOutcome.UNKNOWN),
    ({"status": 403, "body": b"<html>Blocked by policy</html>"}, SendOutcome.UNKNOWN),
    ({"status": 404, "body": b'{"error": "no route"}'}, SendOutcome.UNKNOWN),
    ({"status": 400, "body": b"[]"}, SendOutcome.UNKNOWN),
    ({"body": b'{"status": "ok"}'}, SendOutcome.UNKNOWN),
    ({"body": b'{"ok": true, "result": true}', "does_it": True}, SendOutcome.UNKNOWN),
    ({"status": 409, "reason": "Conflict: another"}, SendOutcome.RETRY),
    ({"drop_connection": True}, SendOutcome.UNKNOWN),
    ({"delay": 1.0}, SendOutcome.UNKNOWN),
    ({"body": b"{", "does_it": True}, SendOutcome.UNKNOWN),
    ({"status": 400, "reason": "Bad Request: can't parse entities"}, SendOutcome.REFUSED),
    ({"status": 400, "reason": "Bad Request: PEER_ID_INVALID"}, SendOutcome.UNREACHABLE),
    ({"status": 403, "reason": "Forbidden: bot was kicked from the group chat"}, SendOutcome.UNREACHABLE),
    ({"status": 401, "reason": "Unauthorized"}, SendOutcome.CHANNEL_DOWN),
    ({"status": 404, "reason": "Not Found"}, SendOutcome.CHANNEL_DOWN),
]


@pytest.mark.usefixtures("phone")
@pytest.mark.parametrize(("fault", "outcome"), FAULTS, ids=lambda value: str(value)[:40])
async def test_each_failure_has_its_outcome(
    fake: FakeTelegram, channel: TelegramChannel, fault: dict[str, Any], outcome: SendOutcome
) -> None:
    fake.next_answer("sendMessage", **fault)
    result = await channel.send(CHAT, Outgoing("Xin chào"))
    assert result.outcome is outcome
    assert result.reason
    assert TOKEN not in result.reason
    assert (channel.problem != "") == (outcome is SendOutcome.CHANNEL_DOWN)
    assert result.retry_after == (7.0 if "parameters" in fault else None)


async def test_a_server_that_is_not_there_means_not_sent(channel: TelegramChannel) -> None:
    away = TelegramChannel(TOKEN, "http://127.0.0.1:9", timeout=0.5)
    assert (await away.send(CHAT, Outgoing("Xin chào"))).outcome is SendOutcome.RETRY
    await away.close()
    assert (await channel.send("12345", Outgoing("Xin chào"))).outcome is SendOutcome.UNREACHABLE


async def test_who_blocked_the_bot_is_unreachable(channel: TelegramChannel, phone: Phone) -> None:
    await phone.blocks()
    assert (await channel.send(CHAT, Outgoing("Xin chào"))).outcome is SendOutcome.UNREACHABLE


async def test_a_group_that_moved_is_named(fake: FakeTelegram, channel: TelegramChannel) -> None:
    fake.upgrade(fake.group(-100), -1_001_000)
    result = await channel.send("-100", Outgoing("Xin chào"))
    assert (result.outcome, result.moved_to) == (SendOutcome.RETRY, "-1001000")


async def test_buttons_that_are_refused_cost_only_the_buttons(
    channel: TelegramChannel, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    result = await channel.send(CHAT, Outgoing("Chọn", (Button("Có", "ắ" * 22),)))
    assert result.outcome is SendOutcome.SENT
    assert (phone.sees()[-1].text, phone.sees()[-1].buttons) == ("Chọn", ())
    assert "refuses" in caplog.text


@pytest.mark.usefixtures("phone")
async def test_an_empty_text_is_refused_once(fake: FakeTelegram, channel: TelegramChannel) -> None:
    assert (await channel.send(CHAT, Outgoing("  "))).outcome is SendOutcome.REFUSED
    assert len(fake.called("sendMessage")) == 1


@pytest.mark.parametrize(
    ("faults", "outcome"),
    [
        ([{"status": 429, "parameters": {"retry_after": 1}}], SendOutcome.SENT),
        ([{"drop_connection": True}], SendOutcome.UNKNOWN),
    ],
)
async def test_after_the_first_part_the_second_is_insisted_on(
    fake: FakeTelegram, channel: TelegramChannel, phone: Phone, faults: list[Mapping[str, Any]], outcome: SendOutcome
) -> None:
    fake.next_answer("sendMessage")
    for fault in faults:
        fake.next_answer("sendMessage", **fault)
    result = await channel.send(CHAT, Outgoing("a" * 4096 + " " + "b" * 10))
    assert result.outcome is outcome
    assert [said[0] for said in phone.hears()] == (["a", "b"] if outcome is SendOutcome.SENT else ["a"])


async def test_old_buttons_are_taken_away_however_often_asked(channel: TelegramChannel, phone: Phone) -> None:
    sent = await channel.send(CHAT, Outgoing("Chọn", (Button("Có", "c"),)))
    assert sent.message_ref
    for message in (sent.message_ref, sent.message_ref, "999"):
        assert (await channel.clear_buttons(CHAT, message)).outcome is SendOutcome.SENT
    assert phone.sees()[-1].buttons == ()
    assert (await channel.clear_buttons(CHAT, "x")).outcome is SendOutcome.REFUSED
    assert (await channel.clear_buttons("5", "1")).outcome is SendOutcome.UNREACHABLE


async def test_presses_are_answered_and_failures_forgotten(
    fake: FakeTelegram, channel: TelegramChannel, phone: Phone
) -> None:
    await channel.send(CHAT, Outgoing("Chọn", (Button("Có", "c"),)))
    await channel.answer_press(await phone.presses("Có"), "Đã ghi")
    channel.answer_press_soon(await phone.presses("Có"))
    await channel.answer_press("77")
    await fake.until_called("answerCallbackQuery", 3)
    assert phone.toasts() == ["Đã ghi", ""]


async def test_presses_do_not_pile_up_while_telegram_is_slow(
    fake: FakeTelegram, channel: TelegramChannel, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.channel.PRESSES_REST", 0.0)
    await channel.send(CHAT, Outgoing("Chọn", (Button("Có", "c"),)))
    fake.next_answer("answerCallbackQuery", times=200, delay=0.5)
    for _ in range(200):
        channel.answer_press_soon(await phone.presses("Có"))
    await fake.until_called("answerCallbackQuery", MOST_PRESSES)
    await asyncio.sleep(0.2)
    assert len(fake.called("answerCallbackQuery")) == MOST_PRESSES
    await asyncio.sleep(1)
    channel.answer_press_soon(await phone.presses("Có"))
    await fake.until_called("answerCallbackQuery", MOST_PRESSES + 1)


async def test_presses_are_left_alone_for_a_while_when_one_got_no_answer(
    fake: FakeTelegram, channel: TelegramChannel, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.channel.PRESSES_REST", 0.5)
    await channel.send(CHAT, Outgoing("Chọn", (Button("Có", "c"),)))
    fake.next_answer("answerCallbackQuery", drop_connection=True)
    await channel.answer_press(await phone.presses("Có"))
    for _ in range(5):
        channel.answer_press_soon(await phone.presses("Có"))
    await channel.send(CHAT, Outgoing("Chọn", (Button("Có", "c"),)))  # by then they would have been called
    assert len(fake.called("answerCallbackQuery")) == 1
    await asyncio.sleep(0.5)
    channel.answer_press_soon(await phone.presses("Có"))
    await fake.until_called("answerCallbackQuery", 2)


async def test_files_are_fetched_under_a_limit(fake: FakeTelegram, channel: TelegramChannel, phone: Phone) -> None:
    await phone.sends_document(b"x" * 200_000)
    await phone.sends_document(b"x" * 200_000, size=10)
    await phone.sends_document(b"", size=21 * 1024 * 1024)
    honest, liar, huge = fake.world.files.by_id
    assert await channel.fetch_file(honest) == b"x" * 200_000
    for ref, limit in ((honest, 199_999), (liar, 100_000), (huge, 10**9), ("unknown", 10)):
        with pytest.raises(FileGone):
            await channel.fetch_file(ref, limit)


async def test_a_broken_download_may_be_tried_again(fake: FakeTelegram, channel: TelegramChannel, phone: Phone) -> None:
    await phone.sends_document(b"x" * 200_000)
    (ref,) = fake.world.files.by_id
    fake.next_answer("download", drop_connection=True)
    fake.next_answer("download", status=502)
    fake.next_answer("getFile", status=500)
    for _ in range(3):
        with pytest.raises(FileUnavailable) as caught:
            await channel.fetch_file(ref)
        assert TOKEN not in str(caught.value)
    fake.next_answer("download", status=404)
    with pytest.raises(FileGone):
        await channel.fetch_file(ref)
    assert len(await channel.fetch_file(ref)) == 200_000


async def test_a_file_of_the_same_name_here_is_no_hindrance(
    fake: FakeTelegram, channel: TelegramChannel, phone: Phone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await phone.sends_document(b"sent")
    (ref,) = fake.world.files.by_id
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "file_1.bin").write_bytes(b"ours")
    monkeypatch.chdir(tmp_path)
    assert await channel.fetch_file(ref) == b"sent"


async def test_preparing_outlasts_an_absent_server(fake: FakeTelegram, channel: TelegramChannel) -> None:
    fake.next_answer("getMe", status=502)
    await channel.prepare(Commands({"": [("danhgia", "Đánh giá")], "en": [("danhgia", "Rate")]}))
    assert (channel.identity.username, channel.problem) == (fake.username, "")
    assert fake.world.commands[("all_private_chats", "")] == [{"command": "danhgia", "description": "Đánh giá"}]
    assert fake.world.commands[("all_private_chats", "en")][0]["description"] == "Rate"


async def test_a_refused_token_stops_the_channel(fake: FakeTelegram) -> None:
    channel = TelegramChannel("123456789:BB" + "x" * 33, fake.base)
    with pytest.raises(TokenRefused):
        await channel.prepare()
    assert channel.problem
    await channel.close()


def test_a_token_of_the_wrong_shape_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="TELEGRAM_BOT_TOKEN"):
        TelegramChannel("my token")


async def test_a_webhook_is_set_with_its_secret_and_keeps_what_waits(
    fake: FakeTelegram, channel: TelegramChannel, phone: Phone
) -> None:
    await phone.types("xin chào")
    await channel.set_webhook("https://example.invalid/webhook/telegram", "S3cret")
    hook = fake.world.courier.hook
    assert hook is not None
    assert (hook.url, hook.secret) == ("https://example.invalid/webhook/telegram", "S3cret")
    health = await channel.webhook_health()
    assert (health.url, health.pending > 0) == (hook.url, True)
    await channel.delete_webhook()
    assert len(await channel.raw_updates(0, wait=0)) == health.pending


@pytest.mark.usefixtures("phone")
async def test_the_token_is_never_logged(channel: TelegramChannel, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await channel.send(CHAT, Outgoing("Xin chào"))
    await channel.raw_updates(0, wait=0)
    assert TOKEN not in caplog.text


async def test_an_answer_that_trickles_is_not_waited_for(fake: FakeTelegram, phone: Phone) -> None:
    """Each piece comes in time, the whole never does: the library alone would wait for all of them."""
    async with Proxy(fake.base) as proxy:
        proxy.breaks(Trickle("for ever", 0.1))
        channel = TelegramChannel(TOKEN, proxy.base, timeout=0.3)
        async with asyncio.timeout(2):
            assert (await channel.send(CHAT, Outgoing("Xin chào"))).outcome is SendOutcome.UNKNOWN
            with pytest.raises(CallFailed, match="TimedOut"):
                await channel.raw_updates(0, wait=0)
        proxy.heals()
        assert (await channel.send(CHAT, Outgoing("Xin chào"))).outcome is SendOutcome.SENT
        await channel.close()
    assert phone.hears() == ["Xin chào", "Xin chào"]


async def test_calls_that_are_given_up_use_up_no_connection(fake: FakeTelegram) -> None:
    """A busy machine, on which their time is over at any step of theirs: a connection lost by each would end all."""
    request, address = Request(0.05, connections=4), f"{fake.base}/bot{TOKEN}/getMe"
    for steps in range(60):
        calls = [asyncio.create_task(request.post(address)) for _ in range(8)]
        for _ in range(steps):
            await asyncio.sleep(0)
        time.sleep(0.11)  # noqa: ASYNC251 - nothing goes on meanwhile
        await asyncio.gather(*calls, return_exceptions=True)
    told = None
    async with asyncio.timeout(5):
        while told is None:
            with contextlib.suppress(TelegramError):
                told = await request.post(address)
    await request.shutdown()
    assert isinstance(told, dict)
    assert told["is_bot"]
