"""Several senders over one outbox: one of them sends for a bot, and a lost lease sends nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, select

from bot import pacing
from bot.delivery import LATEST_START, LEASE, Sender
from bot.leasing import Held, Leasing
from bot.messages import IncomingKind
from storage import claims, leases
from storage.outbox import Urgency
from storage.tables.people import chat
from tests.bot.post_office import ACCOUNT, Post

BOT = ("telegram", ACCOUNT)
NAME = f"sending:telegram:{ACCOUNT}"
TERM = timedelta(seconds=1)
BOTH = pytest.mark.parametrize(("urgency", "state"), [(Urgency.REPLY, "sent"), (Urgency.REMINDER, "unknown")])


@asynccontextmanager
async def at_work(post: Post) -> AsyncIterator[tuple[Sender, Leasing]]:
    """Let a process send: the loop, and its turns for the bot."""
    sender = post.sender()
    sender.turns = {}
    leasing = Leasing(post.office.database, post.office.clock, term=TERM)
    tasks = [
        asyncio.create_task(sender.run()),
        asyncio.create_task(leasing.while_held(NAME, partial(sender.take_turn, BOT))),
    ]
    try:
        yield sender, leasing
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def held_by(post: Post, holder: str, seconds: float = 60) -> Held:
    """Take the bot's lease from whoever has it."""

    def take(connection: Connection) -> leases.Lease:
        found = leases.read(connection, NAME)
        taken = leases.acquire(connection, NAME, holder, now=post.office.at, term=TERM, dead=found)
        assert taken is not None
        return taken

    lease = await post.office.database.write(take)
    now = asyncio.get_running_loop().time()
    return Held(lease, now + seconds, asyncio.get_running_loop().time)


@asynccontextmanager
async def turn(sender: Sender, held: Held) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(sender.take_turn(BOT, held))
    try:
        await eventually(lambda: bool(sender.turns))
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def eventually(so: Callable[[], bool]) -> None:
    for _ in range(500):
        if so():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to be")


async def until(post: Post, states: list[str]) -> None:
    found: list[str] = []
    for _ in range(500):
        found = await post.states()
        if found == states:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(found)


async def test_of_two_processes_one_sends_for_the_bot_and_both_write_onto_our_page(post: Post) -> None:
    phone, number = await post.phone()
    async with at_work(post) as (one, _), at_work(post) as (two, _):
        await post.writes(number, *(f"tin {n}" for n in range(4)))
        await phone.reads("tin 3")
        assert phone.hears() == [f"tin {n}" for n in range(4)]
        assert sorted([list(one.turns or {}), list(two.turns or {})]) == [[], [BOT]]
    idle = post.sender()
    idle.turns = {}
    await post.office.intake.accept(post.office.event(IncomingKind.TEXT, text="xin chào"))
    here = len(await post.states()) - 4
    await post.writes(number, "chờ")
    loop = asyncio.create_task(idle.run())
    await until(post, ["sent"] * (4 + here) + ["queued"])
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert phone.hears()[-1] == "tin 3"


async def test_the_pace_of_a_bot_is_kept_by_the_one_that_sends(post: Post) -> None:
    _, number = await post.phone()
    async with at_work(post), at_work(post):
        begun = asyncio.get_running_loop().time()
        await post.writes(number, *(f"tin {n}" for n in range(7)))
        await until(post, ["sent"] * 7)
        assert asyncio.get_running_loop().time() - begun > 2.5  # four at once, then one a second


async def test_a_turn_begins_without_a_burst(post: Post) -> None:
    """The last sender may just have had it, and the bot and the chat are the same."""
    phone, number = await post.phone()
    sender = post.sender()
    async with turn(sender, await held_by(post, "one")):
        loop = asyncio.create_task(sender.run())
        begun = asyncio.get_running_loop().time()
        await post.writes(number, "một", "hai", "ba")
        await phone.reads("ba")
        assert asyncio.get_running_loop().time() - begun > 1.5
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)


