"""Letters on their way through Zalo: windows, money, templates, night, quotas, and waiting for the person."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, insert, select, update

from bot import outcomes
from bot.channels.zalo.carrier import ZaloCarrier
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.client import NoToken, Token, ZaloClient
from bot.channels.zalo.in_template import kind_of
from bot.channels.zalo.listing import TemplateList, template_of
from bot.channels.zalo.routes import Policy
from bot.delivery import Sender
from bot.letters import in_words
from bot.messages import IncomingKind, SendOutcome, SendResult
from bot.words import Words, load_texts
from offices.staff import Role
from storage import (
    channel_states,
    chats,
    claims,
    outbox,
    phone_consent,
    staff,
    watched,
    windows,
    zalo_attempts,
    zalo_templates,
    zalo_tokens,
)
from storage.chats import Caller
from storage.database import Database, StoreUnavailable
from storage.facts import Param, Ref
from storage.outbox import Urgency
from storage.tables.delivery import outbox as outbox_table
from storage.tables.staff import staff_chat
from storage.tables.zalo import zalo_attempt
from storage.vault import Vault
from storage.zalo_tokens import Pair
from tests.bot.channels.test_zalo_sending import GoodToken, channel_over, client_of
from tests.bot.office import Office
from tests.codes import VAULT
from tests.fakes.zalo import FakeZalo, Phone, Template
from tests.fakes.zalo import Param as TemplateParam

T = TypeVar("T")
CS, BY_UID, BY_PHONE = "/v3.0/oa/message/cs", "/v3.0/oa/message/template", "/message/template"
NUMBER = "84912345678"
NEVER_HOUR = datetime(9000, 1, 1, tzinfo=UTC)
CODE = "PA-0000-0000-0001"
UPDATE = Template(
    "101", "Cập nhật phản ánh",
    (TemplateParam("ma_ho_so", 20), TemplateParam("trang_thai", 30), TemplateParam("ngay_cap_nhat", 10)),
)  # fmt: skip
BILLED = Policy(may_cost=True, cap=1000)


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copyfile(sqlite_template, tmp_path / "langnghe.db")
    return f"sqlite:///{tmp_path}/langnghe.db"


class Blinking(Database):
    """A store that is away at the calls of these numbers, the first being 1; or something happens before them."""

    away: Collection[int] = ()
    before: Mapping[int, Callable[[], Awaitable[None]]] = MappingProxyType({})
    calls = 0

    async def read(self, job: Callable[[Connection], T]) -> T:
        await self._blink()
        return await super().read(job)

    async def write(self, job: Callable[[Connection], T]) -> T:
        await self._blink()
        return await super().write(job)

    async def _blink(self) -> None:
        self.calls += 1
        if self.calls in self.away:
            raise StoreUnavailable("away")
        if self.calls in self.before:
            await self.before[self.calls]()


@dataclass
class World:
    """An office with an Official Account and one person who wrote once, at the office's beginning."""

    office: Office
    fake: FakeZalo
    channel: ZaloChannel
    phone: Phone
    chat: int
    token: GoodToken

    def sender(self, policy: Policy = BILLED, blinking: Database | None = None) -> Sender:
        """Return a sender of a new process; `blinking` is what its carrier sees of the store."""
        words = Words(load_texts(), self.office.reference.name_of)
        database, clock = self.office.database, self.office.clock
        seen = blinking or database
        carrier = ZaloCarrier(self.channel, seen, words, VAULT, policy, clock)
        return Sender(database, {"zalo": carrier}, words, clock)

    async def also_tells(self, number: int, *, hours: float | None = None) -> None:
        """Put news into the outbox for a person of this number, who wrote so many `hours` ago (below 0), or never."""
        account, phone = self.channel.account, self.fake.person(number)
        caller = Caller("zalo", account, phone.person.id, phone.person.id, "vi")
        self.chat = (await self.office.database.write(lambda c: chats.welcome(c, caller, self.office.at))).id
        if hours is not None:
            phone.person.last = wrote = self.office.at + timedelta(hours=hours)
            await self.office.database.write(lambda c: windows.interacted(c, self.chat, wrote))
        await self.tells(number=number)

    async def alarm(self, way: str) -> str | None:
        """Return the problem told of a way that costs."""
        place = ("zalo", f"{self.channel.account}:{'templates' if way == 'template' else way}")
        found = await self.office.database.read(lambda c: channel_states.find(c, *place))
        return found.problem if found else None

    async def tells(
        self, key: str = "petition_answered", number: int = 1, urgency: Urgency = Urgency.NOTICE, **facts: str
    ) -> None:
        """Put news of a petition into the outbox."""
        params: dict[str, Param] = {
            "code": CODE,
            "unit": Ref("unit", "xa-mau.kinh-te"),
            "text": "chuyện riêng",
            "due_on": "x",
            **facts,
        }
        await self.office.database.write(
            lambda c: outbox.put(
                c, chat_id=self.chat, key=key, params=params, unique_key=f"{key}:{number}", urgency=urgency,
                now=self.office.at,
            )
        )  # fmt: skip

    async def lists(self, template: Template = UPDATE, news: str = "petition") -> None:
        """Have a template listed by Zalo and chosen."""
        self.fake.template(template)
        database = self.office.database
        later(self, hours=2)
        await TemplateList(self.channel.account, self.channel.client, database, self.office.clock).round()
        now = self.office.at
        await database.write(lambda c: zalo_templates.choose(c, {news: template.id}, actor="staff:1", now=now))

    async def writes(self) -> None:
        """Let the person write again."""
        await self.phone.types("xin chào")
        event = self.office.event(
            IncomingKind.TEXT, who=self.phone.person.id, channel="zalo", account=self.channel.account, text="trợ giúp"
        )
        await self.office.intake.accept(event)

    async def states(self) -> list[str]:
        query = select(outbox_table.c.state).where(outbox_table.c.body["notice"].as_string().is_not(None))
        return await self.office.database.read(lambda c: list(c.scalars(query.order_by(outbox_table.c.id))))

    async def attempts(self) -> list[tuple[str, str, int]]:
        query = select(zalo_attempt.c.way, zalo_attempt.c.outcome, zalo_attempt.c.price).order_by(zalo_attempt.c.id)
        return await self.office.database.read(lambda c: [tuple(row) for row in c.execute(query)])

    async def leaves_number(self, number: str = NUMBER) -> int:
        """Let the person consent to news at a telephone number; return who it is."""
        self.phone.person.phone = NUMBER

        def give(connection: Connection) -> int:
            person = chats.by_id(connection, self.chat).person_id
            phone_consent.give(connection, VAULT, person, f"+{number}", self.office.at)
            return person

        return await self.office.database.write(give)

    def heard(self) -> list[str]:
        return [seen.text for seen in self.phone.sees() if seen.from_oa]


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    office = await Office(database).install()
    async with FakeZalo(clock=office.clock) as fake:
        phone = fake.person(1)
        await phone.types("xin chào")
        account = fake.console.oa_id
        token = GoodToken(fake.world.oauth.issue().access)
        channel = channel_over(fake, client_of(fake, token, timeout=1), tmp_path / "files")
        caller = Caller("zalo", account, phone.person.id, phone.person.id, "vi")
        found = await database.write(lambda c: chats.welcome(c, caller, office.at))
        await database.write(lambda c: windows.interacted(c, found.id, office.at))
        yield World(office, fake, channel, phone, found.id, token)
        await channel.close()


