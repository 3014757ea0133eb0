"""The life of a broadcast before it goes out, on both databases: written, changed, submitted, approved by another."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from offices.errors import DomainError
from offices.presets import load_preset
from offices.staff import Role, Staff
from storage import chats, staff, units
from storage.broadcasts import drafting, records, steps
from storage.broadcasts.records import Audience, Broadcast, Draft, State
from storage.chats import Caller
from storage.database import Database
from storage.tables.audit import audit
from storage.tables.broadcasts import broadcast

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
TEXT = Draft("Mai mất nước.", "No water tomorrow.", Audience.ALL)
OTHER = replace(TEXT, text_vi="Mai mất điện.")


@dataclass
class Desk:
    """Two coordinators over one database; one reader."""

    database: Database
    writer: Staff
    reader: Staff

    async def does(self, job: Callable[[Connection], object]) -> None:
        await self.database.write(job)

    async def refused(self, job: Callable[[Connection], object], key: str) -> None:
        with pytest.raises(DomainError) as told:
            await self.database.write(job)
        assert told.value.key == key

    async def written(self, draft: Draft = TEXT, *, submitted: bool = False) -> int:
        number = await self.database.write(lambda c: drafting.write(c, draft, self.writer, NOW))
        if submitted:
            await self.does(lambda c: steps.submit(c, number, self.writer, NOW))
        return number

    async def found(self, number: int) -> Broadcast:
        return await self.database.read(lambda c: records.by_id(c, number))


@pytest.fixture
async def desk(database: Database) -> Desk:
    def job(connection: Connection) -> list[Staff]:
        units.install_preset(connection, load_preset("commune-2025"), now=NOW)
        chats.welcome(connection, Caller("telegram", "bot", "7", "7", "vi", name="Người nhận mẫu 01"), NOW)
        return [
            staff.add(
                connection, login=f"tt{number}", name=f"Cán bộ mẫu 0{number}", unit="xa-mau.van-phong",
                roles=[Role.COORDINATOR], password_hash="x", now=NOW, actor="system",
            )
            for number in (1, 2)
        ]  # fmt: skip

    return Desk(database, *await database.write(job))


@pytest.mark.parametrize(
    ("draft", "key"),
    [
        (Draft("Xin chào", " \u200b", Audience.ALL), "broadcast_text_missing"),
        (Draft("\n\t ", "x", Audience.ALL), "broadcast_text_missing"),
        (Draft("x" * 2001, "x", Audience.ALL), "broadcast_text_too_long"),
        (Draft("📢" * 1001, "x", Audience.ALL), "broadcast_text_too_long"),
        (Draft("x", "x", Audience.RATED), "broadcast_unit_missing"),
        (Draft("x", "x", Audience.RATED, "nowhere"), "unit_unknown"),
    ],
)
async def test_what_cannot_be_sent_is_no_draft(desk: Desk, draft: Draft, key: str) -> None:
    await desk.refused(lambda c: drafting.check(c, draft), key)
    number = await desk.written()
    await desk.refused(lambda c: drafting.change(c, number, draft, desk.writer, 1, NOW), key)
    assert (await desk.found(number)).draft == TEXT


async def test_a_draft_is_changed_until_it_is_submitted_by_its_writer_alone(desk: Desk) -> None:
    number = await desk.written()
    await desk.refused(lambda c: drafting.change(c, number, OTHER, desk.reader, 1, NOW), "broadcast_not_yours")
    await desk.refused(lambda c: steps.submit(c, number, desk.reader, NOW), "broadcast_not_yours")
    await desk.does(lambda c: drafting.change(c, number, OTHER, desk.writer, 1, NOW))
    found = await desk.found(number)
    assert (found.draft, found.revision) == (OTHER, 2)
    # another window of the same person still shows the first words
    await desk.refused(lambda c: drafting.change(c, number, TEXT, desk.writer, 1, NOW), "broadcast_changed")

    await desk.does(lambda c: steps.submit(c, number, desk.writer, NOW))
    await desk.refused(lambda c: drafting.change(c, number, TEXT, desk.writer, 2, NOW), "broadcast_moved_on")
    await desk.refused(lambda c: steps.submit(c, number, desk.writer, NOW), "broadcast_moved_on")
    assert (await desk.found(number)).draft == OTHER


async def test_only_another_person_approves_and_only_what_was_submitted(desk: Desk) -> None:
    number = await desk.written()
    await desk.refused(lambda c: steps.approve(c, number, desk.reader, 1, NOW), "broadcast_moved_on")
    await desk.does(lambda c: steps.submit(c, number, desk.writer, NOW))
    await desk.refused(lambda c: steps.approve(c, number, desk.writer, 1, NOW), "broadcast_own")
    await desk.does(lambda c: steps.approve(c, number, desk.reader, 1, NOW))
    await desk.refused(lambda c: steps.approve(c, number, desk.reader, 1, NOW), "broadcast_moved_on")
    assert (await desk.found(number)).state is State.APPROVED
    own = update(broadcast).where(broadcast.c.id == number).values(approved_by=desk.writer.id)
    with pytest.raises(IntegrityError):
        await desk.does(lambda c: c.execute(own).close())


async def test_what_is_approved_is_what_was_read(desk: Desk) -> None:
    number = await desk.written(submitted=True)
    await desk.does(lambda c: steps.give_back(c, number, f"staff:{desk.writer.id}", NOW))
    await desk.does(lambda c: drafting.change(c, number, OTHER, desk.writer, 1, NOW))
    await desk.does(lambda c: steps.submit(c, number, desk.writer, NOW))
    await desk.refused(lambda c: steps.approve(c, number, desk.reader, 1, NOW), "broadcast_changed")
    await desk.does(lambda c: steps.approve(c, number, desk.reader, 2, NOW))
    await desk.refused(lambda c: steps.give_back(c, number, "system", NOW), "broadcast_moved_on")
    taken = await desk.database.read(
        lambda c: list(c.scalars(select(audit.c.action).where(audit.c.subject == f"broadcast:{number}")))
    )
    assert taken == [f"broadcast.{s}" for s in ("write", "submitted", "drafted", "change", "submitted", "approved")]


async def test_nobody_to_read_it(desk: Desk) -> None:
    empty = Draft("x", "x", Audience.RATED, "xa-mau.tram-y-te")
    number = await desk.written(empty)
    await desk.refused(lambda c: steps.submit(c, number, desk.writer, NOW), "broadcast_nobody")
    submitted = await desk.written(submitted=True)
    await desk.does(lambda c: chats.set_state(c, 1, "unreachable"))
    await desk.refused(lambda c: steps.approve(c, submitted, desk.reader, 1, NOW), "broadcast_nobody")


async def test_a_draft_and_what_was_submitted_can_be_cancelled(desk: Desk) -> None:
    for submitted in (False, True):
        number = await desk.written(submitted=submitted)
        await desk.does(partial(steps.cancel, number=number, actor="system", now=NOW))
        assert (await desk.found(number)).state is State.CANCELLED
