"""Polling confirms what is durable, and nothing stops it but a refused token."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.channels.telegram.channel import ANSWER_SECONDS, LONGEST_POLL, TelegramChannel, TokenRefused, pause_before
from bot.channels.telegram.polling import Poller
from storage.leases import LeaseLost
from tests.bot.channels.telegram_recorder import Recorder, broken_by
from tests.fakes.telegram import TOKEN, FakeTelegram

PERSON = 2**51 + 7


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


@pytest.fixture
async def channel(fake: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    opened = TelegramChannel(TOKEN, fake.base, timeout=2.0)
    yield opened
    await opened.close()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


class Pauses:
    """Keeps the asked pauses and waits hardly at all."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(0.005)


@asynccontextmanager
async def polling(channel: TelegramChannel, recorder: Recorder, pauses: Pauses | None = None) -> AsyncIterator[Poller]:
    poller = Poller(channel, recorder.receiver(), pause=pauses or Pauses())
    task = asyncio.create_task(poller.run())
    try:
        yield poller
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            async with asyncio.timeout(1):
                await task


async def test_updates_are_accepted_in_order_and_confirmed(
    fake: FakeTelegram, channel: TelegramChannel, recorder: Recorder
) -> None:
    phone = fake.person(PERSON)
    await phone.types("một")
    async with polling(channel, recorder):
        await fake.settled()
        await phone.types("hai")
        await phone.types("ba")
        await fake.settled()
    assert recorder.said() == ["một", "hai", "ba"]


async def test_an_update_is_confirmed_only_after_it_was_accepted(
    fake: FakeTelegram, channel: TelegramChannel, recorder: Recorder
) -> None:
    await fake.person(PERSON).types("một")
    accepting, gate = asyncio.Event(), asyncio.Event()

    class Slow(Recorder):
        async def accept(self, incoming: Any) -> None:
            accepting.set()
            await gate.wait()
            await recorder.accept(incoming)

    async with polling(channel, Slow()):
        async with asyncio.timeout(2):
            await accepting.wait()
    assert len(fake.world.mailbox.waiting()) == 1, "killed while handling: Telegram still has it"
    async with polling(channel, recorder):
        await fake.settled()
    assert recorder.said() == ["một"]


async def test_one_bad_update_never_stops_the_rest(
    fake: FakeTelegram, channel: TelegramChannel, recorder: Recorder
) -> None:
    recorder.trouble = broken_by("hỏng")
    phone = fake.person(PERSON)
    await phone.types("một")
    fake.update("message", {"text": ["nonsense"], "chat": 7})
    await phone.types("hỏng")
    await phone.types("hai")
    async with polling(channel, recorder):
        await fake.settled()
    assert recorder.said() == ["một", "hai"]
    ((raw, reason),) = recorder.buried
    assert "h\\u1ecfng" in raw["update"]
    assert "KeyError" in reason


async def test_what_cannot_be_stored_comes_again(
    fake: FakeTelegram, channel: TelegramChannel, recorder: Recorder
) -> None:
    recorder.unavailable = 3
    for number in (1, 2):
        for text in ("a", "b"):
            await fake.person(number).types(f"{text}{number}")
    pauses = Pauses()
    async with polling(channel, recorder, pauses):
        await fake.settled()
        await asyncio.sleep(0.05)
        assert channel.problem == ""
    assert sorted(recorder.said()) == ["a1", "a2", "b1", "b2"]
    assert [text for text in recorder.said() if text.endswith("1")] == ["a1", "b1"]
    assert pauses.asked


async def test_failures_are_waited_out_longer_and_longer(
    fake: FakeTelegram, channel: TelegramChannel, recorder: Recorder
) -> None:
    fake.next_answer("getUpdates", status=502, body=b"<html>", times=3)
    fake.next_answer("getUpdates", drop_connection=True)
    fake.next_answer("getUpdates", body=b'{"ok": true, "result": [{}]}')
    fake.next_answer("getUpdates", status=429, parameters={"retry_after": 77})
    fake.next_answer("getUpdates", status=409, reason="Conflict: terminated by other getUpdates request")
    pauses = Pauses()
    async with polling(channel, recorder, pauses):
        await fake.person(PERSON).types("một")
        await fake.settled()
    assert recorder.said() == ["một"]
    assert len(pauses.asked) == 7
    assert pauses.asked[0] <= 1.0 < pauses.asked[3]
    assert pauses.asked[5] >= 77


