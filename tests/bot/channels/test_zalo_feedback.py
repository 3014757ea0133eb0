"""The survey of those whose window is over: a rating template whose answer counts once, as the dossier's code would."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from sqlalchemy import Connection, select, update

from bot.channels.zalo.feedback import Feedback, RatingList, Ratings, feedback_of
from bot.messages import IncomingKind
from langnghe.config import Config
from langnghe.zalo import WEBHOOK_PATH, webhook
from storage import chats, invitations, outbox, recount, visit_tokens
from storage.desks import rating_desk
from storage.facts import Param, Ref
from storage.outbox import NoticeButton, Urgency
from storage.tables.ratings import answer, rating, visit_token
from storage.tables.windows import chat_window
from surveys.visits import Service, Visit
from tests.bot.channels.test_zalo_carrier import World, database_url, later, world
from tests.codes import SECRET, TOKEN_KEY
from tests.fakes.zalo import Param as TemplateParam
from tests.fakes.zalo import Template

__all__ = ["database_url", "world"]

UNIT = "xa-mau.kinh-te"
ASK = Template(
    "105", "Mời đánh giá", (TemplateParam("don_vi", 60), TemplateParam("ngay_tra_ket_qua", 10)), kind=5, tag=2
)


def visit_of(number: int) -> Visit:
    return Visit(UNIT, "land", Service.TTHC, dossier=f"H-{number}", verified=True)


async def invited(world: World, number: int = 1) -> str:
    """Send an invitation to somebody whose window is over; return its code."""
    database, now = world.office.database, world.office.at
    expires = now + timedelta(days=14)
    token = await database.write(lambda c: visit_tokens.issue(c, visit_of(number), TOKEN_KEY, now, expires))
    facts: dict[str, Param] = {"unit": Ref("unit", UNIT), "returned_on": date(2026, 11, 20), "until": expires.date()}
    await database.write(
        lambda c: outbox.put(
            c, chat_id=world.chat, key="invitation", params=facts, urgency=Urgency.REMINDER, now=now,
            buttons=[NoticeButton("rate", f"{invitations.OPENS}{token}")], unique_key=f"invitation:{number}:ask",
        )
    )  # fmt: skip
    await world.sender().round()
    return token


async def asked(world: World) -> str:
    """Return Zalo's number of an invitation that went as a rating template."""
    later(world, days=9)
    await world.lists(ASK, "invitation")
    await invited(world)
    assert await world.attempts() == [("template", "sent", 200)]
    return world.phone.person.messages[-1].id


def ratings(world: World) -> Ratings:
    office = world.office
    return Ratings(office.database, office.reference, office.talk.words, TOKEN_KEY, office.clock)


async def kept(world: World) -> list[tuple[Any, ...]]:
    columns = (rating.c.dossier, rating.c.verified, rating.c.channel, rating.c.state)
    rows = await world.office.database.read(lambda c: c.execute(select(*columns).order_by(rating.c.id)).all())
    return [tuple(row) for row in rows]


async def answers(world: World) -> dict[str, Any]:
    query = select(answer.c.item, answer.c.score, answer.c.text)
    rows = await world.office.database.read(lambda c: c.execute(query).all())
    return {row.item: row.score or row.text for row in rows}


async def test_a_rating_under_the_template_counts_as_the_code_would_and_once(world: World) -> None:
    message = await asked(world)
    assert world.heard()[-1].startswith("Mời đánh giá\nPhòng Kinh tế")
    event = await world.phone.rates(message, 5, "Nhanh, thân thiện")
    for _ in range(3):
        await ratings(world).heard(json.loads(event.raw))
    assert await kept(world) == [("H-1", True, "zalo", "finished")]
    assert await answers(world) == {"overall": 5, "comment": "Nhanh, thân thiện"}
    used = await world.office.database.read(lambda c: c.scalar(select(visit_token.c.used_at)))
    assert used == world.office.at


