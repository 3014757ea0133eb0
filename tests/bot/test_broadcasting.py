"""Broadcasts over their real edges: the outbox on both databases, the worker, the sender, the fake Bot API server."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select

from bot.broadcasting import Broadcaster
from bot.delivery import BROADCASTS_AT_ONCE
from bot.messages import IncomingKind
from bot.pace import Pace
from offices.errors import DomainError
from offices.staff import Role, Staff
from storage import chats, staff
from storage.broadcasts import audience, drafting, records, steps
from storage.broadcasts.feeding import PAGE, WINDOW
from storage.broadcasts.progress import Progress, progress_of
from storage.broadcasts.records import Audience, Draft, State
from storage.database import Database
from storage.tables.broadcasts import broadcast_refusal
from storage.tables.delivery import outbox
from storage.tables.people import chat, person
from tests.bot.office import START, Office
from tests.bot.post_office import ACCOUNT, Post
from tests.fakes.telegram import FakeTelegram

ROOT = Path(__file__).parents[2]
UNIT = "xa-mau.tram-y-te"
TEXT = Draft("Ngày mai mất nước {8} giờ.", "No water tomorrow for {8} hours.", Audience.ALL)
NIGHT = datetime(2026, 11, 16, 14, 0, tzinfo=UTC)  # 21:00 in Vietnam


class Board(Post):
    """A post office with two coordinators and the worker for broadcasts."""

    async def opens(self) -> "Board":
        def job(connection: Connection) -> list[Staff]:
            return [
                staff.add(
                    connection, login=f"tt{number}", name=f"Cán bộ mẫu 0{number}", unit="xa-mau.van-phong",
                    roles=[Role.COORDINATOR], password_hash="x", now=self.office.at, actor="system",
                )
                for number in (1, 2)
            ]  # fmt: skip

        self.writer, self.approver = await self.office.database.write(job)
        self.worker = Broadcaster(self.office.database, self.office.reference, self.office.clock)
        return self

    async def does(self, job: Callable[[Connection], object]) -> None:
        await self.office.database.write(job)

    async def approved(self, draft: Draft = TEXT) -> int:
        def job(connection: Connection) -> int:
            number = drafting.write(connection, draft, self.writer, self.office.at)
            steps.submit(connection, number, self.writer, self.office.at)
            steps.approve(connection, number, self.approver, 1, self.office.at)
            return number

        return await self.office.database.write(job)

    async def strangers(self, number: int) -> None:
        """Make chats that nobody reads."""
        await self.office.database.write(lambda c: add_chats(c, number))

    async def queued(self, number: int) -> int:
        """Have letters to so many strangers wait in the outbox."""
        await self.strangers(number)
        begun = await self.approved()
        await self.works()
        return begun

    async def takes(self, step: Callable[[Connection, int, str, datetime], None], number: int) -> None:
        """Take a step, and give everybody a chance to act upon it."""
        await self.does(lambda connection: step(connection, number, "system", self.office.at))
        await self.works()
        await self.sends()

    async def works(self) -> None:
        while await self.worker.round():
            pass

    async def sends(self) -> None:
        sender = self.sender()
        sender.pacing.bots["telegram", ACCOUNT] = Pace(10_000, 10_000)
        await self.all_rounds(sender)

    async def state(self, number: int) -> State:
        return (await self.office.reads(lambda c: records.by_id(c, number))).state

    async def progress(self, number: int) -> Progress:
        return await self.office.reads(lambda c: progress_of(c, records.by_id(c, number), self.office.at))


def add_chats(connection: Connection, number: int) -> None:
    first = (connection.scalar(select(func.max(person.c.id))) or 0) + 1
    ids = range(first, first + number)
    connection.execute(insert(person), [{"id": each, "created_at": START} for each in ids])
    rows = [
        {
            "channel": "telegram", "account": ACCOUNT, "external_chat": f"7{each:06}", "external_person": f"7{each:06}",
            "person_id": each, "language": "vi", "state": "active", "created_at": START, "last_seen_at": START,
        }
        for each in ids
    ]  # fmt: skip
    connection.execute(insert(chat), rows)


@pytest.fixture
async def board(office: Office) -> AsyncIterator[Board]:
    async with FakeTelegram() as fake:
        made = await Board(office, fake).opens()
        yield made
        await made.close()


async def test_everybody_gets_it_once_in_the_own_language(board: Board) -> None:
    one, _ = await board.phone(1)
    two, second = await board.phone(2)
    await board.does(lambda c: chats.set_language(c, second, "en"))
    number = await board.approved()
    for _ in range(3):
        await board.works()
        await board.sends()

    [said] = one.hears()
    assert said == "📢 Ủy ban nhân dân xã Mẫu\n\nNgày mai mất nước {8} giờ."
    assert two.hears()[0].endswith("\n\nNo water tomorrow for {8} hours.")
    assert two.sees()[-1].buttons == (("No more general messages",),)
    assert await board.state(number) is State.DONE
    assert (await board.progress(number)).sent == 2


async def test_only_some_letters_wait_however_many_chats_there_are(board: Board) -> None:
    await board.strangers(3 * PAGE + 10)
    number = await board.approved()
    await board.works()

    assert len(await board.office.letters()) == WINDOW
    progress = await board.progress(number)
    assert (progress.planned, progress.waiting, progress.sent) == (3 * PAGE + 10, 3 * PAGE + 10, 0)


async def test_pausing_stops_what_is_queued_already_and_resuming_goes_on(board: Board) -> None:
    number = await board.queued(20)
    await board.takes(steps.pause, number)
    assert set(await board.states()) == {"held"}
    assert (await board.progress(number)).waiting == 20

    await board.does(lambda c: steps.resume(c, number, "system", board.office.at))
    for _ in range(2):
        await board.works()
        await board.sends()
    assert set(await board.states()) == {"unreachable"}  # nobody of them has started the bot
    assert await board.state(number) is State.DONE
    assert (await board.progress(number)).unreachable == 20


async def test_a_reply_overtakes_what_waits_for_the_pace_and_a_pause_takes_hold_of_it(board: Board) -> None:
    crowd = [board.fake.person(int(f"7{each:06}")) for each in range(1, 101)]
    for each in crowd:
        each.chat.started = True
    phone, number = await board.phone(5)
    begun = await board.queued(100)
    sender, loop = board.sender(), asyncio.get_running_loop()
    sender.pacing.bots["telegram", ACCOUNT] = Pace(10, 1)
    sending = asyncio.create_task(sender.run())
    try:
        await board.fake.until_called("sendMessage")
        for text in ("một", "hai", "ba"):
            asked = loop.time()
            await board.writes(number, text)
            await phone.reads(text)
            assert loop.time() - asked < 1.0, text
        while len(sender.under_way) > BROADCASTS_AT_ONCE:  # noqa: ASYNC110 - more only at the very beginning
            await asyncio.sleep(0.05)
        await board.does(lambda c: steps.pause(c, begun, "system", board.office.at))
        told = len(board.fake.called("sendMessage"))
        await asyncio.sleep(2.5)
        assert len(board.fake.called("sendMessage")) - told <= BROADCASTS_AT_ONCE
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def test_cancelling_ends_it_for_good(board: Board) -> None:
    number = await board.queued(20)
    await board.takes(steps.cancel, number)
    assert set(await board.states()) == {"cancelled"}
    progress = await board.progress(number)
    assert (progress.waiting, progress.left_out, progress.tried) == (0, 20, 0)
    for step in (steps.resume, steps.pause, steps.cancel):
        with pytest.raises(DomainError, match="broadcast_moved_on"):
            await board.does(partial(step, number=number, actor="system", now=board.office.at))


async def test_a_letter_put_back_while_it_was_paused_waits_too(board: Board) -> None:
    phone, _ = await board.phone()
    number = await board.approved()
    await board.works()
    board.fake.next_answer("sendMessage", status=429, parameters={"retry_after": 1}, delay=0.3)
    sender = board.sender()
    sending = asyncio.create_task(sender.round())
    await board.fake.until_called("sendMessage")
    await board.does(lambda c: steps.pause(c, number, "system", board.office.at))
    await sending
    await board.works()
    board.office.passes(minutes=5)
    await board.sends()
    assert await board.states() == ["held"]
    assert phone.hears() == []


async def test_nobody_is_disturbed_at_night(board: Board) -> None:
    phone, _ = await board.phone()
    board.office.at = NIGHT
    number = await board.approved()
    await board.works()
    assert await board.state(number) is State.APPROVED

    board.office.passes(hours=12)
    await board.works()
    board.office.passes(hours=12)  # the sender was away all day
    await board.works()
    await board.sends()
    assert phone.hears() == []

    board.office.passes(hours=12)
    await board.works()
    await board.sends()
    assert len(phone.hears()) == 1


async def test_what_cannot_wait_for_the_morning_goes_with_its_reason(board: Board) -> None:
    phone, _ = await board.phone()
    board.office.at = NIGHT
    await board.approved(Draft("Lũ về!", "Flood!", Audience.ALL, night_reason="Cảnh báo lũ"))
    await board.works()
    await board.sends()
    assert len(phone.hears()) == 1


async def test_one_press_ends_it_and_two_words_begin_it_again(board: Board) -> None:
    office = board.office
    at: dict[str, Any] = {"channel": "telegram", "account": ACCOUNT}
    await board.phone(1)
    assert await office.reads(lambda c: audience.size(c, TEXT)) == 1
    await office.takes(IncomingKind.PRESS, data="s:news:off", **at)
    assert await office.reads(lambda c: audience.size(c, TEXT)) == 0

    await office.takes(text="Nhan tin", **at)
    assert await office.reads(lambda c: c.scalar(select(func.count()).select_from(broadcast_refusal))) == 0
    await office.takes(text="DỪNG TIN", **at)
    assert await office.reads(lambda c: c.scalar(select(func.count()).select_from(broadcast_refusal))) == 1


async def test_saying_no_calls_back_what_waits_and_keeps_an_open_conversation(board: Board) -> None:
    office = board.office
    _, number = await board.phone(1)
    await office.says("phản ánh")
    await office.presses("Hiện trường")
    begun = await office.open_conversation()
    await board.approved()
    await board.works()
    assert await board.states() == ["queued"]
    await board.does(lambda c: audience.refuse(c, number, office.at))
    assert await board.states() == ["cancelled"]

    said = await office.says("dừng tin")
    assert "không nhận tin chung nữa" in said
    assert "Ta tiếp tục việc" in said
    after = await office.open_conversation()
    assert begun is not None
    assert after is not None
    assert after.id == begun.id


async def test_audiences_of_a_unit(board: Board) -> None:
    office = board.office
    at: dict[str, Any] = {"channel": "telegram", "account": ACCOUNT}
    for number in (1, 2):
        await board.phone(number)
    await office.takes(IncomingKind.START, data="u_xa-mau_tram-y-te", who="2", **at)
    await office.takes(text="5", who="2", **at)

    def sizes(connection: Connection) -> list[int]:
        return [
            audience.size(connection, Draft("x", "x", *wanted))
            for wanted in ((Audience.ALL,), (Audience.RATED, UNIT), (Audience.PETITIONED, UNIT))
        ]

    assert await office.reads(sizes) == [2, 1, 0]


async def test_pages_of_our_own_groups_and_the_unreachable_are_not_written_to(board: Board) -> None:
    office = board.office
    await office.says("xin chào", who="9")
    await office.takes(IncomingKind.GROUP, who="-77", channel="telegram", account=ACCOUNT)
    await board.does(
        lambda c: c.execute(chat.update().where(chat.c.external_chat == "-77").values(external_person="5"))
    )
    _, gone = await board.phone(3)
    await board.does(lambda c: chats.set_state(c, gone, "unreachable"))
    assert await office.reads(lambda c: audience.size(c, TEXT)) == 0


async def test_an_unknown_outcome_is_told_and_never_sent_again(board: Board) -> None:
    phone, _ = await board.phone()
    number = await board.approved()
    await board.works()
    board.fake.next_answer("sendMessage", drop_connection=True, does_it=True)
    await board.sends()
    board.office.passes(hours=1)
    await board.works()
    await board.sends()
    assert len(phone.hears()) == 1
    assert (await board.progress(number)).unknown == 1


async def test_the_pace_and_the_expected_end(board: Board) -> None:
    for each in range(1, 5):
        await board.phone(each)
    await board.strangers(PAGE)
    number = await board.approved()
    await board.works()
    board.office.passes(minutes=1)
    await board.does(_mark_sent)
    progress = await board.progress(number)
    assert (progress.sent, progress.waiting, progress.per_minute) == (4, PAGE, 4)
    # 125 minutes from 09:01 on
    assert progress.expected_end == board.office.at + timedelta(minutes=125)


def _mark_sent(connection: Connection) -> None:
    first = select(outbox.c.id).order_by(outbox.c.id).limit(4)
    now = START + timedelta(seconds=30)
    connection.execute(outbox.update().where(outbox.c.id.in_(first)).values(state="sent", sent_at=now))


async def test_two_workers_write_each_letter_once(board: Board) -> None:
    await board.strangers(2 * PAGE)
    number = await board.approved()
    second = Broadcaster(board.office.database, board.office.reference, board.office.clock)
    while sum(await asyncio.gather(board.worker.round(), second.round())):
        pass
    letters = await board.office.letters()
    assert len({letter["chat_id"] for letter in letters}) == len(letters) == 2 * PAGE
    assert (await board.progress(number)).waiting == 2 * PAGE


WORKER = """
import asyncio, sys
from bot.broadcasting import Broadcaster
from storage.broadcasts import feeding
from storage.database import Database
from storage.reference import ReferenceHolder
from datetime import datetime
feeding.PAGE, feeding.WINDOW = 20, 100_000

async def main():
    database = await Database.open(sys.argv[1])
    worker = Broadcaster(database, ReferenceHolder(), lambda: datetime.fromisoformat(sys.argv[2]))
    print("begins", flush=True)
    while await worker.round():
        pass
    print("ends", flush=True)
    await database.close()

asyncio.run(main())
"""


async def test_a_worker_killed_at_any_line_loses_nobody_and_tells_nobody_twice(
    board: Board, database: Database, database_url: str
) -> None:
    await board.strangers(2000)
    number = await board.approved()
    command = (sys.executable, "-c", WORKER, database_url, board.office.at.isoformat())
    for seconds in (0.05, 0.11, 0.2, None):
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
        assert process.stdout is not None
        assert await process.stdout.readline() == b"begins\n"
        if seconds is not None:
            await asyncio.sleep(seconds)
            process.send_signal(signal.SIGKILL)
        rest = await process.stdout.read()
        await process.wait()
    assert rest == b"ends\n"
    written = await database.read(lambda c: list(c.scalars(select(outbox.c.chat_id))))
    assert len(set(written)) == len(written) == 2000
    assert (await board.progress(number)).waiting == 2000