@pytest.fixture
async def blinking(database_url: str) -> AsyncIterator[Blinking]:
    opened = await Blinking.open(database_url)
    assert isinstance(opened, Blinking)
    yield opened
    await opened.close()


def later(world: World, **length: float) -> None:
    """Let time pass with a token that is good then."""
    world.office.passes(**length)
    world.token.value = world.fake.world.oauth.issue().access


async def test_within_two_days_everything_is_free_and_no_attempt_is_written(world: World) -> None:
    await world.tells()
    later(world, hours=47)
    await world.sender().round()
    assert await world.states() == ["sent"]
    assert "chuyện riêng" in world.heard()[-1]
    assert await world.attempts() == []
    assert world.fake.world.charged == []


async def test_what_is_kept_for_an_official_is_signed_as_received(world: World) -> None:
    office, account = world.office, world.channel.account
    on = {"who": world.phone.person.id, "channel": "zalo", "account": account}
    await office.intake.accept(office.event(IncomingKind.BY_HAND, **on))
    written = await world.phone.types("Tôi kể rõ hơn")
    await office.intake.accept(office.event(IncomingKind.TEXT, text="Tôi kể rõ hơn", **{**on, "message_ref": written}))
    await world.sender().round()
    assert world.phone.sees()[-1].reaction == "/-strong"
    assert world.heard() == []


async def test_between_two_and_seven_days_it_costs_and_is_written_down(world: World) -> None:
    later(world, days=3)
    await world.tells()
    await world.sender().round()
    assert await world.states() == ["sent"]
    assert await world.attempts() == [("billed", "sent", 55)]
    assert [price for _, price in world.fake.world.charged] == [55]


@pytest.mark.parametrize("text", ["\n\n".join(["x" * 1100] * 4), "🏠" * 1500])
async def test_of_a_message_in_parts_each_is_written_down(world: World, text: str) -> None:
    later(world, days=3)
    await world.tells(text=text)
    await world.sender().round()
    assert await world.states() == ["sent"]
    paid = sum(price for _, price in world.fake.world.charged)
    assert paid > 55
    assert await world.attempts() == [("billed", "sent", paid)]