async def test_the_next_sends_at_once_when_one_stops(post: Post) -> None:
    phone, number = await post.phone()
    async with at_work(post) as (_, first):
        first.term = timedelta(hours=1)
        async with at_work(post):
            await post.writes(number, "một")
            await phone.reads("một")
    async with at_work(post):
        await post.writes(number, "hai")
        await phone.reads("hai", within=2)


@BOTH
async def test_what_a_dead_sender_had_under_way_does_not_wait_for_the_end_of_its_lease(
    post: Post, urgency: Urgency, state: str
) -> None:
    phone, number = await post.phone()
    await post.writes(number, "một", urgency=urgency)
    await post.office.database.write(
        lambda c: claims.claim(c, now=post.office.at, lease=LEASE, token="of the dead", limit=5)
    )
    async with at_work(post):
        await until(post, [state])
    assert phone.hears() == (["một"] if state == "sent" else [])


async def test_a_paused_sender_claims_nothing_when_it_wakes(post: Post) -> None:
    phone, number = await post.phone()
    sender = post.sender()
    async with turn(sender, await held_by(post, "paused")) as task:
        await held_by(post, "another")
        await post.writes(number, "một")
        loop = asyncio.create_task(sender.run())
        await asyncio.wait({task}, timeout=5)
        assert isinstance(task.exception(), leases.LeaseLost)
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
    assert not sender.turns
    assert await post.states() == ["queued"]
    assert phone.hears() == []


@pytest.mark.parametrize("urgency", [Urgency.REPLY, Urgency.REMINDER])
async def test_a_letter_that_waits_for_its_pace_is_put_back_when_the_turn_ends(
    post: Post, urgency: Urgency, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not begun: so also what must not come twice goes to the next sender, and comes once."""
    # It waits for a minute, so that it is still waiting when this slow machine comes to look.
    monkeypatch.setattr(pacing, "CHAT_GAP_SECONDS", 60.0)
    phone, number = await post.phone()
    sender = post.sender()
    async with turn(sender, await held_by(post, "one")):
        loop = asyncio.create_task(sender.run())
        await post.writes(number, "một", "hai", urgency=urgency)
        await until(post, ["sent", "sending"])
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert await post.states() == ["sent", "queued"]
    post.office.passes(seconds=2)
    async with turn(post.sender(), await held_by(post, "two")):
        await post.all_rounds(post.sender())
    assert phone.hears() == ["một", "hai"]


async def test_what_has_not_begun_in_half_its_lease_is_not_sent_under_it(post: Post) -> None:
    """The process stood still between taking the letter and sending it."""
    phone, number = await post.phone()
    await post.writes(number, "một", urgency=Urgency.REMINDER)
    sender = post.sender()
    moments = iter([0.0])
    sender.steady = sender.carrier.steady = lambda: next(moments, LATEST_START.total_seconds())
    await sender.round()
    assert phone.hears() == []
    assert await post.states() == ["queued"]


async def test_an_answer_that_comes_after_the_lease_says_nothing_of_the_chat(post: Post) -> None:
    """The person blocked the bot, came back, and was written to, while the process that sent stood still."""
    phone, number = await post.phone()
    await post.writes(number, "một", "hai")
    post.fake.next_answer("sendMessage", status=403, reason="Forbidden: bot was blocked by the user", delay=0.5)
    late = asyncio.create_task(post.sender().round())
    await post.fake.until_called("sendMessage")
    post.office.at += LEASE + timedelta(seconds=1)
    await post.all_rounds(post.sender())
    await late

    assert await post.states() == ["sent", "sent"]
    assert phone.hears() == ["một", "hai"]
    assert await post.office.reads(lambda c: c.scalar(select(chat.c.state))) == "active"


async def test_who_is_told_to_stop_waits_for_the_answers_under_way(post: Post) -> None:
    phone, number = await post.phone()
    await post.writes(number, "một", urgency=Urgency.REMINDER)
    post.fake.next_answer("sendMessage", delay=0.7)
    async with at_work(post):
        await post.fake.until_called("sendMessage")
    assert await post.states() == ["sent"]
    assert phone.hears() == ["một"]
