"""Scripts kept where they stand: the same rows and words as if every reply played all anew."""

import asyncio
import itertools
import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Connection, select

from bot.asking_content import write
from bot.dialogue import NOTHING, Answering, Play
from bot.effects import Next, Reply, Script, Text
from bot.handlers.rating import rate
from bot.journal import Entry
from bot.live import Live
from bot.messages import Incoming, IncomingKind
from bot.scenes import Scene, ScriptSpec
from bot.scripts import SCRIPTS
from storage.conversations import Conversation
from storage.database import Database
from storage.tables import metadata
from storage.tables.ratings import answer
from tests.bot.office import HEALTH, START, Office
from tests.bot.test_random_walks import Walk, steps


class Repeatable(Office):
    """An office that draws the same codes each time; restarted, it knows nothing of what it has played."""

    def rebuild(self) -> None:
        super().rebuild()
        self.drawn = getattr(self, "drawn", None) or random.Random(1)  # noqa: S311 - the same each time
        self.intake = replace(self.intake, random_bits=self.drawn.getrandbits)


class TwoWorkers(Repeatable):
    """Instead of being restarted it goes on with the other of two processes, which knows what it played before."""

    _others: tuple[Any, ...] | None = None

    def rebuild(self) -> None:
        mine = tuple(getattr(self, name, None) for name in ("reference", "talk", "intake", "schedule"))
        if self._others is None:
            super().rebuild()
        else:
            self.reference, self.talk, self.intake, self.schedule = self._others
        self._others = mine if mine[0] else None


