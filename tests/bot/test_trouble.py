"""A channel in trouble: what is tried, what waits, and how soon everybody is answered afterwards."""

import os
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from bot.delivery import AT_ONCE, Sender
from bot.messages import SendOutcome, SendResult
from bot.pace import Pace
from bot.trouble import IN_A_ROW, LOOKED_AT_EVERY, RISKED_EVERY, Trouble
from storage import outbox as letters
from storage.claims import Letter
from storage.outbox import Urgency
from storage.tables.delivery import outbox
from storage.tables.people import chat
from tests.bot.office import START, Office
from tests.bot.post_office import ACCOUNT, Post
from tests.bot.test_broadcasting import add_chats
from tests.fakes.telegram import FakeTelegram

HERE = ("telegram", ACCOUNT)
GONE = SendResult(SendOutcome.UNKNOWN)
SENT = SendResult(SendOutcome.SENT)
PARKED = SendResult(SendOutcome.PARKED, retry_after=60.0)
LONG = bool(os.environ.get("FAULTS_LONG"))
MANY = 100_000 if LONG else 2_000
HOURS = 6
ROUNDS = HOURS * (60 if LONG else 6)
"""Each is later than the last by longer than an account in trouble is left alone, so each looks at it once."""
SECOND = timedelta(seconds=1)


def letter(urgency: Urgency = Urgency.REPLY, chat_id: int = 1) -> Letter:
    return Letter(1, chat_id, *HERE, "1", "vi", urgency, {"text": "x"}, 1)


def test_one_failure_is_a_letters_several_in_a_row_are_the_accounts() -> None:
    trouble = Trouble()
    for _ in range(IN_A_ROW - 1):
        trouble.told(letter(), GONE, START)
        assert not trouble.closed(START)
    trouble.told(letter(), GONE, START)
    assert trouble.closed(START) == [HERE]
    assert trouble.wait(letter(), START) == LOOKED_AT_EVERY
    trouble.told(letter(), SENT, START)
    assert not trouble.closed(START)
    assert trouble.wait(letter(), START) == timedelta(0)


def test_what_was_parked_without_asking_the_channel_hides_no_outage() -> None:
    trouble = Trouble()
    for _ in range(IN_A_ROW):
        trouble.told(letter(), GONE, START)
        trouble.told(letter(), PARKED, START)
    assert trouble.closed(START) == [HERE]


def test_an_account_in_trouble_is_looked_at_with_one_letter_that_may_come_twice() -> None:
    trouble = Trouble()
    for _ in range(IN_A_ROW):
        trouble.told(letter(Urgency.BROADCAST), GONE, START)
    later = START + LOOKED_AT_EVERY
    assert not trouble.closed(later)
    assert trouble.wait(letter(Urgency.BROADCAST), later) == LOOKED_AT_EVERY  # it may come only once
    assert trouble.wait(letter(), later) == timedelta(0)
    assert trouble.wait(letter(), later) == LOOKED_AT_EVERY  # one is enough
    much_later = START + RISKED_EVERY
    assert trouble.wait(letter(Urgency.BROADCAST), much_later) == timedelta(0)


def test_a_clock_set_back_holds_nothing_up() -> None:
    trouble = Trouble()
    for _ in range(IN_A_ROW):
        trouble.told(letter(), GONE, START)
    assert not trouble.closed(START - timedelta(days=1))


def test_a_wait_for_one_chat_is_its_own_and_for_two_it_is_the_bots() -> None:
    trouble = Trouble()
    slow = SendResult(SendOutcome.RETRY, retry_after=30)
    trouble.told(letter(chat_id=1), slow, START)
    assert not trouble.closed(START)
    assert trouble.wait(letter(chat_id=2), START) == timedelta(0)
    trouble.told(letter(chat_id=2), slow, START + 10 * SECOND)
    assert trouble.closed(START + 39 * SECOND) == [HERE]
    assert not trouble.closed(START + 40 * SECOND)