async def test_the_event_comes_by_the_signed_webhook_of_the_settings(world: World) -> None:
    console, office = world.fake.console, world.office
    config = Config(
        secret_key=SecretStr(SECRET), zalo_app_id=console.app_id,
        zalo_app_secret=SecretStr(console.app_secret), zalo_oa_id=console.oa_id,
        zalo_oa_secret_key=SecretStr(console.oa_secret_key),
    )  # fmt: skip
    app = web.Application()
    app.router.add_post(WEBHOOK_PATH, webhook(config, office.database, office.intake, office.clock).handle)
    message = await asked(world)
    async with TestServer(app) as server:
        world.fake.world.courier.point_at(str(server.make_url(WEBHOOK_PATH)))
        await world.phone.rates(message, 5)
        await world.fake.settled()
    assert await kept(world) == [("H-1", True, "zalo", "finished")]


async def test_a_low_rating_is_whole_with_what_its_form_asks(world: World) -> None:
    event = await world.phone.rates(await asked(world), 2, "Chờ lâu")
    for _ in range(2):
        await ratings(world).heard(json.loads(event.raw))
    assert await kept(world) == [("H-1", True, "zalo", "finished")]
    assert await answers(world) == {"overall": 2, "comment": "Chờ lâu"}
    assert await world.office.database.read(lambda c: list(recount.compare(c).examples)) == []


@pytest.mark.parametrize("silent_for", [timedelta(days=3), timedelta(days=9)])
async def test_who_was_dissatisfied_is_offered_a_petition_when_that_is_free(
    world: World, silent_for: timedelta
) -> None:
    event = await world.phone.rates(await asked(world), 1)
    world.phone.person.last = wrote = world.office.at - silent_for
    await world.office.database.write(lambda c: c.execute(update(chat_window).values(interacted_at=wrote)))
    for _ in range(2):
        await ratings(world).heard(json.loads(event.raw))
        await world.sender().round()
    assert not any("gửi phản ánh" in each for each in world.heard())
    await world.writes()
    for _ in range(3):
        later(world, seconds=10)
        await world.sender().round()
    offers = [each for each in world.phone.sees() if "Rất tiếc vì Ông/Bà chưa hài lòng" in each.text]
    assert len(offers) == 1
    assert "Phòng Kinh tế" in offers[0].text
    assert offers[0].buttons == ("Gửi phản ánh",)
    press = world.office.event(
        IncomingKind.PRESS, who=world.phone.person.id, channel="zalo", account=world.channel.account,
        data=f"s:report:{UNIT}",
    )  # fmt: skip
    await world.office.intake.accept(press)
    later(world, seconds=10)
    await world.sender().round()
    assert "Ông/Bà muốn gửi về việc gì?" in world.heard()[-1]
    assert await world.attempts() == [("template", "sent", 200)]


async def test_who_was_content_is_offered_nothing_and_a_rating_that_does_not_count_neither(world: World) -> None:
    message = await asked(world)
    event = await world.phone.rates(message, 3)
    await ratings(world).heard(json.loads(event.raw))
    late = await world.phone.rates(message, 1)
    await ratings(world).heard(json.loads(late.raw))
    await world.writes()
    later(world, seconds=10)
    await world.sender().round()
    assert not any("Rất tiếc" in each for each in world.heard())


async def test_what_is_ticked_in_our_words_is_the_reason(world: World) -> None:
    ticked = ("Điều khác", "Thời gian chờ, giải quyết", "Thái độ phục vụ")
    event = await world.phone.rates(await asked(world), 2, reasons=ticked)
    await ratings(world).heard(json.loads(event.raw))
    assert await kept(world) == [("H-1", True, "zalo", "finished")]
    query = select(answer.c.choice).where(answer.c.item == "reason")
    assert await world.office.database.read(lambda c: list(c.scalars(query))) == ["waiting"]
    assert await world.office.database.read(lambda c: list(recount.compare(c).examples)) == []


async def test_a_satisfied_person_is_asked_for_no_reason(world: World) -> None:
    event = await world.phone.rates(await asked(world), 5, reasons=("Thái độ phục vụ",))
    await ratings(world).heard(json.loads(event.raw))
    assert await answers(world) == {"overall": 5}