async def test_after_a_failure_it_asks_without_waiting(
    fake: FakeTelegram, channel: TelegramChannel, recorder: Recorder
) -> None:
    """A long question that hangs as the channel comes back would hold up everybody for its minute (R3)."""
    fake.next_answer("getUpdates", drop_connection=True, times=2)
    async with polling(channel, recorder):
        await fake.until_called("getUpdates", 4)
        waits = [int(call.values["timeout"]) for call in fake.called("getUpdates")]
    assert waits[:4] == [LONGEST_POLL, 0, 0, LONGEST_POLL]
    assert max(pause_before(attempt) for attempt in range(1, 50)) + 2 * ANSWER_SECONDS < 60


async def test_a_second_poller_makes_both_back_off(channel: TelegramChannel, fake: FakeTelegram) -> None:
    first, second = Pauses(), Pauses()
    async with polling(channel, Recorder(), first), polling(channel, Recorder(), second):
        await fake.until_called("getUpdates", 4)
    assert first.asked + second.asked
    assert min(first.asked + second.asked) >= 8


async def test_a_refused_token_ends_the_loop(fake: FakeTelegram, recorder: Recorder) -> None:
    channel = TelegramChannel("123456789:BB" + "x" * 33, fake.base)
    with pytest.raises(TokenRefused):
        await Poller(channel, recorder.receiver()).run()
    assert channel.problem
    await channel.close()


async def test_a_press_is_answered_while_it_is_handled(
    fake: FakeTelegram, channel: TelegramChannel, recorder: Recorder
) -> None:
    phone = fake.person(PERSON)
    number = await phone.types("x")
    query = await phone.presses_data("c:1", on=number)
    async with polling(channel, recorder):
        await fake.settled()
    assert recorder.pressed == [query]


async def test_numbers_that_start_again_lower_are_not_missed(
    fake: FakeTelegram, channel: TelegramChannel, recorder: Recorder
) -> None:
    async with polling(channel, recorder) as poller:
        poller.offset = 900_000_000
        fake.next_answer("getUpdates", body=b'{"ok": true, "result": []}', times=2)
        await fake.until_called("getUpdates", 3)
        fake.world.mailbox.next_id = 5
        await fake.person(PERSON).types("một")
        await fake.settled()
    assert recorder.said() == ["một"]


class Lease:
    """Says that the bot is ours until it is lost, and stands still at the second question until then."""

    def __init__(self) -> None:
        self.asked = 0
        self.second, self.lost = asyncio.Event(), asyncio.Event()

    async def still_ours(self) -> None:
        self.asked += 1
        if self.asked > 1:
            self.second.set()
            await self.lost.wait()
            raise LeaseLost("telegram-polling:123456789")


async def test_a_paused_poller_confirms_nothing_that_nobody_has_stored(
    fake: FakeTelegram, channel: TelegramChannel, recorder: Recorder
) -> None:
    """While it stood still for a quiet week another took over, and the numbers started again below its offset."""
    phone = fake.person(PERSON)
    await phone.types("một")
    lease = Lease()
    paused = Poller(channel, recorder.receiver(), lease.still_ours)
    task = asyncio.create_task(paused.run())
    await lease.second.wait()
    offset = paused.offset
    async with polling(channel, recorder):
        await fake.settled()
    fake.world.mailbox.next_id = 5
    await phone.types("hai")

    lease.lost.set()
    with pytest.raises(LeaseLost):
        await task
    assert [waiting.update_id for waiting in fake.world.mailbox.waiting()] == [5]
    async with polling(channel, recorder):
        await fake.settled()
    assert recorder.said() == ["một", "hai"]

    await phone.types("ba")
    await channel.raw_updates(offset, wait=0)
    assert fake.world.mailbox.waiting() == [], "this is what the poller is kept from: nobody has stored it"


async def test_a_lost_lease_ends_the_loop(fake: FakeTelegram, channel: TelegramChannel, recorder: Recorder) -> None:
    await fake.person(PERSON).types("một")
    lease = Lease()
    lease.lost.set()
    with pytest.raises(LeaseLost):
        await Poller(channel, recorder.receiver(), lease.still_ours, pause=Pauses()).run()
    assert len(fake.called("getUpdates")) == 1
