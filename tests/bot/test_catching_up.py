"""After an outage: what is sent late, what is asked anew, what is left out; over the fake Bot API server."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.catching_up import CatchingUp
from bot.messages import Incoming, IncomingKind
from bot.posting import LATE_QUIET, STALE_AFTER
from storage.database import Database
from storage.outbox import Urgency
from storage.tables.conversations import conversation
from tests.bot.office import Office
from tests.bot.post_office import ACCOUNT, Post
from tests.fakes.telegram import FakeTelegram, Phone
from tests.templates import add_tables

SORRY = "Xin lỗi Ông/Bà, hệ thống vừa bị gián đoạn"
AT: dict[str, Any] = {"channel": "telegram", "account": ACCOUNT}


class Outage(Post):
    """A post office whose sender may be away while people write."""

    @property
    def catching_up(self) -> CatchingUp:
        office = self.office
        return CatchingUp(office.database, office.talk, office.reference, office.clock)

    async def hears(self, *texts: str, who: str = "1", age: timedelta = timedelta(0)) -> None:
        """Take texts of somebody that are so old already."""
        for text in texts:
            event = self.office.event(IncomingKind.TEXT, who=who, text=text, **AT)
            await self.office.intake.accept(_older(event, age))

    async def ends(self) -> None:
        """Bring the sender back: it and the worker go on until nothing is left to do."""
        for _ in range(3):
            await self.catching_up.round()
            await self.all_rounds(self.sender())
            self.office.at += LATE_QUIET

    async def by_state(self) -> dict[str, int]:
        states = await self.states()
        return {state: states.count(state) for state in set(states)}


def _older(event: Incoming, age: timedelta) -> Incoming:
    return replace(event, at=event.at - age)


@pytest.fixture
async def outage(office: Office) -> AsyncIterator[Outage]:
    async with FakeTelegram() as fake:
        made = Outage(office, fake)
        yield made
        await made.close()


def questions(phone: Phone) -> list[str]:
    return [seen.text for seen in phone.sees() if seen.from_bot and seen.buttons]


async def test_ten_messages_get_one_question_with_an_apology_and_fresh_buttons(outage: Outage) -> None:
    phone, _ = await outage.phone()
    await outage.hears("phản ánh", *(f"tin nhắn {n}" for n in range(9)))
    outage.office.at += STALE_AFTER
    await outage.ends()

    [said] = phone.hears()
    assert said.startswith(SORRY)
    assert "việc gì" in said
    assert (await outage.by_state()) == {"collapsed": 10, "sent": 1}
    [sent] = [letter for letter in await outage.office.letters() if letter["state"] == "sent"]
    button = sent["body"]["buttons"][0]["data"]
    await outage.office.takes(IncomingKind.PRESS, data=button, **AT)
    await outage.ends()
    assert "không còn" not in phone.hears()[-1]
    assert len(questions(phone)) == 2


async def test_a_question_that_is_still_fresh_goes_as_it_is(outage: Outage) -> None:
    phone, _ = await outage.phone()
    await outage.hears("phản ánh")
    outage.office.at += STALE_AFTER / 2
    await outage.ends()
    assert [SORRY in said for said in phone.hears()] == [False]


async def test_the_sender_leaves_a_stale_question_to_the_worker(outage: Outage) -> None:
    phone, _ = await outage.phone()
    await outage.hears("phản ánh")
    outage.office.at += STALE_AFTER
    await outage.all_rounds(outage.sender())
    assert phone.hears() == []
    await outage.ends()
    assert len(phone.hears()) == 1


async def test_receipts_answers_and_notices_are_never_collapsed(outage: Outage) -> None:
    office = outage.office
    phone, number = await outage.phone()
    await office.takes(IncomingKind.START, data="u_xa-mau_tram-y-te", who="1", **AT)
    await outage.hears("5", "bỏ qua")  # rated; thanked; asked whether to go on
    await outage.writes(number, "Mã của Ông/Bà: PA-0000", "Tin cho Ông/Bà", urgency=Urgency.NOTICE)
    outage.office.at += STALE_AFTER
    await outage.ends()

    said = "\n".join(phone.hears())
    assert "Cảm ơn Ông/Bà" in said
    assert "PA-0000" in said
    assert "Tin cho Ông/Bà" in said
    assert len(phone.hears()) == len(set(phone.hears()))


async def test_the_question_asked_anew_waits_through_a_long_outage_alone(outage: Outage) -> None:
    phone, _ = await outage.phone()
    await outage.hears("phản ánh", "x")
    for _ in range(30):
        outage.office.at += STALE_AFTER
        await outage.catching_up.round()
    assert len(await outage.office.letters()) == 3
    await outage.ends()
    assert len(phone.hears()) == 1


async def test_who_went_on_during_the_outage_is_asked_where_he_is_now(outage: Outage) -> None:
    phone, _ = await outage.phone()
    await outage.hears("phản ánh")
    outage.office.at += STALE_AFTER
    await outage.catching_up.round()
    await outage.hears("hủy", "đánh giá")
    outage.office.at += STALE_AFTER
    await outage.ends()
    assert len(questions(phone)) == 2  # that it was cancelled is told, with the menu's button
    assert phone.hears()[-1].startswith(SORRY)
    assert "đánh giá" in phone.hears()[-1]


async def test_a_conversation_that_closed_meanwhile_is_said_to_be_closed(outage: Outage) -> None:
    phone, _ = await outage.phone()
    await outage.hears("phản ánh")
    closed = update(conversation).values(status="abandoned")
    await outage.office.database.write(lambda c: c.execute(closed))
    outage.office.at += STALE_AFTER
    await outage.ends()
    [said] = phone.hears()
    assert said.startswith(SORRY)
    assert "đã khép lại" in said


async def test_where_it_fails_the_questions_go_as_they_are(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    phone, number = await outage.phone()
    other, _ = await outage.phone(2)
    await outage.hears("phản ánh")
    await outage.hears("phản ánh", who="2")
    office = outage.office
    broken = update(conversation).where(conversation.c.chat_id == number).values(journal=[1])
    await office.database.write(lambda c: c.execute(broken))
    office.at += STALE_AFTER
    await outage.ends()
    assert [len(phone.hears()), len(other.hears())] == [1, 1]
    assert SORRY not in phone.hears()[0]
    assert SORRY in other.hears()[0]
    assert "could not be asked anew" in caplog.text


async def test_our_own_outage_ends_in_one_question_for_each_chat(outage: Outage) -> None:
    """Telegram delivers what waited: old events, one after the other, while the sender is at work."""
    phone, _ = await outage.phone()
    old = timedelta(hours=2)
    for text in ("phản ánh", *(f"tin nhắn {n}" for n in range(9))):
        await outage.hears(text, age=old)
        await outage.all_rounds(outage.sender())
    await outage.ends()
    [said] = phone.hears()
    assert said.startswith(SORRY)


async def test_late_events_that_end_something_are_told_and_ask_nothing_old(outage: Outage) -> None:
    phone, _ = await outage.phone()
    await outage.hears("phản ánh", "hủy", age=timedelta(hours=2))
    await outage.ends()
    [said] = phone.hears()
    assert "Đã hủy" in said


WORDS = st.sampled_from(["phản ánh", "1", "hủy", "đánh giá", "abc", "menu"])
STEPS = st.lists(st.tuples(WORDS, st.sampled_from([0, 1, 12])))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_whatever_was_written_the_last_word_fits_the_conversation(tmp_path_factory: Any, steps: Any) -> None:
    """After any outage at most one mere question comes, and it is the open one with its present step."""
    folder = tmp_path_factory.mktemp("walk")
    add_tables(folder / "langnghe.db")
    database = await Database.open(f"sqlite:///{folder}/langnghe.db")
    office = await Office(database).install()
    async with FakeTelegram() as fake:
        outage = Outage(office, fake)
        phone, _ = await outage.phone()
        for text, minutes in steps:
            office.at += timedelta(minutes=minutes)
            await outage.hears(text)
            await outage.catching_up.round()
        office.at += STALE_AFTER
        await outage.ends()
        await _fits(outage, phone, bool(steps))
        await outage.close()
    await database.close()


async def _fits(outage: Outage, phone: Phone, wrote: bool) -> None:  # noqa: FBT001
    letters = await outage.office.letters()
    assert {letter["state"] for letter in letters} <= {"sent", "collapsed"}
    if not wrote:
        return
    assert phone.hears(), "everybody who wrote gets an answer"
    sent = [letter for letter in letters if letter["state"] == "sent" and "asks" in letter["body"]]
    mere = [letter for letter in sent if letter["stale_at"] is not None]
    assert len(mere) <= 1
    is_open = select(conversation.c.id, conversation.c.step).where(conversation.c.status == "open")
    current = await outage.office.reads(lambda c: c.execute(is_open).first())
    if current is not None:
        assert sent[-1]["body"]["asks"] == list(current)