async def test_where_nothing_may_cost_the_letter_waits_and_goes_when_the_person_writes(world: World) -> None:
    later(world, days=3)
    for number in range(3):
        await world.tells(number=number, text=f"tin {number}")
    sender = world.sender(Policy(may_cost=False, cap=0))
    for _ in range(3):
        await sender.round()
    assert await world.states() == ["held"] * 3
    assert world.fake.called(CS) == []
    await world.writes()
    for _ in range(6):
        await sender.round()
        world.office.passes(seconds=6)
    assert await world.states() == ["sent"] * 3
    told = [text for text in world.heard() if "trả lời phản ánh" in text]
    assert [text.split("\n\n")[1] for text in told] == ["tin 0", "tin 1", "tin 2"]


async def test_after_seven_days_an_approved_template_tells_it_without_a_word_of_content(world: World) -> None:
    later(world, days=9)
    await world.lists()
    await world.tells()
    await world.sender().round()
    assert await world.states() == ["sent"]
    assert await world.attempts() == [("template", "sent", 200)]
    assert world.heard()[-1] == f"Cập nhật phản ánh\n{CODE}\nĐã có trả lời\n25/11/2026"
    assert world.fake.called(CS) == []


async def test_a_window_that_zalo_sees_otherwise_than_we_leads_to_the_template(world: World) -> None:
    await world.lists()
    world.phone.person.last = world.office.at - timedelta(days=30)
    await world.tells()
    await world.sender().round()
    assert await world.attempts() == [("template", "sent", 200)]


@pytest.mark.parametrize("policy", [BILLED, Policy(may_cost=False, cap=0)])
async def test_what_zalo_takes_money_for_in_a_window_that_should_be_free_is_written_down(
    world: World, policy: Policy
) -> None:
    world.phone.person.last = world.office.at - timedelta(days=3)
    for number, text in enumerate(["ngắn", "x" * 1900 + "\n\n" + "y" * 1900]):
        await world.tells(number=number, text=text)
    sender = world.sender(policy)
    await sender.round()
    await sender.round()
    assert await world.states() == ["sent", "sent"]
    paid = sum(price for _, price in world.fake.world.charged)
    attempts = await world.attempts()
    assert {attempt[:2] for attempt in attempts} == {("billed", "sent")}
    assert sum(price for *_, price in attempts) == paid > 110


async def test_the_paid_beginning_of_what_should_be_free_is_written_down_though_its_end_is_refused(
    world: World,
) -> None:
    world.phone.person.last = world.office.at - timedelta(days=3)
    await world.tells(text="x " * 1500)
    world.fake.next_answer(CS)
    world.fake.next_answer(CS, error=-201)
    await world.sender().round()
    assert await world.states() == ["refused"]
    assert [price for _, price in world.fake.world.charged] == [55]
    assert await world.attempts() == [("billed", "sent", 110)], "more rather than less"


async def test_what_was_paid_is_written_down_once_however_often_the_store_is_asked(world: World) -> None:
    note = partial(
        zalo_attempts.note_paid, chat_id=world.chat, price=55, now=world.office.at, message_id="a1b2"
    )  # fmt: skip
    for _ in range(2):  # the answer to a commit may be lost
        await world.office.database.write(note)
    assert await world.attempts() == [("billed", "sent", 55)]


async def test_without_a_template_it_waits(world: World) -> None:
    later(world, days=9)
    await world.tells()
    await world.sender().round()
    assert await world.states() == ["held"]
    assert await world.attempts() == []


async def test_at_night_a_template_waits_for_the_morning_and_holds_up_no_reply(world: World) -> None:
    later(world, days=9)
    await world.lists()
    later(world, hours=10)  # 21:00 in Vietnam
    await world.tells()
    sender = world.sender()
    await sender.round()
    assert await world.states() == ["held"]
    assert await world.attempts() == []
    later(world, hours=1)
    now = world.office.at
    await world.office.database.write(lambda c: watched.note_backlog(c, now))
    backlog = await world.office.database.read(lambda c: channel_states.find(c, *channel_states.OUTBOX))
    assert backlog is not None
    assert backlog.problem is None  # it waits as it should: nobody need look after it
    later(world, hours=10, minutes=1)
    await sender.round()
    assert await world.states() == ["sent"]
    assert await world.attempts() == [("template", "sent", 200)]


async def test_who_writes_at_night_is_answered_and_told_what_waits_for_the_morning(world: World) -> None:
    later(world, days=9)
    await world.lists()
    later(world, hours=10)  # 21:00 in Vietnam
    await world.tells()
    sender = world.sender()
    await sender.round()
    later(world, hours=1)
    await world.tells(number=2, text="tin thứ hai")  # does not wait behind the first
    await world.writes()
    for _ in range(4):
        await sender.round()
        later(world, seconds=6)
    assert await world.states() == ["sent", "sent"]
    assert len(world.heard()) == 3
    assert await world.attempts() == []


async def test_news_that_waited_a_whole_season_is_told_when_the_person_writes(world: World) -> None:
    later(world, days=9)
    await world.tells()
    sender = world.sender()
    await sender.round()
    later(world, days=100)
    await sender.round()
    assert await world.states() == ["held"]
    await world.writes()
    for _ in range(3):
        await sender.round()
        later(world, seconds=6)
    assert await world.states() == ["sent"]


