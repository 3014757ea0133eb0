"""Events that failed are tried again: once, in the right place, or not at all."""

import asyncio
import json
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.channels.telegram.parsing import Telegram, events_of
from bot.effects import Next, Script
from bot.event_json import as_json, read_event
from bot.messages import FileRef, Incoming, IncomingKind, Place
from bot.retrying import Retrier
from bot.scenes import ScriptSpec
from bot.scripts import SCRIPTS
from bot.tally import BOUNDS, Times
from offices.errors import DomainError
from storage import dead_letters
from storage.dead_letters import DeadLetter
from storage.tables.delivery import outbox
from storage.tables.ratings import answer
from tests.bot.office import HEALTH, Office, words
from tests.conversations.world import everything

ADMIN = "staff:7"
BRIBE = "Tôi tố cáo một cán bộ nhận hối lộ"
CLEAN = st.text("aàáăâđeêioơuưyÀĐ 0189.,!?", min_size=1, max_size=30).map(str.strip)


def broken(_scene: object) -> Script[Next | None]:
    raise LookupError("broken on purpose")
    yield


def breaks(office: Office, *names: str) -> None:
    office.scripts = {**SCRIPTS, **{name: ScriptSpec(name, broken) for name in names}}
    office.rebuild()


def is_mended(office: Office) -> Retrier:
    office.scripts = SCRIPTS
    office.rebuild()
    return Retrier(office.database, office.intake, office.clock)


async def some(office: Office, state: str) -> list[DeadLetter]:
    return await office.reads(lambda connection: dead_letters.some(connection, state))


async def wanted_again(office: Office) -> int:
    """Have the one that waits tried again; return its number."""
    [found] = await some(office, "new")
    await office.database.write(lambda connection: dead_letters.retry(connection, found.id, now=office.at, actor=ADMIN))
    return found.id


async def test_what_failed_is_handled_as_if_it_came_now(office: Office) -> None:
    breaks(office, "rating")
    assert "trục trặc" in words(await office.takes(IncomingKind.START, data=HEALTH))
    retrier = is_mended(office)
    assert await retrier.round() == 0, "nothing is tried before somebody says so"
    await wanted_again(office)
    before = await office.lines()

    assert await retrier.round() == 1

    assert "hài lòng" in words((await office.lines())[len(before) :])
    assert (await some(office, "new"), await some(office, "retry")) == ([], [])
    [done] = await some(office, "done")
    assert (done.kind, done.channel, done.settled_at) == ("start", "terminal", office.at)


async def test_a_repeated_delivery_of_what_was_retried_changes_nothing(office: Office) -> None:
    breaks(office, "rating")
    event = office.event(IncomingKind.START, data=HEALTH)
    await office.intake.accept(event)
    retrier = is_mended(office)
    await wanted_again(office)
    await retrier.round()
    before = await office.reads(everything)

    await office.intake.accept(event)
    await retrier.round()

    assert await office.reads(everything) == before


async def test_what_fails_again_waits_again_and_the_person_hears_of_it_once(office: Office) -> None:
    breaks(office, "rating")
    await office.opens(HEALTH)
    told = await office.lines()
    for attempts in (1, 2):
        await wanted_again(office)
        assert await Retrier(office.database, office.intake, office.clock).round() == 0
        [found] = await some(office, "new")
        assert found.attempts == attempts
        assert found.reason.startswith("LookupError at test_retrying.py:")
    assert await office.lines() == told
    retrier = is_mended(office)
    await wanted_again(office)
    assert await retrier.round() == 1


async def test_two_workers_have_one_effect(office: Office) -> None:
    await office.opens(HEALTH)
    breaks(office, "rating")
    await office.says("5")
    retrier = is_mended(office)
    await wanted_again(office)

    done = await asyncio.gather(*(retrier.round() for _ in range(4)))

    assert sum(done) == 1
    assert await office.reads(lambda c: list(c.scalars(select(answer.c.score)))) == [5]


async def test_old_words_do_not_answer_a_question_that_came_later(office: Office) -> None:
    breaks(office, "help")
    await office.says("/trogiup")
    retrier = is_mended(office)
    office.passes(minutes=5)
    await office.opens(HEALTH)
    before = await office.lines()
    await wanted_again(office)

    assert await retrier.round() == 0

    assert await office.lines() == before
    [found] = await some(office, "new")
    assert (found.reason, found.attempts) == ("gone_on", 1)


