"""Each channel is looked at once a minute: by one process, with an alarm when something goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, update

from bot.channels.telegram.calls import WebhookHealth
from bot.channels.telegram.channel import TelegramChannel
from bot.messages import SendOutcome, SendResult
from bot.watching import MANY_WAIT, Deliveries, Watcher, judge
from storage import channel_states, chats, conversations, outbox
from storage.channel_states import DEAD_LETTERS, OUTBOX, ChannelState
from storage.chats import Caller
from storage.database import Database
from storage.outbox import Urgency
from storage.tables.audit import audit
from storage.tables.channels import channel_state
from storage.tables.delivery import outbox as letters
from tests.fakes.telegram import TOKEN, FakeTelegram

START = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
OURS = "http://127.0.0.1:1/webhook/telegram"
SECRET = "sample-secret-0123456789"
MINUTE = timedelta(minutes=1)
BOT = TOKEN.partition(":")[0]


@dataclass
class Post:
    """A bot in webhook mode with its watcher, and a clock."""

    database: Database
    fake: FakeTelegram
    telegram: TelegramChannel
    at: datetime = START
    watcher: Watcher = field(init=False)

    def __post_init__(self) -> None:
        self.watcher = self.another()

    def another(self) -> Watcher:
        """Return the watcher of another process."""
        return Watcher(self.database, self.clock, Deliveries(self.telegram, OURS, self.restore))

    async def restore(self) -> None:
        await self.telegram.set_webhook(OURS, SECRET)

    def clock(self) -> datetime:
        return self.at

    async def a_minute_later(self) -> ChannelState:
        self.at += MINUTE
        await self.watcher.round()
        return await self.state("telegram", BOT)

    async def state(self, channel: str, account: str) -> ChannelState:
        found = await self.database.read(lambda connection: channel_states.find(connection, channel, account))
        assert found is not None
        return found


@pytest.fixture
async def post(database: Database) -> AsyncIterator[Post]:
    async with FakeTelegram() as fake:
        telegram = TelegramChannel(TOKEN, fake.base, timeout=1.0)
        made = Post(database, fake, telegram)
        fake.world.clock = made.clock
        await made.restore()
        await made.watcher.round()
        yield made
        await telegram.close()


def alarms(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.__dict__["alarm"] for record in caplog.records if "alarm" in record.__dict__]


async def test_all_is_well(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    state = await post.a_minute_later()
    assert (state.problem, state.since, state.checked_at) == (None, None, post.at)
    assert alarms(caplog) == []


async def test_a_changed_address_is_told_and_set_again(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    await post.telegram.set_webhook("https://stranger.example/secret-path", "another-secret-0123456789")

    state = await post.a_minute_later()

    assert (state.problem, state.reason, state.since) == ("changed", "stranger.example", post.at)
    assert (await post.telegram.webhook_health()).url == OURS
    assert alarms(caplog) == ["telegram.changed"]
    assert "secret-path" not in caplog.text
    entries = await post.database.read(lambda c: list(c.execute(select(audit.c.action, audit.c.details))))
    assert [tuple(entry) for entry in entries] == [("channel.restore", '{"host": "stranger.example"}')]
    assert (await post.a_minute_later()).problem is None
    assert alarms(caplog) == ["telegram.changed"]


async def test_the_address_of_an_earlier_start_is_replaced_without_an_alarm(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    await post.telegram.set_webhook("https://before.example/webhook/telegram", SECRET)
    post.watcher = post.another()
    assert (await post.a_minute_later()).problem is None
    assert (await post.telegram.webhook_health()).url == OURS
    assert alarms(caplog) == []


async def test_a_queue_that_grows_alarms_within_two_minutes_and_once(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    await post.telegram.delete_webhook()
    post.watcher = Watcher(post.database, post.clock, Deliveries(post.telegram, "", post.telegram.delete_webhook))
    await post.a_minute_later()
    for _ in range(MANY_WAIT + 1):
        post.fake.update("message", {"message_id": 1})
    begun = post.at
    state = await post.a_minute_later()
    assert (state.problem, state.waiting) == ("growing", MANY_WAIT + 1)
    assert post.at - begun <= timedelta(minutes=2)
    state = await post.a_minute_later()
    assert (state.problem, state.since) == ("growing", post.at - MINUTE)
    assert alarms(caplog) == ["telegram.growing"]
    post.fake.world.mailbox.clear()
    assert (await post.a_minute_later()).problem is None


async def test_deliveries_that_fail_are_told_with_telegrams_words(post: Post) -> None:
    post.fake.world.courier.last_error = "Wrong response from the webhook: 503 Service Unavailable"
    state = await post.a_minute_later()
    assert (state.problem, state.reason) == ("failing", "Wrong response from the webhook: 503 Service Unavailable")


async def test_telegram_away_and_a_refused_token_are_two_things(post: Post) -> None:
    post.fake.next_answer("getWebhookInfo", status=502, reason="Bad Gateway")
    assert (await post.a_minute_later()).problem == "unreachable"
    begun = (await post.state("telegram", BOT)).since
    post.fake.next_answer("getWebhookInfo", drop_connection=True)
    state = await post.a_minute_later()
    assert (state.problem, state.since) == ("unreachable", begun)
    post.fake.next_answer("getWebhookInfo", status=401, reason="Unauthorized")
    state = await post.a_minute_later()
    assert state.problem == "refused"
    assert TOKEN.partition(":")[2] not in str(state.reason)
    assert (await post.a_minute_later()).problem is None


async def test_of_several_processes_one_looks(post: Post) -> None:
    others = [post.another() for _ in range(4)]
    before = len(post.fake.called("getWebhookInfo"))
    for seconds in (60, 20, 20, 20):
        post.at += timedelta(seconds=seconds)
        await asyncio.gather(*(watcher.round() for watcher in others))
    assert len(post.fake.called("getWebhookInfo")) - before == 2


async def test_a_clock_that_is_set_back_does_not_end_the_watch(post: Post) -> None:
    post.at -= timedelta(days=400)
    assert (await post.a_minute_later()).checked_at == post.at


async def test_between_two_looks_nothing_is_written(post: Post) -> None:
    jobs = post.database.pulse.jobs
    for _ in range(5):
        post.at += timedelta(seconds=9)
        await post.watcher.round()
    assert post.database.pulse.jobs == jobs


def write_to(connection: Connection, number: int, now: datetime, urgency: Urgency = Urgency.NOTICE) -> None:
    chat = chats.welcome(connection, Caller("telegram", BOT, str(number), str(number), "vi"), now)
    body = {"text": "mẫu"}
    outbox.put_words(connection, chat_id=chat.id, body=body, unique_key=f"n{number}", now=now, urgency=urgency)


async def test_an_outbox_that_is_late_alarms_and_recovers(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    for number, urgency in enumerate((Urgency.REPLY, Urgency.BROADCAST)):
        await post.database.write(partial(write_to, number=number, now=post.at, urgency=urgency))
    for _ in range(14):
        await post.a_minute_later()
    assert (await post.state(*OUTBOX)).problem is None
    await post.a_minute_later()
    state = await post.state(*OUTBOX)
    assert (state.problem, state.waiting, state.since) == ("outbox_late", 1, post.at - 15 * MINUTE)
    assert alarms(caplog) == ["outbox.outbox_late"]
    await post.database.write(lambda connection: connection.execute(update(letters).values(state="sent")))
    await post.a_minute_later()
    assert (await post.state(*OUTBOX)).problem is None


async def test_failures_that_wait_are_counted(post: Post) -> None:
    bury = partial(conversations.bury, channel="telegram", account=BOT, raw={}, reason="KeyError", now=post.at)
    await post.database.write(bury)
    await post.database.write(partial(write_to, number=1, now=post.at))
    await post.database.write(lambda connection: connection.execute(update(letters).values(state="refused")))
    begun = post.at
    await post.a_minute_later()
    state = await post.state(*DEAD_LETTERS)
    assert (state.problem, state.waiting, state.since) == ("failures_wait", 2, begun)


HEALTH = st.builds(
    WebhookHealth,
    url=st.sampled_from(("", OURS, "https://stranger.example")),
    pending=st.integers(0, 50),
    last_error=st.just("503"),
    last_error_at=st.none() | st.integers(0, 600).map(lambda ago: START - timedelta(seconds=ago)),
)
FAILURE = st.builds(SendResult, outcome=st.sampled_from(SendOutcome).filter(lambda each: each is not SendOutcome.SENT))
BEFORE = st.none() | st.builds(
    ChannelState, channel=st.just("telegram"), account=st.just("1"), reason=st.none(), since=st.just(START),
    problem=st.sampled_from((None, "growing", "changed", "unreachable")), waiting=st.integers(0, 50),
    checked_at=st.just(START - MINUTE),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(BEFORE, HEALTH | FAILURE, st.sampled_from(("", OURS)))
def test_what_is_judged(before: ChannelState | None, seen: WebhookHealth | SendResult, address: str) -> None:
    found = judge(before, seen, address, START)
    if isinstance(seen, SendResult):
        assert found.problem in {"refused", "unreachable"}
        return
    assert (found.problem == "changed") == (seen.url != address)
    assert found.waiting == seen.pending
    if found.problem == "growing":
        assert before is not None
        assert MANY_WAIT <= seen.pending >= before.waiting
    if found.problem is None and seen.pending >= MANY_WAIT and before is not None:
        assert seen.pending <= before.waiting, "a queue that grew is always told"


async def test_a_row_nobody_has_checked_is_made_once(database: Database) -> None:
    turns = [
        await database.write(lambda c: channel_states.take_turn(c, "telegram", "1", START, MINUTE)) for _ in range(3)
    ]
    assert turns == [True, False, False]
    await database.write(
        lambda c: c.execute(insert(channel_state).values(channel="zalo", account="2", waiting=0, checked_at=START))
    )
    assert [state.channel for state in await database.read(channel_states.every)] == ["telegram", "zalo"]