async def test_news_put_off_hour_by_hour_for_a_month_waits_for_the_person_and_is_not_lost(world: World) -> None:
    later(world, days=9)
    await world.lists()
    await world.tells()
    world.fake.next_answer(BY_UID, times=5, error=-321)
    sender = world.sender()
    for hours in (10 * 24, 20 * 24 - 1, 1, 24):
        await sender.round()
        later(world, hours=hours)
    row = await world.office.database.read(lambda c: c.execute(select(outbox_table)).one())
    assert (row.state, row.not_before >= NEVER_HOUR) == ("held", True)
    await world.writes()
    for _ in range(3):
        await sender.round()
        later(world, seconds=6)
    assert (await world.states())[0] == "sent"


async def test_a_reminder_that_waits_lapses_in_its_day(world: World) -> None:
    later(world, days=9)
    database = world.office.database
    await world.tells("petition_moved", urgency=Urgency.REMINDER)
    sender = world.sender()
    await sender.round()
    assert await database.read(outbox.count_held) == 1
    later(world, hours=25)
    await sender.round()
    assert await world.states() == ["expired"]
    assert await database.read(outbox.count_held) == 0


async def test_who_writes_while_a_letter_is_being_refused_gets_it_at_once(world: World) -> None:
    world.phone.person.last = world.office.at - timedelta(days=30)  # as Zalo sees it: no window, so it refuses
    await world.tells()
    sender = world.sender(Policy(may_cost=False, cap=0))
    claim = await sender.database.write(
        lambda c: claims.claim(c, now=world.office.at, lease=timedelta(seconds=90), token="t" * 32, limit=1)
    )
    refused = await sender.channels["zalo"].send(world.phone.person.id, in_words(claim[0], sender.words))
    assert refused.outcome is SendOutcome.PARKED
    await world.writes()
    now = world.office.at
    await sender.database.write(lambda c: outcomes.write(c, claim[0], "t" * 32, refused, sender.trouble, now))
    assert (await world.states())[0] == "queued"
    for _ in range(3):
        await sender.round()
        later(world, seconds=6)
    assert (await world.states())[0] == "sent"


async def test_the_money_of_a_month_is_never_more_than_the_cap(world: World) -> None:
    later(world, days=9)
    await world.lists()
    for number in range(8):
        await world.tells(number=number)
    sender = world.sender(Policy(may_cost=True, cap=1000))
    for _ in range(10):
        await sender.round()
        world.office.passes(seconds=2)
    assert sum(price for _, price in world.fake.world.charged) == 1000
    assert sorted(await world.states()) == ["held"] * 3 + ["sent"] * 5
    now = world.office.at
    assert await world.office.database.read(lambda c: zalo_attempts.spent(c, now)) == 1000
    december = now + timedelta(days=30)
    assert await world.office.database.read(lambda c: zalo_attempts.spent(c, december)) == 0


async def test_letters_of_many_chats_that_go_at_once_stay_within_the_cap(world: World) -> None:
    later(world, days=9)
    await world.lists()
    for number in range(2, 22):
        await world.also_tells(number)
    sender = world.sender(Policy(may_cost=True, cap=1000))
    for _ in range(3):
        await sender.round()
        world.office.passes(seconds=2)
    assert sum(price for _, price in world.fake.world.charged) == 1000
    assert sorted(await world.states()) == ["held"] * 15 + ["sent"] * 5
    reasons = await world.office.database.read(lambda c: set(c.scalars(select(outbox_table.c.error))))
    assert reasons == {None, "waits until the person writes: cap"}


async def test_after_a_doubt_nothing_is_paid_twice(world: World) -> None:
    later(world, days=9)
    await world.lists()
    await world.tells()
    world.fake.next_answer(BY_UID, drop_connection=True, does_it=True)
    sender = world.sender()
    for _ in range(4):
        await sender.round()
        world.office.passes(minutes=15)
    assert await world.attempts() == [("template", "unknown", 200)]
    assert await world.states() == ["held"]
    assert len(world.fake.world.charged) == 1


@pytest.mark.parametrize(("days", "price", "cap"), [(3, 55, 1000), (9, 200, 1000), (9, 200, 200)])
async def test_what_was_sent_before_its_sender_was_killed_is_neither_sent_nor_paid_again(
    world: World, days: int, price: int, cap: int
) -> None:
    later(world, days=days)
    await world.lists()
    await world.tells()
    sender, lease = world.sender(Policy(may_cost=True, cap=cap)), timedelta(seconds=90)
    now = world.office.at
    [letter] = await sender.database.write(
        lambda c: claims.claim(c, now=now, lease=lease, token="t" * 32, limit=1)
    )  # fmt: skip
    sent = await sender.channels["zalo"].send(world.phone.person.id, in_words(letter, sender.words))
    assert sent.outcome is SendOutcome.SENT  # and here it is killed
    world.office.passes(seconds=91)
    await sender.round()
    assert await world.states() == ["sent"]
    assert [paid for _, paid in world.fake.world.charged] == [price]
    refs = await sender.database.read(lambda c: list(c.scalars(select(outbox_table.c.message_ref))))
    assert refs == [sent.message_ref]


