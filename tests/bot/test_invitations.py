"""Invitations over their real edges: shared numbers, the draw, the schedule, the sender, the fake Bot API server."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, select

from bot.messages import IncomingKind
from offices.datafiles import Label
from offices.errors import DomainError
from offices.quiet_hours import load_quiet_hours
from offices.staff import Role
from storage import audit, chats, contacts, draws, invitations, personal_data, staff, staff_chats, visit_tokens
from storage.broadcasts import audience
from storage.database import Database
from storage.dossier_import import Entry, Source, take_over
from storage.draws import Draw, Ordered, Terms
from storage.invitation_figures import Response, by_stratum
from storage.tables.audit import audit as trail
from storage.tables.dossiers import dossier_contact
from storage.tables.invitations import invitation, person_contact
from surveys.periods import Period
from surveys.sampling import Quota, commitment
from surveys.tokens import TokenError, TokenKey
from tests.bot.office import START, Office
from tests.bot.post_office import ACCOUNT, Post
from tests.codes import TOKEN_KEY
from tests.fakes.telegram import FakeTelegram
from tests.offices.builders import a_dossier
from tests.storage.ratings_world import rate

T = TypeVar("T")
UNIT = "xa-mau.kinh-te"
PERIOD = Period(date(2026, 11, 16), date(2026, 11, 20), Label("Tuần", "Week"))
RETURNED = date(2026, 11, 18)
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # nine in Vietnam
NIGHT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 21:00
ALL = Quota(number=100)


def number(of: int) -> str:
    return f"+8491234{of:04}"


class KilledError(Exception):
    """Stands for the end of a process in the middle of a transaction."""


class Town(Post):
    """A post office, people who share their numbers, and dossiers under these numbers."""

    async def does(self, job: Callable[[Connection], T]) -> T:
        return await self.office.database.write(job)

    async def hears(self, who: int, kind: IncomingKind = IncomingKind.TEXT, **parts: Any) -> None:
        event = self.office.event(kind, who=str(who), channel="telegram", account=ACCOUNT, **parts)
        await self.office.intake.accept(event)

    async def shares(self, who: int) -> None:
        await self.hears(who, IncomingKind.CONTACT, phone=number(who).removeprefix("+"))
        await self.hears(who, text="Đồng ý")

    async def person(self, who: int) -> int:
        """Return the number of the person behind a phone."""
        chat_id = (await self.phone(who))[1]
        return await self.office.reads(lambda c: chats.by_id(c, chat_id).person_id)

    async def lists(self, *owners: int, **facts: Any) -> None:
        """Take over a dossier H-<place> for each owner; owner 0 gave no number."""
        entries = [
            Entry(
                a_dossier(code=f"H-{place}", unit=UNIT, returned_on=RETURNED, **facts),
                contacts.phone_digest(TOKEN_KEY, number(owner)) if owner else contacts.NO_PHONE,
            )
            for place, owner in enumerate(owners, start=1)
        ]
        source = Source("0" * 64, "system", date(2026, 11, 1))
        await self.does(lambda c: take_over(c, entries, source, self.office.at, lambda _: None))

    async def commits(self, quota: Quota = ALL, terms: Terms | None = None) -> Draw:
        return await self.does(
            lambda c: draws.commit(c, PERIOD, quota, terms or Terms(), TOKEN_KEY, "ab" * 32, Ordered(self.office.at))
        )

    async def draws(self, found: Draw, at: datetime = MORNING) -> None:
        self.office.at = at

        def job(connection: Connection) -> None:
            draws.make(connection, found.id, TOKEN_KEY, Ordered(at))
            invitations.plan(connection, draws.by_id(connection, found.id), load_quiet_hours(), at)

        await self.does(job)

    async def works(self) -> None:
        """Let the schedule and the sender do all that is due."""
        while await self.office.schedule.round():
            pass
        await self.all_rounds(self.sender())

    async def outcomes(self) -> list[tuple[str, str | None]]:
        query = select(invitation.c.state, invitation.c.reason).order_by(invitation.c.dossier)
        return await self.office.reads(lambda c: [(row.state, row.reason) for row in c.execute(query)])

    async def invited(self) -> list[dict[str, Any]]:
        return [each for each in await self.office.letters() if each["unique_key"].startswith("invitation:")]

    async def response(self, found: Draw) -> Response:
        strata = await self.office.reads(lambda c: by_stratum(c, found.id))
        return sum(strata.values(), Response())


@pytest.fixture
async def town(office: Office) -> AsyncIterator[Town]:
    async with FakeTelegram() as fake:
        made = Town(office, fake)
        yield made
        await made.close()


def token_of(letter: dict[str, Any]) -> str:
    return str(letter["body"]["buttons"][0]["start"]).removeprefix("d:")


async def test_who_shared_a_number_is_invited_once_rates_by_a_press_and_is_counted(town: Town) -> None:
    phone, _ = await town.phone(7)
    await town.shares(7)
    found = await town.commits()
    await town.lists(7, 0)
    await town.draws(found)
    for _ in range(3):
        await town.works()

    [said] = [each for each in phone.hears() if "rút thăm" in each]
    assert said.startswith("Phòng Kinh tế đã trả kết quả một hồ sơ của Ông/Bà ngày 18/11/2026.")
    assert "hiệu lực đến 07/12/2026" in said
    assert phone.sees()[-1].buttons == (("Đánh giá", "Không nhận tin chung"),)
    [letter] = await town.invited()
    await town.hears(7, IncomingKind.PRESS, data=f"s:d:{token_of(letter)}")
    for answer in ("5", "bỏ qua", "Không, cảm ơn"):
        await town.hears(7, text=answer)
    [key] = await town.office.reads(lambda c: list(by_stratum(c, found.id)))
    assert key == (UNIT, "land", "commune")
    made = await town.response(found)
    assert (made.listed, made.drawn, made.sent, made.reached, made.nobody) == (2, 2, 1, 1, 1)
    assert (made.answered, made.scored, made.satisfied, made.invited) == (1, 1, 1, 1)


async def test_nothing_is_kept_of_a_number_without_consent_or_of_somebody_elses(town: Town) -> None:
    await town.phone(7)
    await town.hears(7, IncomingKind.CONTACT, phone="84912340007")
    assert await town.office.reads(lambda c: c.execute(select(person_contact)).all()) == []
    await town.hears(7, text="Không")
    await town.hears(7, IncomingKind.CONTACT, phone=None)
    assert await town.office.reads(lambda c: c.execute(select(person_contact)).all()) == []
    await town.shares(7)
    [kept] = await town.office.reads(lambda c: c.execute(select(person_contact)).all())
    assert kept.phone_digest == contacts.phone_digest(TOKEN_KEY, number(7))
    assert "912340007" not in str(kept)


async def test_in_the_evening_nothing_is_sent_and_what_waits_is_not_sent_late(town: Town) -> None:
    await town.phone(7)
    await town.shares(7)
    found = await town.commits()
    await town.lists(7)
    await town.draws(found, NIGHT)
    await town.works()
    assert await town.invited() == []
    town.office.at = NIGHT + timedelta(hours=10, minutes=59)  # 07:59
    await town.works()
    assert await town.invited() == []
    # The service was off all day: the next evening is quiet as well.
    town.office.at = NIGHT + timedelta(days=1)
    await town.works()
    assert await town.invited() == []
    town.office.at = NIGHT + timedelta(days=1, hours=12)
    assert await town.office.schedule.round()
    [letter] = await town.invited()
    assert letter["expires_at"] == NIGHT + timedelta(days=1, hours=23)  # 20:00 of that day


async def test_two_workers_and_a_kill_send_nothing_twice(town: Town) -> None:
    for who in (7, 8):
        await town.phone(who)
        await town.shares(who)
    found = await town.commits()
    await town.lists(7, 8)
    await town.draws(found)

    def killed(connection: Connection) -> None:
        for one in connection.scalars(select(invitation.c.id)).all():
            payload = {"invitation": one, "step": invitations.ASK}
            invitations.work(connection, payload, TOKEN_KEY, load_quiet_hours(), town.office.at)
        raise KilledError

    with pytest.raises(KilledError):
        await town.does(killed)
    assert await town.invited() == []
    assert await town.outcomes() == [("waiting", None)] * 2
    await asyncio.gather(*(town.office.schedule.round() for _ in range(3)))
    await asyncio.gather(*(town.all_rounds(sender) for sender in (town.sender(), town.sender())))
    assert [letter["state"] for letter in await town.invited()] == ["sent", "sent"]
    for who in (7, 8):
        assert sum("rút thăm" in each for each in (await town.phone(who))[0].hears()) == 1


async def test_there_is_one_reminder_for_who_has_not_answered(town: Town) -> None:
    phone, _ = await town.phone(7)
    await town.shares(7)
    found = await town.commits()
    await town.lists(7)
    await town.draws(found)
    for _ in range(40):
        await town.works()
        town.office.passes(days=1)
    assert [each.startswith("Xin nhắc") for each in phone.hears() if "hiệu lực" in each] == [False, True]
    first, again = await town.invited()
    assert token_of(first) == token_of(again)
    with pytest.raises(TokenError, match="token_expired"):
        await town.does(lambda c: visit_tokens.redeem(c, TOKEN_KEY, token_of(first), first["chat_id"], town.office.at))


async def test_nobody_is_reminded_of_an_invitation_that_has_lapsed_while_the_worker_was_off(town: Town) -> None:
    phone, _ = await town.phone(7)
    await town.shares(7)
    found = await town.commits()
    await town.lists(7)
    await town.draws(found)
    await town.works()
    town.office.passes(days=40)
    await town.works()
    assert len(await town.invited()) == 1
    assert not any(each.startswith("Xin nhắc") for each in phone.hears())


async def test_who_has_answered_is_not_reminded(town: Town) -> None:
    phone, _ = await town.phone(7)
    await town.shares(7)
    found = await town.commits()
    await town.lists(7)
    await town.draws(found)
    await town.works()
    [letter] = await town.invited()
    await town.hears(7, IncomingKind.PRESS, data=f"s:d:{token_of(letter)}")
    await town.hears(7, text="2")
    town.office.passes(days=10)
    await town.works()
    assert not any(each.startswith("Xin nhắc") for each in phone.hears())


async def test_a_code_that_was_sent_opens_for_nobody_else(town: Town) -> None:
    await town.phone(7)
    await town.shares(7)
    found = await town.commits()
    await town.lists(7)
    await town.draws(found)
    await town.works()
    [letter] = await town.invited()
    other = await town.person(8)
    with pytest.raises(TokenError, match="token_used"):
        await town.does(lambda c: visit_tokens.redeem(c, TOKEN_KEY, token_of(letter), other, town.office.at))
    owner = await town.person(7)
    visit = await town.does(lambda c: visit_tokens.redeem(c, TOKEN_KEY, token_of(letter), owner, town.office.at))
    assert (visit.dossier, visit.verified, visit.assisted) == ("H-1", True, False)


async def test_a_person_gets_one_invitation_within_the_window_whatever_it_is_for(town: Town) -> None:
    await town.phone(7)
    await town.shares(7)
    found = await town.commits()
    await town.lists(7, 7, 7)
    await town.draws(found)
    await town.works()
    assert sorted(await town.outcomes(), key=str) == [("left_out", "recent"), ("left_out", "recent"), ("sent", None)]
    assert len(await town.invited()) == 1


async def test_who_is_known_by_an_earlier_code_of_the_same_number_is_invited(town: Town) -> None:
    phone, _ = await town.phone(7)
    person = await town.person(7)
    await town.lists(7, received_on=date(2026, 11, 2))
    visit = invitations.visit_of(a_dossier(code="H-1", unit=UNIT))
    later = town.office.at + timedelta(days=30)
    token = await town.does(lambda c: visit_tokens.issue(c, visit, TOKEN_KEY, town.office.at, later))
    await town.does(lambda c: visit_tokens.redeem(c, TOKEN_KEY, token, person, town.office.at))
    found = await town.commits()
    await town.lists(0, 7)
    await town.does(lambda c: contacts.keep(c, {"H-1": contacts.phone_digest(TOKEN_KEY, number(7))}))
    await town.draws(found)
    await town.works()
    assert Counter(await town.outcomes()) == {("sent", None): 1, ("left_out", "recent"): 1}
    assert any("rút thăm" in each for each in phone.hears())


async def test_officials_and_those_who_refused_erased_or_rated_are_left_out_and_counted(town: Town) -> None:
    for who in (1, 2, 3, 4):
        await town.phone(who)
        await town.shares(who)
    chats_of = {who: (await town.phone(who))[1] for who in (1, 2, 3, 4)}
    official = await town.does(
        lambda c: staff.add(
            c, login="canbo", name="Cán bộ mẫu 01", unit=UNIT, roles=[Role.OFFICER], password_hash="x",
            now=START, actor="system",
        )
    )  # fmt: skip
    code = await town.does(lambda c: staff_chats.make_link_code(c, official.id, START))
    await town.does(lambda c: staff_chats.redeem_link_code(c, code, chats_of[1], START))
    await town.does(lambda c: audience.refuse(c, chats_of[2], START))
    found = await town.commits()
    await town.lists(1, 2, 3, 4)
    await town.draws(found)
    # Erased and rated between the draw and the letter.
    erased = await town.person(3)
    await town.does(lambda c: personal_data.forget_identity(c, erased, MORNING))
    rated = await town.person(4)
    visit = invitations.visit_of(a_dossier(code="H-4", unit=UNIT))
    await town.does(lambda c: rate(c, visit=visit, at=MORNING, who=rated))
    await town.works()
    assert [reason for _, reason in await town.outcomes()] == ["staff", "refused", "erased", "rated"]
    assert (await town.response(found)).left_out == Counter(staff=1, refused=1, erased=1, rated=1)
    assert await town.invited() == []


async def test_slips_are_for_those_whom_no_chat_is_known_of_and_work_once(town: Town) -> None:
    await town.phone(7)
    await town.shares(7)
    found = await town.commits()
    await town.lists(7, 0, 8)
    await town.draws(found)
    await town.works()

    def given(connection: Connection) -> list[invitations.Slip]:
        return list(invitations.slips(connection, found.id, TOKEN_KEY, town.office.at))

    first, again = await town.does(given), await town.does(given)
    assert [each.dossier.code for each in first] == [each.dossier.code for each in again]
    assert {each.dossier.code for each in first} == {"H-2", "H-3"}
    one, two = await town.person(21), await town.person(22)
    token, other = (next(each.token for each in some if each.dossier.code == "H-2") for some in (first, again))
    visit = await town.does(lambda c: visit_tokens.redeem(c, TOKEN_KEY, token, one, town.office.at))
    await town.does(lambda c: rate(c, visit=visit, at=town.office.at, who=one))
    with pytest.raises(TokenError, match="token_dossier_used"):
        await town.does(lambda c: visit_tokens.redeem(c, TOKEN_KEY, other, two, town.office.at))
    made = await town.response(found)
    assert (made.sent, made.printed, made.nobody, made.invited) == (1, 2, 0, 3)


async def test_a_draw_is_made_once_after_its_period_by_the_committed_seed(town: Town) -> None:
    found = await town.commits(Quota(number=2))
    assert (found.seed, found.commitment) == (None, commitment(draws.seed_of(TOKEN_KEY, "ab" * 32)))
    await town.lists(*[0] * 9)
    for at, key, refusal in (
        (START, TOKEN_KEY, "draw_too_early"),
        (datetime(2026, 11, 20, 16, 59, tzinfo=UTC), TOKEN_KEY, "draw_too_early"),  # 23:59 of the last day
        (MORNING, TokenKey.of("another secret of this service"), "draw_key_changed"),
    ):
        with pytest.raises(DomainError, match=refusal):
            await town.does(partial(draws.make, number=found.id, key=key, by=Ordered(at)))
    await town.draws(found)
    with pytest.raises(DomainError, match="draw_made"):
        await town.draws(found)
    with pytest.raises(DomainError, match="draw_not_found"):
        await town.does(lambda c: draws.make(c, 99, TOKEN_KEY, Ordered(MORNING)))
    assert len(await town.outcomes()) == 2
    entries = await town.office.reads(lambda c: c.execute(select(trail).where(trail.c.subject == "draw:1")).all())
    assert [each.action for each in entries] == ["draw.commit", "draw.make"]
    made = await town.office.reads(lambda c: draws.by_id(c, found.id))
    assert found.commitment in entries[0].details
    assert made.seed not in entries[0].details
    assert made.seed in entries[1].details
    assert commitment(bytes.fromhex(str(made.seed))) == found.commitment
    assert await town.office.reads(lambda c: audit.verify(c)[1]) is None


async def test_what_was_known_when_the_seed_was_committed_is_not_drawn(town: Town) -> None:
    found = await town.commits()
    known, new = a_dossier(code="H-1", unit=UNIT, returned_on=PERIOD.start), a_dossier(code="H-2", returned_on=RETURNED)
    source = Source("0" * 64, "system", date(2026, 11, 1))
    await town.does(lambda c: take_over(c, [Entry(known), Entry(new)], source, START, lambda _: None))
    await town.draws(found)
    assert await town.office.reads(lambda c: c.scalars(select(invitation.c.dossier)).all()) == ["H-2"]


async def test_periods_that_are_over_or_share_days_cannot_be_committed_to(town: Town) -> None:
    await town.commits()
    with pytest.raises(DomainError, match="draw_overlaps"):
        await town.commits()
    town.office.at = MORNING
    with pytest.raises(DomainError, match="draw_too_late"):
        await town.commits()
    with pytest.raises(DomainError, match="draw_terms_wrong"):
        Terms(window_days=10, life_days=11)


async def test_a_number_that_leaves_the_list_is_recognised_no_more(town: Town, database: Database) -> None:
    await town.lists(7)
    assert len(await database.read(lambda c: c.execute(select(dossier_contact)).all())) == 1
    await town.lists(0)
    assert await database.read(lambda c: c.execute(select(dossier_contact)).all()) == []
