"""Events of a kind that is not known: counted once each, few kept, handled by the version that knows them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.zalo.strange import StrangeEvents
from bot.messages import Incoming
from bot.retrying import Retrier
from storage import dead_letters, unknown_events, watched
from storage.dead_letters import UNKNOWN, DeadLetter
from storage.unknown_events import LONGEST_RAW, MOST_KEPT, MOST_KINDS, OTHERS
from tests.bot.office import Office
from tests.conversations.world import everything

OA = "579745863508352884"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def raw(number: int, name: str = "user_send_hologram", **parts: Any) -> dict[str, Any]:
    return {"event_name": name, "message": {"msg_id": f"m{number}", "text": "trợ giúp"}, **parts}


async def keep(office: Office, event: dict[str, Any]) -> None:
    await StrangeEvents(OA, office.database, office.clock).keep(str(event["event_name"]), event)


async def kept(office: Office, state: str = UNKNOWN) -> list[DeadLetter]:
    return await office.reads(lambda c: dead_letters.some(c, state, limit=1000))


async def retried(office: Office, parse: Any) -> None:
    """Have all of them tried again by a version that reads Zalo's events by `parse`."""
    now = office.at
    await office.database.write(lambda c: dead_letters.retry_all(c, now=now, actor="staff:1", state=UNKNOWN))
    await Retrier(office.database, office.intake, office.clock, {"zalo": parse}).round()


async def test_each_is_counted_once_and_few_are_kept(office: Office) -> None:
    for number in range(MOST_KEPT + 5):
        for _ in range(2):  # Zalo brings an event again
            await keep(office, raw(number))
        office.passes(minutes=1)
    [kind] = await office.reads(unknown_events.every)
    assert (kind.name, kind.number) == ("user_send_hologram", MOST_KEPT + 5)
    assert kind.first_at < kind.last_at
    assert len(await kept(office)) == MOST_KEPT
    now = office.at
    await office.database.write(lambda c: watched.note_failures(c, now))
    assert await kept(office, "new") == []  # nothing failed, so no alarm


@ON_SQLITE
async def test_neither_many_kinds_nor_long_ones_fill_the_store(office: Office) -> None:
    def job(connection: Any) -> None:
        for number in range(MOST_KINDS + 3):
            unknown_events.note(connection, "zalo", OA, f"kind_{number}", {"update": "{}"}, office.at)
        unknown_events.note(connection, "zalo", OA, "kind_0", {"update": "x" * (LONGEST_RAW + 1)}, office.at)

    await office.database.write(job)
    numbers = {each.name: each.number for each in await office.reads(unknown_events.every)}
    assert (len(numbers), numbers[OTHERS], numbers["kind_0"]) == (MOST_KINDS + 1, 3, 2)
    assert "x" * 100 not in await office.reads(everything)


@ON_SQLITE
async def test_a_denunciation_in_one_is_not_kept(office: Office) -> None:
    await keep(office, raw(1, message={"text": "Tôi tố cáo một cán bộ nhận hối lộ"}))
    assert "hối lộ" not in await office.reads(everything)
    assert [each.is_withheld for each in await kept(office)] == [True]


@ON_SQLITE
async def test_the_version_that_knows_it_handles_it_once_and_the_others_leave_it(office: Office) -> None:
    await keep(office, raw(1))
    await retried(office, lambda _event: [])
    assert [each.attempts for each in await kept(office)] == [1]

    def knows(event: Any) -> Sequence[Incoming]:
        message = json.loads(json.dumps(event))["message"]
        return [replace(office.event(text=message["text"]), event_key=message["msg_id"])]

    before = len(await office.lines())
    for _ in range(2):
        await retried(office, knows)
    assert (len(await kept(office)), len(await kept(office, "done"))) == (0, 1)
    assert len(await office.lines()) == before + 2  # what was written, and the answer


@ON_SQLITE
async def test_one_can_be_dropped(office: Office) -> None:
    await keep(office, raw(1))
    [found] = await kept(office)
    await office.database.write(lambda c: dead_letters.discard(c, found.id, now=office.at, actor="staff:1"))
    assert await kept(office) == []