async def test_a_worker_that_paused_before_paying_does_not_pay_what_another_has_paid(
    world: World, blinking: Blinking
) -> None:
    later(world, days=9)
    await world.lists()
    await world.tells()
    quick, now = world.sender(), world.office.at
    slow = world.sender(blinking=blinking)
    [letter] = await quick.database.write(
        lambda c: claims.claim(c, now=now, lease=timedelta(seconds=90), token="t" * 32, limit=1)
    )
    to, outgoing = world.phone.person.id, in_words(letter, quick.words)
    results = []

    async def other_pays() -> None:
        results.append(await quick.channels["zalo"].send(to, outgoing))

    blinking.before = {3: other_pays}  # has read what is known, and begins to pay
    results.append(await slow.channels["zalo"].send(to, outgoing))
    assert results[0] == SendResult(SendOutcome.SENT, message_ref=results[0].message_ref, is_paid=True)
    assert results[1] == results[0]
    assert [paid for _, paid in world.fake.world.charged] == [200]


@pytest.mark.parametrize(("code", "state"), [(-230, "held"), (-211, "held"), (-201, "refused")])
async def test_of_a_long_message_its_beginning_is_paid_for_and_sent_once(world: World, code: int, state: str) -> None:
    later(world, days=3)
    await world.tells(text="x " * 1500)
    world.fake.next_answer(CS)
    world.fake.next_answer(CS, error=code)
    sender = world.sender()
    for _ in range(4):
        await sender.round()
        world.office.passes(minutes=15)
    assert await world.states() == [state]
    assert [price for _, price in world.fake.world.charged] == [55]
    assert await world.attempts() == [("billed", "unknown", 110)]


@pytest.mark.parametrize(
    ("way", "code", "waits", "alarm"),
    [
        ("template", -211, timedelta(hours=13), None),
        ("template", -321, timedelta(hours=1), "templates_fail"),
        ("template", -249, timedelta(hours=1), "templates_fail"),
        ("billed", -211, timedelta(hours=13), None),
        ("billed", -321, timedelta(hours=1), "billed_fails"),
        ("billed", -224, timedelta(hours=1), "billed_fails"),
    ],
)
async def test_what_is_no_fault_of_the_letter_parks_it_until_it_may_go(
    world: World, way: str, code: int, waits: timedelta, alarm: str | None
) -> None:
    if way == "template":
        later(world, days=9)
        await world.lists()
    else:
        later(world, days=3, hours=2)
    await world.tells()
    world.fake.next_answer(BY_UID if way == "template" else CS, error=code)
    sender = world.sender()
    await sender.round()
    assert await world.states() == ["held"]
    assert await world.attempts() == [(way, "refused", 0)]
    assert await world.alarm(way) == alarm
    later(world, seconds=waits.total_seconds() - 60)
    await sender.round()
    assert len(await world.attempts()) == 1
    at_nine = world.office.at.replace(hour=2, minute=1) + timedelta(days=1 if world.office.at.hour >= 2 else 0)
    later(world, seconds=(at_nine - world.office.at).total_seconds())
    await sender.round()
    assert await world.states() == ["sent"]
    assert await world.alarm(way) is None


async def test_where_nothing_that_costs_is_taken_what_is_free_goes_on(world: World) -> None:
    later(world, days=3)
    for number in range(2, 6):
        await world.also_tells(number, hours=-60)
    world.fake.next_answer(CS, times=4, error=-321)
    sender = world.sender()
    await sender.round()
    await world.also_tells(7, hours=-1)
    await sender.round()
    assert await world.states() == ["held"] * 4 + ["sent"]


@pytest.mark.parametrize("code", [-201, -9999])
async def test_news_whose_template_is_refused_waits_for_the_person_and_every_page_tells(
    world: World, code: int
) -> None:
    later(world, days=9)
    await world.lists()
    await world.tells()
    world.fake.next_answer(BY_UID, error=code)
    sender = world.sender()
    for _ in range(2):
        await sender.round()
        world.office.passes(hours=2)
    assert await world.states() == ["held"]
    assert await world.attempts() == [("template", "refused", 0)]
    assert await world.alarm("template") == "templates_fail"
    await world.writes()
    for _ in range(3):
        await sender.round()
        world.office.passes(seconds=6)
    assert await world.states() == ["sent"]
    assert "chuyện riêng" in "".join(world.heard())