async def test_a_denunciation_can_only_be_dropped(office: Office) -> None:
    breaks(office, "denunciation")
    await office.intake.accept(office.event(text=BRIBE, name="Người gửi mẫu 01"))
    is_mended(office)
    [found] = await some(office, "new")
    assert found.is_withheld
    with pytest.raises(DomainError, match="dead_letter_withheld"):
        await wanted_again(office)
    marked = await office.database.write(
        lambda connection: dead_letters.retry_all(connection, now=office.at, actor=ADMIN)
    )
    assert marked == 0
    raw = await office.database.write(
        lambda connection: dead_letters.look_into(connection, found.id, now=office.at, actor=ADMIN)
    )
    assert "hối lộ" not in json.dumps(raw, ensure_ascii=False)
    assert "Người gửi mẫu 01" not in json.dumps(raw, ensure_ascii=False)


async def test_a_raw_update_is_read_anew_and_its_own_key_makes_it_happen_once(office: Office) -> None:
    sender = {"id": 41, "is_bot": False, "first_name": "Mẫu"}
    message = {"message_id": 5, "date": 1_763_258_400, "chat": {"id": 41, "type": "private"}, "from": sender,
               "text": "/start " + HEALTH}  # fmt: skip
    update = {"update_id": 9, "message": {**message, "entities": [{"type": "bot_command", "offset": 0, "length": 6}]}}

    def parse(raw: object) -> list[Incoming]:
        return events_of(raw, Telegram("1", "mau_bot"), office.at)

    for _ in range(2):
        await office.intake.bury_raw("telegram", "1", {"update": json.dumps(update)}, "KeyError at parsing.py:1")
    retrier = Retrier(office.database, office.intake, office.clock, {"telegram": parse})
    await office.database.write(lambda connection: dead_letters.retry_all(connection, now=office.at, actor=ADMIN))

    assert await retrier.round() == 2

    assert await office.reads(lambda c: c.scalar(select(func.count()).select_from(outbox))) == 1
    assert len(await some(office, "done")) == 2


@pytest.mark.parametrize(("raw", "reason"), [('{"cut', "not_readable"), (None, "not_readable"), ("[]", ""), ("7", "")])
async def test_what_cannot_be_read_waits_with_a_plain_reason(office: Office, raw: str | None, reason: str) -> None:
    await office.intake.bury_raw("telegram", "1", {} if raw is None else {"update": raw}, "no JSON")
    retrier = Retrier(
        office.database, office.intake, office.clock,
        {"telegram": lambda update: events_of(update, Telegram("1", "mau_bot"), office.at)},
    )  # fmt: skip
    await wanted_again(office)
    await retrier.round()
    assert [found.reason for found in await some(office, "new")] == ([reason] if reason else [])


async def test_without_its_channel_a_raw_update_waits(office: Office) -> None:
    await office.intake.bury_raw("telegram", "1", {"update": "{}"}, "no JSON")
    await wanted_again(office)
    await Retrier(office.database, office.intake, office.clock).round()
    assert [found.reason for found in await some(office, "new")] == ["not_connected"]


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        Incoming, channel=st.just("telegram"), account=st.just("1"), chat=st.just("2"), person=st.just("2"),
        event_key=CLEAN.filter(bool), at=st.datetimes(timezones=st.just(UTC)), kind=st.sampled_from(IncomingKind),
        text=CLEAN, data=CLEAN, phone=st.none(),
        file=st.none() | st.builds(FileRef, ref=CLEAN, media=CLEAN, name=CLEAN, size=st.integers(0, 2**40), mime=CLEAN),
        place=st.none() | st.builds(Place, st.floats(-90, 90), st.floats(-180, 180)),
    )
)  # fmt: skip
def test_an_event_is_read_as_it_was_written(event: Incoming) -> None:
    assert read_event(json.loads(json.dumps(as_json(event)))) == event


def test_the_tally_knows_its_classes() -> None:
    times = Times()
    for seconds in (0.0, 0.005, 0.0051, 11.0):
        times.add(seconds)
    assert (times.classes[0], times.classes[1], times.classes[-1]) == (2, 1, 1)
    assert len(times.classes) == len(BOUNDS) + 1


async def test_intake_counts_what_it_takes(office: Office) -> None:
    await office.says("xin chào")
    breaks(office, "help")
    await office.says("/trogiup")
    assert office.intake.tally.failed["terminal"] == 1
    assert office.intake.tally.taken["terminal", IncomingKind.TEXT] == 1