async def test_the_list_brings_what_no_event_brought(world: World) -> None:
    message = await asked(world)
    await world.phone.rates(message, 4)
    reader = reader_of(world)
    later(world, hours=2)
    await reader.round()
    assert await kept(world) == [("H-1", True, "zalo", "finished")]
    later(world, hours=2)
    await reader.round()
    assert len(world.fake.called("/rating/get")) == 2
    assert len(await kept(world)) == 1


def reader_of(world: World) -> RatingList:
    office = world.office
    return RatingList(world.channel.account, world.channel.client, ratings(world), office.database, office.clock)


async def test_the_list_is_read_of_each_template_that_asked_whichever_is_chosen_now(world: World) -> None:
    message = await asked(world)
    await world.phone.rates(message, 4)
    await world.lists(replace(ASK, id="106", name="Mời đánh giá, bản mới"), "invitation")
    await reader_of(world).round()
    assert await kept(world) == [("H-1", True, "zalo", "finished")]


@pytest.mark.parametrize("why", [{"error": -100}, {"status": 502}])
async def test_the_list_goes_on_where_it_was_read_whole_however_long_ago(world: World, why: dict[str, int]) -> None:
    message = await asked(world)
    await reader_of(world).round()
    later(world, hours=1)
    await world.phone.rates(message, 4)
    world.fake.next_answer("/rating/get", times=100, **why)
    for _ in range(8):  # over the feast of Tết
        later(world, days=1)
        await reader_of(world).round()
    assert await kept(world) == []
    world.fake.faults.clear()
    later(world, hours=2)
    await reader_of(world).round()
    assert await kept(world) == [("H-1", True, "zalo", "finished")]
    later(world, hours=2)
    await reader_of(world).round()
    last = world.fake.called("/rating/get")[-1].values
    assert int(last["to_time"]) - int(last["from_time"]) == 3 * 24 * 3600 * 1000


async def test_a_dossier_that_was_rated_in_the_chat_is_not_rated_again(world: World) -> None:
    message = await asked(world)
    desks = world.office.reference

    def rate(connection: Connection) -> None:
        person = chats.by_id(connection, world.chat).person_id
        desk = rating_desk(connection, desks.refresh(connection), world.office.at)
        number = desk.begin(person, visit_of(1), "quick", "zalo")
        desk.answer(number, "overall", 4)
        desk.finish(number)

    await world.office.database.write(rate)
    await ratings(world).heard(json.loads((await world.phone.rates(message, 1)).raw))
    assert await kept(world) == [("H-1", True, "zalo", "finished")]
    assert await answers(world) == {"overall": 4}


async def test_a_rating_of_nobody_s_message_is_nobody_s(world: World) -> None:
    await asked(world)
    await ratings(world).heard({"event_name": "user_feedback", "message": {"msg_id": "unknown", "rate": 5}})
    assert await kept(world) == []


async def test_a_rating_that_comes_after_the_invitation_ended_does_not_count(world: World) -> None:
    message = await asked(world)
    later(world, days=15)
    await ratings(world).heard(json.loads((await world.phone.rates(message, 5)).raw))
    assert await kept(world) == []


async def test_a_denunciation_beside_a_rating_is_not_kept(world: World) -> None:
    event = await world.phone.rates(await asked(world), 1, "Tôi tố cáo cán bộ này nhận hối lộ")
    await ratings(world).heard(json.loads(event.raw))
    assert await answers(world) == {"overall": 1}


@pytest.mark.parametrize(
    "told", [{}, {"msg_id": "m", "rate": 0}, {"msg_id": "m", "rate": "x"}, {"rate": 3}, {"msg_id": 7, "rate": 3}]
)
def test_what_is_no_rating_is_left_alone(told: dict[str, Any]) -> None:
    assert feedback_of(told, "msg_id") is None


def test_a_rating_may_be_written_as_text() -> None:
    found = feedback_of({"msgId": "m", "rate": "4", "note": "x"}, "msgId")
    assert found is not None
    assert (found.rate, found.note) == (4, "x")
    assert feedback_of({"msgId": "m", "rate": 2, "feedbacks": "x"}, "msgId") == Feedback("m", 2, "")
    assert feedback_of({"msgId": "m", "rate": 2, "feedbacks": [1, "x"]}, "msgId") == Feedback("m", 2, "", ("x",))