@pytest.mark.parametrize(("hours", "call"), [(1, 1), (72, 1), (72, 2), (72, 3)])
async def test_a_store_that_is_away_before_anything_is_sent_costs_nothing(
    world: World, blinking: Blinking, hours: int, call: int
) -> None:
    """A reminder comes for all that, and nobody waits until its lease ends."""
    later(world, hours=hours)
    await world.tells(urgency=Urgency.REMINDER)
    blinking.away = {call}
    sender = world.sender(blinking=blinking)
    await sender.round()
    assert await world.states() == ["queued"]
    assert (world.heard(), await world.attempts()) == ([], [])
    world.office.passes(seconds=10)
    await sender.round()
    assert await world.states() == ["sent"]
    assert len(world.fake.world.charged) == (hours == 72)


async def test_a_store_that_is_away_when_a_template_needs_the_token_costs_nothing(world: World) -> None:
    later(world, days=9)
    await world.lists()
    await world.tells(urgency=Urgency.REMINDER)
    world.token.away = 1
    sender = world.sender()
    await sender.round()
    assert await world.attempts() == [("template", "refused", 0)]
    world.office.passes(seconds=10)
    await sender.round()
    assert await world.states() == ["sent"]
    assert len(world.fake.world.charged) == 1


@pytest.mark.parametrize("away", [{4}, {4, 5, 6}, {5}])
async def test_how_an_attempt_ended_is_written_as_soon_as_the_store_is_back(
    world: World, blinking: Blinking, away: set[int]
) -> None:
    later(world, days=3)
    await world.tells(urgency=Urgency.REMINDER)
    blinking.away = away
    await world.sender(blinking=blinking).round()
    assert await world.states() == ["sent"]
    assert await world.attempts() == [("billed", "sent", 55)]


@pytest.mark.parametrize("refusal", [-230, -249])
async def test_where_the_user_id_does_not_serve_it_goes_to_the_number_that_was_left(
    world: World, caplog: pytest.LogCaptureFixture, refusal: int
) -> None:
    later(world, days=9)
    await world.lists()
    await world.leaves_number()
    await world.tells()
    world.fake.next_answer(BY_UID, error=refusal)
    await world.sender().round()
    assert await world.states() == ["sent"]
    assert await world.attempts() == [("template", "refused", 0), ("phone", "sent", 300)]
    assert world.fake.world.charged == [(NUMBER, 300)]
    assert world.heard()[-1] == f"Cập nhật phản ánh\n{CODE}\nĐã có trả lời\n25/11/2026"
    sent = world.fake.called(BY_PHONE)[0].values
    assert (sent["phone"], len(sent["tracking_id"]) <= 48) == (NUMBER, True)
    assert "912345678" not in caplog.text
    assert await world.states() == ["sent"]
    place = ("zalo", f"{world.channel.account}:templates")
    found = await world.office.database.read(lambda c: channel_states.find(c, *place))
    assert found is None or found.problem is None


async def test_without_consent_or_after_withdrawal_no_number_is_used(world: World) -> None:
    later(world, days=9)
    await world.lists()
    person = await world.leaves_number()
    now = world.office.at
    await world.office.database.write(lambda c: phone_consent.refuse(c, person, now))
    await world.tells()
    world.fake.next_answer(BY_UID, error=-230)
    await world.sender().round()
    assert await world.states() == ["held"]
    assert world.fake.called(BY_PHONE) == []


async def test_only_news_of_petitions_goes_to_a_number(world: World) -> None:
    """Nothing else was consented to: an invitation to rate is none."""
    later(world, days=9)
    await world.lists(Template("103", "Mời đánh giá", (TemplateParam("ma_ho_so", 20),), kind=5), "invitation")
    await world.leaves_number()
    await world.tells("invitation", returned_on="x", procedure="x", until="x")
    world.fake.next_answer(BY_UID, error=-230)
    await world.sender().round()
    assert await world.states() == ["held"]
    assert world.fake.called(BY_PHONE) == []


@pytest.mark.parametrize(
    ("fault", "state", "attempt"),
    [
        ({"error": -118}, "held", ("phone", "refused", 0)),
        ({"error": -108}, "held", ("phone", "refused", 0)),
        ({"error": -144}, "held", ("phone", "refused", 0)),
        ({"error": -115}, "held", ("phone", "refused", 0)),
        ({"error": -1122}, "held", ("phone", "refused", 0)),
        ({"drop_connection": True, "does_it": True}, "queued", ("phone", "unknown", 300)),
    ],
)
async def test_what_goes_wrong_by_number_is_told_as_what_it_is(
    world: World, fault: dict[str, Any], state: str, attempt: tuple[str, str, int]
) -> None:
    later(world, days=9)
    await world.lists()
    await world.leaves_number()
    await world.tells()
    world.fake.next_answer(BY_UID, error=-230)
    world.fake.next_answer(BY_PHONE, **fault)
    sender = world.sender()
    await sender.round()
    assert await world.states() == [state]
    assert (await world.attempts())[-1] == attempt
    if fault.get("does_it"):  # perhaps paid: not once more
        world.office.passes(minutes=15)
        await sender.round()
        assert await world.states() == ["held"]
        assert len(world.fake.called(BY_PHONE)) == 1


