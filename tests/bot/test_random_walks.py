"""Random conversations: presses old and forged, events twice and out of order, restarts between any two of them."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from bot.messages import FileRef, Incoming, IncomingKind, Place
from storage.database import Database
from storage.tables import metadata
from storage.tables.conversations import conversation, event
from storage.tables.delivery import outbox
from storage.tables.ratings import rating
from tests.bot.office import HEALTH, Office
from tests.conversations.world import check_whole

LINES = (
    "5", "1", "2", "3", "rất hài lòng", "satisfied", "bỏ qua", "skip", "quay lại", "back", "hủy", "xong", "không", "có",
    "gửi", "/phananh", "/danhgia", "/tracuu", "/trogiup", "/dulieu", "/ngonngu", "/viec", "english", "tieng viet",
    "tram y te", "kinh te", "đèn đường", "Đèn đường thôn Mẫu hỏng đã ba tuần", "PA-0000-0000-0000", "👍", "",
    "Tôi tố cáo cán bộ nhận hối lộ", "Tôi khiếu nại quyết định xử phạt sai",
)  # fmt: skip
FORGED = ("c1.1.5", "c0.0.-back", "s:case:PA-0000-0000-0000:approve", "s:cases", "s:nothing", "c9z.3.-cancel", "x")
PEOPLE = (("a", "vi"), ("b", "en"))
_walks = itertools.count(1)

steps = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.one_of(
            st.tuples(st.just("says"), st.sampled_from(LINES)),
            st.tuples(st.just("presses"), st.integers(0, 7)),
            st.tuples(st.just("presses old"), st.integers(0, 40)),
            st.tuples(st.just("presses another's"), st.integers(0, 40)),
            st.tuples(st.just("forges"), st.sampled_from(FORGED)),
            st.tuples(st.just("opens"), st.sampled_from((HEALTH, "u_xa-mau_trung-tam", "u_gone", "p_PA-1"))),
            st.tuples(st.just("sends"), st.sampled_from(("file", "place", "sticker", "contact"))),
            st.tuples(st.just("edits"), st.sampled_from(LINES)),
            st.tuples(st.just("again"), st.integers(0, 10)),
            st.tuples(st.just("waits"), st.sampled_from((1, 40, 1500))),
        ),
        st.booleans(),
    ),
    min_size=5,
    max_size=25,
)  # fmt: skip


class Walk:
    """One random walk of two people."""

    def __init__(self, office: Office) -> None:
        self.office, self.number = office, next(_walks)
        self.events: list[Incoming] = []
        self.written: dict[str, str] = {}

    async def all(self, walked: Sequence[Any]) -> None:
        for (who, language), (what, detail), restarts in walked:
            if restarts:
                self.office.rebuild()
            if what == "waits":
                self.office.passes(minutes=detail)
                await self.office.schedule.round()
            elif what == "again":
                await self._again(detail)
            else:
                await self._step(f"{who}{self.number}", language, what, detail)
        await self._check()

    async def _step(self, who: str, language: str, what: str, detail: Any) -> None:
        parts = await self._parts(who, what, detail)
        made = self.office.event(who=who, language=language, **parts)
        if what == "says":
            self.written[who] = made.message_ref or ""
        before = len(await self.office.lines(who))
        await self.office.intake.accept(made)
        self.events.append(made)
        said = [line for line in (await self.office.lines(who))[before:] if not line.own]
        assert said or what.startswith("presses") or detail == "", (what, detail)

    async def _again(self, back: int) -> None:
        """Deliver an old event once more: nothing happens."""
        if not self.events:
            return
        old = self.events[-1 - back % len(self.events)]
        before = await self.office.lines(old.chat)
        await self.office.intake.accept(old)
        assert await self.office.lines(old.chat) == before

    async def _parts(self, who: str, what: str, detail: Any) -> dict[str, Any]:
        match what:
            case "says":
                return {"text": detail}
            case "opens":
                return {"kind": IncomingKind.START, "data": detail}
            case "edits":
                return {"kind": IncomingKind.EDIT, "text": detail, "message_ref": self.written.get(who, "none")}
            case "forges":
                return {"kind": IncomingKind.PRESS, "data": detail}
            case "sends":
                return SENT[detail]
            case _:
                return {"kind": IncomingKind.PRESS, "data": await self._data(who, what, detail)}

    async def _data(self, who: str, what: str, number: int) -> str:
        owner = who if what != "presses another's" else f"{'b' if who[0] == 'a' else 'a'}{self.number}"
        shown = [line.body.get("buttons", ()) for line in await self.office.lines(owner)]
        keyboards = [buttons for buttons in shown if buttons]
        if what == "presses":
            keyboards = keyboards[-1:]
        buttons = [button["data"] for keyboard in keyboards for button in keyboard]
        return str(buttons[number % len(buttons)]) if buttons else "c1.1.1"

    async def _check(self) -> None:
        """Check what must hold after any walk."""
        await self.office.reads(check_whole)
        await self.office.reads(_is_once)
        for who, _ in PEOPLE:
            await self._replays(f"{who}{self.number}")

    async def _replays(self, who: str) -> None:
        """Check that the journal leads to the question asked last, also in a process that knows nothing else."""
        before = await self.office.open_conversation(who)
        if before is None:
            return
        self.office.rebuild()
        await self.office.takes(IncomingKind.UNSUPPORTED, who=who)
        after = await self.office.open_conversation(who)
        assert after is not None
        assert (after.asked, after.journal) == (before.asked, before.journal)


SENT: dict[str, dict[str, Any]] = {
    "file": {"kind": IncomingKind.FILE, "file": FileRef("0" * 32 + ".png", "photo", "ảnh.png", 100, "image/png")},
    "place": {"kind": IncomingKind.LOCATION, "place": Place(21.0, 105.8)},
    "sticker": {"kind": IncomingKind.UNSUPPORTED},
    "contact": {"kind": IncomingKind.CONTACT, "phone": "+84900000000"},
}


def _is_once(connection: Connection) -> None:
    """Assert one rating per person, subject, questionnaire and round; one open conversation per chat."""
    key = (rating.c.person_id, rating.c.subject, rating.c.questionnaire, rating.c.round)
    assert connection.execute(select(*key).group_by(*key).having(func.count() > 1)).all() == []
    opened = connection.scalars(select(conversation.c.chat_id).where(conversation.c.status == "open")).all()
    assert max(Counter(opened).values(), default=1) == 1


@given(walked=steps)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_walk_breaks_anything(database_url: str, walked: Sequence[Any]) -> None:
    asyncio.run(_walk(database_url, walked))


async def _walk(url: str, walked: Sequence[Any]) -> None:
    database = await Database.open(url)
    try:
        office = Office(database)
        if await database.write(_make_tables):
            await office.install()
        await Walk(office).all(walked)
    finally:
        await database.close()


def _make_tables(connection: Connection) -> bool:
    """Make the tables in the first example; say whether they were made."""
    if connection.dialect.has_table(connection, "event"):
        return False
    metadata.create_all(connection)
    return True


async def test_two_workers_with_duplicates_have_each_effect_once(database: Database, database_url: str) -> None:
    """Forty people rate at once; every event comes to both workers, some twice, in any order between people."""
    one = await Office(database).install()
    beside = await Database.open(database_url) if database.dialect == "postgresql" else database
    two = Office(beside)
    chance = random.Random(20261116)  # noqa: S311 - a fixed order, no secret
    people = [f"p{number}" for number in range(40)]
    told: list[dict[str, Any]] = [
        {"kind": IncomingKind.START, "data": HEALTH}, {"text": "4"}, {"text": "bỏ qua"}, {"text": "không"}
    ]  # fmt: skip
    for parts in told:
        made = [one.event(who=who, channel="telegram", account="1", **parts) for who in people]
        deliveries = [each for each in made for _ in range(3)]
        chance.shuffle(deliveries)
        await asyncio.gather(*(chance.choice((one, two)).intake.accept(each) for each in deliveries))
    if beside is not database:
        await beside.close()

    await one.reads(check_whole)
    counted = await one.reads(
        lambda c: [c.scalar(select(func.count()).select_from(table)) for table in (event, rating, outbox)]
    )
    assert counted == [160, 40, 160]
    assert await one.reads(lambda c: set(c.scalars(select(rating.c.state)))) == {"finished"}