class Twin(Walk):
    """A walk that comes out the same in another office."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self.number, self.keys = 0, itertools.count(1)

    async def _parts(self, who: str, what: str, detail: Any) -> dict[str, Any]:
        key = f"k{next(self.keys)}"
        return {"event_key": key, "message_ref": key, **await super()._parts(who, what, detail)}

    async def _check(self) -> None:
        """Look at nothing: what must hold after any walk is looked at elsewhere."""


def _rows(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {table.name: [tuple(row) for row in connection.execute(select(table))] for table in metadata.sorted_tables}


async def _walked(office: Office, walked: Sequence[Any]) -> dict[str, list[tuple[Any, ...]]]:
    await office.install()
    await Twin(office).all(walked)
    return await office.reads(_rows)


async def _rows_of_both(template: Path, folder: Path, walked: Sequence[Any]) -> list[dict[str, list[tuple[Any, ...]]]]:
    anew = [(who, what, True) for who, what, _ in walked]
    found = []
    for kind, steps_of_it in ((Repeatable, anew), (TwoWorkers, walked)):
        database = await Database.open(f"sqlite:///{shutil.copy(template, folder / f'{kind.__name__}.db')}")
        try:
            found.append(await _walked(kind(database), steps_of_it))
        finally:
            await database.close()
    return found


@given(walked=steps)
@settings(max_examples=5, suppress_health_check=list(HealthCheck))
def test_two_processes_that_keep_scripts_write_what_one_writes_that_plays_all_anew(
    sqlite_template: Path, tmp_path: Path, walked: Sequence[Any]
) -> None:
    anew, kept = asyncio.run(_rows_of_both(sqlite_template, tmp_path, walked))
    assert kept == anew


async def test_what_an_undone_transaction_said_is_not_gone_on_with(office: Office) -> None:
    """Two workers: the first takes a score and is undone, the second takes another, the first goes on."""
    beside = Office(office.database)
    await office.opens(HEALTH)

    def undone(connection: Connection) -> None:
        office.intake.handle(connection, office.event(text="1"))
        raise LookupError("undone")

    with pytest.raises(LookupError):
        await office.database.write(undone)
    await beside.says("5")
    assert "Đánh giá đã được ghi nhận" in await office.says("bỏ qua")
    scores = await office.reads(
        lambda c: c.execute(select(answer.c.item, answer.c.score).order_by(answer.c.item)).all()
    )
    assert [tuple(row) for row in scores] == [("comment", None), ("overall", 5)]


async def test_events_that_were_undone_with_anothers_come_out_the_same(office: Office) -> None:
    """A job that fails undoes all that share its commit; they run again, and what they had played is past."""
    people = [str(number) for number in range(12)]

    async def fails() -> None:
        def job(_connection: Connection) -> None:
            raise LookupError("mine alone")

        with pytest.raises(LookupError):
            await office.database.write(job)

    async def all_say(**parts: Any) -> None:
        events: list[Incoming] = [office.event(who=who, **parts) for who in people]
        await asyncio.gather(*(office.intake.accept(each) for each in events[:6]), fails(), fails())
        await asyncio.gather(*(office.intake.accept(each) for each in events[6:]), fails())

    await all_say(kind=IncomingKind.START, data=HEALTH)
    for text in ("4", "bỏ qua"):
        await all_say(text=text)
    found = await office.reads(lambda c: c.execute(select(answer.c.item, answer.c.score)).all())
    assert sorted(map(repr, found)) == sorted(["('comment', None)", "('overall', 4)"] * len(people))
    assert await office.dead_letters() == []


def _two_questions() -> Script[None]:
    yield from write("first", Text("q.first"), longest=50)
    yield from write("second", Text("q.second"), longest=50)


def _standing(number: int) -> tuple[Conversation, Play]:
    """Return a script at its second question, and its conversation as it is stored."""
    play = Play(_two_questions())
    for answering in (NOTHING, Answering(Reply("một"))):
        turn = play.turn(answering, perform=lambda _: None, match=lambda _typed, _options: None)
    journal = [entry.to_json() for entry in turn.journal]
    return Conversation(number, 1, "sample", {}, journal, "second", 2, START), play


def test_a_script_is_gone_on_with_only_where_what_is_stored_is_what_it_stands_at() -> None:
    stored, play = _standing(1)
    live = Live()
    for other, scene in (
        (replace(stored, journal=[["first", "hai", "answer", None]]), "scene"),
        (replace(stored, journal=[]), "scene"),
        (replace(stored, script="other"), "scene"),
        (replace(stored, id=2), "scene"),
        (stored, "another day"),
    ):
        live.keep(stored, "scene", play)
        assert live.take(other, scene) is None
    live.keep(stored, "scene", play)
    assert live.take(stored, "scene") is play
    assert live.take(stored, "scene") is None, "whoever has it goes on with it alone"


def test_a_script_whose_answer_was_changed_in_the_middle_is_not_kept() -> None:
    stored, _ = _standing(1)
    play = Play(_two_questions(), [Entry.from_json(line) for line in stored.journal])
    play.turn(Answering(Reply("khác"), edits="first"), perform=lambda _: None, match=lambda _typed, _options: None)
    live = Live()
    live.keep(stored, "scene", play)
    assert live.take(stored, "scene") is None


def test_those_kept_longest_go_when_there_are_too_many() -> None:
    live = Live(most=2)
    standing = [_standing(number) for number in range(3)]
    for stored, play in standing:
        live.keep(stored, "scene", play)
    assert [live.take(stored, "scene") is play for stored, play in standing] == [False, True, True]


async def test_a_reply_does_not_play_again_what_was_said_before(office: Office) -> None:
    begun = []

    def counted(scene: Scene) -> Script[Next | None]:
        begun.append(scene)
        return rate(scene)

    office.scripts = {**SCRIPTS, "rating": ScriptSpec("rating", counted)}
    office.rebuild()
    await office.opens(HEALTH)
    for text in ("bảy", "4", "bỏ qua", "không"):
        await office.says(text)
    assert len(begun) == 1
    await office.opens(HEALTH, who="2")
    office.rebuild()
    await office.says("4", who="2")
    assert len(begun) == 3