async def test_where_all_that_is_sent_is_refused_every_page_tells(world: World) -> None:
    place = ("zalo", f"{world.channel.account}:sending")

    async def problem() -> str | None:
        found = await world.office.database.read(lambda c: channel_states.find(c, *place))
        return found.problem if found else None

    sender = world.sender()
    await world.tells()
    world.fake.next_answer(CS, error=-216)
    await sender.round()
    assert await problem() is None, "dead tokens have an alarm of their own"
    world.office.passes(minutes=1)
    world.fake.next_answer(CS, error=-212)
    await sender.round()
    assert await problem() == "send_refused"
    world.office.passes(minutes=1)
    await world.sender().round()  # another process
    assert await world.states() == ["sent"]
    assert await problem() is None


async def test_a_broadcast_waits_for_nobody(world: World) -> None:
    later(world, days=3)
    body = {"notice": "broadcast", "params": {"authority": "x", "text": "y"}, "buttons": []}
    row = outbox.row_of(world.chat, body, Urgency.BROADCAST, "b:1", world.office.at)
    await world.office.database.write(lambda c: outbox.put_each(c, [row]))
    await world.sender().round()
    assert await world.states() == ["expired"]
    assert world.fake.world.charged == []


async def test_the_list_of_templates_is_read_as_zalo_tells_it(world: World) -> None:
    await world.lists()
    found = await world.office.database.read(zalo_templates.every)
    assert [(each.id, each.name, each.kind, each.tag, each.price) for each in found] == [
        ("101", "Cập nhật phản ánh", 1, 1, 200)
    ]
    assert next((each.name, each.required, each.longest) for each in found[0].params) == ("ma_ho_so", True, 20)
    world.fake.world.templates.clear()
    later(world, hours=2)
    database = world.office.database
    await TemplateList(world.channel.account, world.channel.client, database, world.office.clock).round()
    assert [each.status for each in await database.read(zalo_templates.every)] == ["GONE"]
    assert await database.read(lambda c: zalo_templates.chosen(c, "petition")) is None


async def test_the_list_is_read_anew_after_an_authorisation_and_says_why_it_does_not_come(world: World) -> None:
    """What was asked for before the account consented, or before a right was granted, is no answer for an hour."""
    account, database = world.channel.account, world.office.database
    lists = TemplateList(account, world.channel.client, database, world.office.clock)

    async def why_not() -> str | None:
        await lists.round()
        state = await database.read(lambda c: channel_states.find(c, *zalo_templates.place(account)))
        assert state is not None
        return state.reason

    world.fake.next_answer("/template/all", error=-135, words="No permission")
    later(world, minutes=1)
    assert await why_not() == "Zalo -135: No permission"
    world.fake.template(UPDATE)
    later(world, minutes=1)
    assert await why_not() is not None, "not asked again so soon"
    pair, now = Pair("a", "b", timedelta(hours=25)), world.office.clock()
    vault = Vault("a sample key of forty characters, or so")
    await database.write(lambda c: zalo_tokens.authorise(c, vault, account, pair, actor="system", now=now))
    later(world, minutes=1)
    assert await why_not() is None
    assert [each.id for each in await database.read(zalo_templates.every)] == ["101"]
    calls = len(world.fake.called("/template/all"))
    later(world, minutes=30)
    await why_not()
    assert len(world.fake.called("/template/all")) == calls


class NoneYet(GoodToken):
    """Before the account's administrator has consented."""

    async def current(self) -> Token:
        raise NoToken("sample")


async def test_why_the_list_does_not_come_is_kept_for_words_of_either_language(world: World) -> None:
    account, database = world.channel.account, world.office.database

    async def why_not(client: ZaloClient) -> str | None:
        later(world, hours=2)
        await TemplateList(account, client, database, world.office.clock).round()
        state = await database.read(lambda c: channel_states.find(c, *zalo_templates.place(account)))
        return state.reason if state else None

    assert await why_not(client_of(world.fake, NoneYet(""))) == zalo_templates.NO_TOKEN
    world.fake.next_answer("/template/all", status=502)
    assert await why_not(world.channel.client) == zalo_templates.NO_ANSWER


async def test_a_price_of_nothing_is_none_that_was_told(world: World) -> None:
    """Or it would pass every cap: then the number is not used, nor a template that has no other price."""
    later(world, days=9)
    await world.lists(replace(UPDATE, price_phone=0))
    await world.leaves_number()
    await world.tells()
    world.fake.next_answer(BY_UID, error=-230)
    await world.sender().round()
    assert await world.states() == ["held"]
    assert world.fake.called(BY_PHONE) == []