def test_a_broadcast_that_is_too_fast_waits_whole_and_replies_go_on() -> None:
    trouble = Trouble()
    trouble.told(letter(Urgency.BROADCAST), SendResult(SendOutcome.RETRY, retry_after=30), START)
    assert trouble.wait(letter(Urgency.BROADCAST, chat_id=2), START + SECOND) == 29 * SECOND
    assert trouble.wait(letter(chat_id=2), START + SECOND) == timedelta(0)


@pytest.fixture
async def post(office: Office) -> AsyncIterator[Post]:
    async with FakeTelegram() as fake:
        made = Post(office, fake)
        yield made
        await made.close()


def quick(post: Post) -> Sender:
    """Return a sender without a pace: time in these tests is the office's clock."""
    sender = post.sender()
    sender.pacing.bots["telegram", ACCOUNT] = Pace(1e6, 1e6)
    return sender


async def fill(post: Post, number: int) -> None:
    """Put one letter of each urgency by turns into the outbox, each for another chat whose phone is on."""

    def put(connection: Connection) -> list[str]:
        add_chats(connection, number)
        rows = connection.execute(select(chat.c.id, chat.c.external_chat)).all()
        end = START + timedelta(days=3)
        made = [
            letters.row_of(row.id, {"text": "x"}, Urgency(row.id % 4), f"x:{row.id}", START, expires=end)
            for row in rows
        ]
        letters.put_each(connection, made)
        return [row.external_chat for row in rows]

    for external in await post.office.database.write(put):
        post.fake.person(int(external)).chat.started = True


async def waiting(post: Post, *urgencies: Urgency) -> int:
    """Count the letters of some urgencies that still wait."""
    waits = (outbox.c.state == "queued", outbox.c.urgency.in_([int(each) for each in urgencies]))
    return await post.office.reads(lambda c: c.scalar(select(func.count()).select_from(outbox).where(*waits)) or 0)


FAULTS: dict[str, tuple[dict[str, Any], int]] = {
    "no answer, but sent": ({"drop_connection": True, "does_it": True}, MANY),
    "server error": ({"status": 502, "reason": "Bad Gateway"}, 100),
    "token refused": ({"status": 401, "reason": "Unauthorized"}, 100),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_six_hours_without_the_channel_lose_and_double_nobody(post: Post, name: str) -> None:
    fault, number = FAULTS[name]
    if post.office.database.dialect == "postgresql" and not LONG:
        # Half of them may come twice, and these go first: more than are on their way when the channel fails.
        number = min(number, 3 * AT_ONCE)
    await fill(post, number)
    sender = quick(post)
    post.fake.next_answer("sendMessage", **fault, times=10_000)
    for _ in range(ROUNDS):
        await sender.round()
        post.office.passes(hours=HOURS / ROUNDS)
        sender.pacing.chats.clear()  # the pace is kept by the machine's time, of which none has passed
    tried = len(post.fake.called("sendMessage"))
    assert tried <= AT_ONCE + ROUNDS, "looked at now and then, not stormed"

    post.fake.faults.clear()
    await _all_replies(post, sender)
    await _the_rest(post, sender)
    states = Counter(await post.states())
    lost = states["unknown"]
    assert states["sent"] + lost == number
    assert lost <= (AT_ONCE + HOURS * 6 if "drop_connection" in fault else 0)
    await _none_of_the_others_twice(post)


async def _all_replies(post: Post, sender: Sender) -> None:
    """Within a minute of the recovery all replies are out; how fast they then go is the bot's pace."""
    back = post.office.at
    while await waiting(post, Urgency.REPLY):
        if not await sender.round():
            post.office.passes(seconds=5)
    assert post.office.at - back <= timedelta(minutes=1)


async def _the_rest(post: Post, sender: Sender) -> None:
    for _ in range(200):
        if not await waiting(post, *Urgency):
            return
        await post.all_rounds(sender)
        post.office.passes(minutes=1)
    raise AssertionError("something is never sent")


async def _none_of_the_others_twice(post: Post) -> None:
    once = select(chat.c.external_chat).join(outbox, outbox.c.chat_id == chat.c.id).where(outbox.c.urgency >= 2)
    for external in await post.office.reads(lambda c: list(c.scalars(once))):
        assert len(post.fake.person(int(external)).hears()) <= 1
