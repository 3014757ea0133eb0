"""A number for news of petitions, typed or submitted in Zalo's form: one kept number, nothing readable, no dossier."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.effects import Script
from bot.messages import IncomingKind
from bot.scenes import ScriptSpec
from bot.scripts import SCRIPTS
from storage import phone_consent
from storage.tables.conversations import dead_letter
from storage.tables.delivery import outbox
from storage.tables.invitations import person_contact
from tests.bot.office import Office
from tests.codes import VAULT
from tests.conversations.world import everything
from tests.storage.test_phone_consent import NUMBER, arrives

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def takes(office: Office, kind: IncomingKind = IncomingKind.TEXT, **parts: object) -> str:
    """Take an event of the person on Zalo; return the latest that was said."""
    await office.intake.accept(office.event(kind, who="5", channel="zalo", account="1", **parts))
    bodies = await office.reads(lambda c: list(c.scalars(select(outbox.c.body).order_by(outbox.c.id))))
    return [str(body["text"]) for body in bodies if "text" in body][-1]


async def asked(office: Office) -> int:
    """Let somebody say that he wants to leave a number; return who it is."""
    chat = await office.database.write(arrives)
    assert "số di động" in await takes(office, IncomingKind.PRESS, data="s:phone:on")
    return chat.person_id


async def number(office: Office, person: int) -> str | None:
    return await office.reads(lambda c: phone_consent.number_of(c, VAULT, person, office.at))


async def test_my_data_tells_what_a_number_is_for_before_it_asks_for_one(office: Office) -> None:
    await office.database.write(arrives)
    await takes(office, IncomingKind.COMMAND, text="dulieu")
    assert "12 tháng" in await takes(office, text="Để lại số điện thoại")
    assert "số di động" in await takes(office, text="Để lại số điện thoại")


@pytest.mark.parametrize("own", [False, True])
async def test_a_submitted_number_is_kept_for_news_and_recognises_no_dossier(office: Office, *, own: bool) -> None:
    person = await asked(office)
    told = await takes(office, IncomingKind.CONTACT, phone="84912345678", own_phone=own)
    assert "tận cùng 678" in told
    assert await number(office, person) == NUMBER
    assert await office.reads(lambda c: c.execute(select(person_contact)).first()) is None
    assert "12345678" not in await office.reads(everything)


async def test_another_number_takes_the_place_of_the_first(office: Office) -> None:
    person = await asked(office)
    await takes(office, text="0900 000 000")
    await takes(office, IncomingKind.PRESS, data="s:phone:on")
    await takes(office, text="0912 345 678")
    assert await number(office, person) == NUMBER


@pytest.mark.parametrize("words", ["Thôi nhận qua số điện thoại", "stop news by phone"])
@pytest.mark.parametrize("meanwhile", ["phản ánh", "tra cứu"])
async def test_words_withdraw_a_number_whatever_question_is_open(office: Office, meanwhile: str, words: str) -> None:
    person = await asked(office)
    await takes(office, text="0912 345 678")
    await takes(office, text=meanwhile)
    await takes(office, text=words)
    assert await number(office, person) is None


async def test_words_withdraw_while_another_number_is_asked_for(office: Office) -> None:
    person = await asked(office)
    await takes(office, text="0912 345 678")
    await takes(office, IncomingKind.PRESS, data="s:phone:on")
    assert "không giữ số" in await takes(office, text="thôi nhận qua số điện thoại")
    assert await number(office, person) is None


async def test_a_form_that_comes_unasked_is_not_kept_but_answered(office: Office) -> None:
    chat = await office.database.write(arrives)
    told = await takes(office, IncomingKind.CONTACT, phone="84912345678", own_phone=False)
    assert "chưa được lưu" in told
    assert "12 tháng" in told
    assert await number(office, chat.person_id) is None
    assert "12345678" not in await office.reads(everything)
    assert "số di động" in await takes(office, text="Để lại số điện thoại")


async def test_a_form_that_comes_unasked_in_between_loses_nothing(office: Office) -> None:
    await office.database.write(arrives)
    await takes(office, text="phản ánh")
    question = await takes(office, text="1")
    await takes(office, IncomingKind.CONTACT, phone="84912345678", own_phone=False)
    said = await office.reads(lambda c: str(list(c.scalars(select(outbox.c.body)))))
    assert "chưa được lưu" in said
    assert said.count(question.splitlines()[-1]) > 1


async def test_a_form_that_comes_twice_leaves_the_number_that_stands(office: Office) -> None:
    person = await asked(office)
    for told in ("tận cùng 678", "vẫn được giữ"):
        assert told in await takes(office, IncomingKind.CONTACT, phone="84912345678", own_phone=False)
    assert "Không, cảm ơn" not in str(await office.reads(lambda c: list(c.scalars(select(outbox.c.body)))))
    assert await number(office, person) == NUMBER


async def test_a_form_that_comes_where_no_number_serves_is_answered(office: Office) -> None:
    told = await takes(office, IncomingKind.CONTACT, phone="84912345678", own_phone=False)
    assert "chưa được lưu" in told
    assert "không cần số điện thoại" in told


@pytest.mark.parametrize(("kind", "part"), [(IncomingKind.TEXT, "text"), (IncomingKind.CONTACT, "phone")])
async def test_a_number_that_could_not_be_handled_is_not_kept_for_the_administrator(
    office: Office, kind: IncomingKind, part: str
) -> None:
    await asked(office)

    def broken(_scene: object) -> Script[None]:
        raise LookupError("broken on purpose")
        yield

    office.scripts = {**SCRIPTS, "phone_news": ScriptSpec("phone_news", broken)}
    office.rebuild()
    await takes(office, kind, **{part: "84912345678"})
    assert await office.reads(lambda c: c.execute(select(dead_letter.c.raw)).scalar_one())
    assert "12345678" not in await office.reads(everything)


async def test_where_the_office_lets_nothing_cost_money_nobody_is_asked(office: Office) -> None:
    """A number would serve for nothing."""
    await office.database.write(arrives)
    office.talk = replace(office.talk, sends_by_phone=False)
    office.intake = replace(office.intake, talk=office.talk)
    assert "không cần số điện thoại" in await takes(office, IncomingKind.PRESS, data="s:phone:on")
    assert "Để lại số" not in str(await office.reads(lambda c: list(c.scalars(select(outbox.c.body)))))