@pytest.mark.parametrize(
    ("prices", "by_user_id", "by_phone"),
    [
        ({"price": "300", "price_uid": "0", "price_sdt": "0"}, 300, 300),
        ({"price": "300", "price_uid": "200", "priceSdt": 250}, 200, 250),
        ({"price": 0, "priceUid": "200.0", "price_sdt": "-1"}, 200, None),
        ({}, 0, None),
    ],
)
def test_the_first_price_above_nothing_holds(prices: dict[str, Any], by_user_id: int, by_phone: int | None) -> None:
    found = template_of("101", {"templateName": "x", "status": "ENABLE", **prices})
    assert (found.price, found.price_phone) == (by_user_id, by_phone)


async def test_a_template_that_is_not_told_of_for_once_is_not_gone(world: World) -> None:
    await world.lists()
    world.fake.next_answer("/template/info/v2", error=-100)
    later(world, hours=2)
    database = world.office.database
    added = Template("102", "Mẫu mới", UPDATE.params)
    world.fake.template(added)
    await TemplateList(world.channel.account, world.channel.client, database, world.office.clock).round()
    chosen = await database.read(lambda c: zalo_templates.chosen(c, "petition"))
    assert chosen is not None
    assert [each.id for each in await database.read(zalo_templates.every)] == ["101", "102"]


def test_every_notice_has_its_kind() -> None:
    words = Words(load_texts(), lambda ref, _: ref.code)
    assert kind_of("petition_answered", words) == "petition"
    assert kind_of("petition_new", words) == "work"
    assert kind_of("invitation_again", words) == "invitation"
    assert kind_of("file_lost", words) is None


async def tells_official(world: World, other: str, state: str) -> None:
    """Put work into the outbox for an official with a chat in Zalo and one in an`other` channel, where its state is so.

    Ten days have passed since he wrote in Zalo, and a template tells of work.
    """
    later(world, days=9)
    await world.lists(Template("104", "Việc mới", (TemplateParam("ma_ho_so", 20),)), "work")
    now = world.office.at

    def link(connection: Connection) -> None:
        unit = "xa-mau.kinh-te"
        official = staff.add(
            connection, login="mau", name="Cán bộ mẫu", unit=unit, roles=[Role.OFFICER], password_hash="x", now=now,
            actor="system",
        )  # fmt: skip
        second = chats.welcome(connection, Caller(other, "17", "99", "99", "vi"), now).id
        for chat in (world.chat, second):
            connection.execute(insert(staff_chat).values(chat_id=chat, staff_id=official.id, linked_at=now))
            outbox.put(
                connection, chat_id=chat, key="petition_new", unique_key=f"{CODE}:new:{chat}", urgency=Urgency.NOTICE,
                params={"code": CODE, "unit": Ref("unit", unit), "text": "x", "due_on": "x", "because": "x"}, now=now,
            )  # fmt: skip
        elsewhere = outbox_table.c.chat_id == second
        connection.execute(update(outbox_table).where(elsewhere).values(state=state, account="elsewhere"))

    await world.office.database.write(link)


@pytest.mark.parametrize(
    ("other", "state", "becomes"),
    [("telegram", "sent", "cancelled"), ("telegram", "queued", "held"), ("telegram", "unreachable", "sent"),
     ("zalo", "sent", "sent"), ("web", "sent", "sent")],
)  # fmt: skip
async def test_an_official_who_gets_it_in_another_linked_chat_is_not_told_for_money(
    world: World, other: str, state: str, becomes: str
) -> None:
    """While it is on its way there it is waited for; where it does not arrive, this chat is the one that counts."""
    await tells_official(world, other, state)
    sender = world.sender()
    await sender.round()
    assert (await world.states())[0] == becomes
    assert bool(world.fake.world.charged) is (becomes == "sent")
    if state == "queued":  # and then it fails there
        elsewhere = outbox_table.c.account == "elsewhere"
        await world.office.database.write(
            lambda c: c.execute(update(outbox_table).where(elsewhere).values(state="unreachable"))
        )
        later(world, minutes=2)
        await sender.round()
        assert (await world.states())[0] == "sent"


async def test_another_chat_whose_channel_is_down_is_waited_for_no_longer_than_an_hour(world: World) -> None:
    await tells_official(world, "telegram", "queued")
    sender = world.sender()
    for _ in range(2):
        await sender.round()
        later(world, minutes=59)
    assert world.fake.world.charged == []
    later(world, minutes=2)
    await sender.round()
    assert await world.states() == ["sent", "queued"]
    assert len(world.fake.world.charged) == 1


@pytest.mark.parametrize("policy", [BILLED, Policy(may_cost=False, cap=0)])
async def test_what_an_official_has_read_elsewhere_does_not_come_when_he_writes(world: World, policy: Policy) -> None:
    await tells_official(world, "telegram", "sent")
    sender = world.sender(policy)
    await sender.round()
    await world.writes()
    for _ in range(3):
        await sender.round()
        later(world, seconds=6)
    assert await world.states() == ["cancelled", "sent"]
    assert CODE not in "".join(world.heard())
