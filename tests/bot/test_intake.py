import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.effects import Next, Script, Text, perform, say
from bot.messages import FileRef, IncomingKind, Place
from bot.scenes import ScriptSpec
from bot.scripts import SCRIPTS
from storage.database import StoreUnavailable
from storage.desks import Desks
from storage.tables.conversations import dead_letter
from storage.tables.people import chat, person
from storage.tables.ratings import answer, rating
from surveys.visits import Service, Visit
from tests.bot.office import HEALTH, Office, words
from tests.conversations.world import everything

BRIBE = "Tôi tố cáo một cán bộ nhận hối lộ"


async def test_a_repeated_event_changes_nothing(office: Office) -> None:
    event = office.event(IncomingKind.START, data=HEALTH)
    await office.intake.accept(event)
    before = await office.reads(everything)

    await office.intake.accept(event)

    assert await office.reads(everything) == before


async def test_the_same_key_of_another_bot_is_another_event(office: Office) -> None:
    event = office.event(text="xin chào")
    await office.intake.accept(event)
    await office.intake.accept(replace(event, account="other"))

    assert await office.reads(lambda c: c.scalar(select(func.count()).select_from(chat))) == 2


async def test_duplicates_at_once_have_one_effect(office: Office) -> None:
    await office.opens(HEALTH)
    event = office.event(text="5")

    await asyncio.gather(*(office.intake.accept(event) for _ in range(8)))

    conversation = await office.open_conversation()
    assert conversation is not None
    assert conversation.asked == "item.comment"
    assert await office.reads(lambda c: c.execute(select(answer.c.score)).scalars().all()) == [5]


async def test_first_events_of_one_chat_at_once_make_one_chat(office: Office) -> None:
    await asyncio.gather(*(office.intake.accept(office.event(text=f"chào {n}")) for n in range(6)))

    assert await office.reads(lambda c: c.scalar(select(func.count()).select_from(chat))) == 1
    assert await office.dead_letters() == []


async def test_a_failing_script_is_undone_buried_and_told(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_scene: object) -> Script[Next | None]:
        yield from say(Text("menu.help"))
        yield from perform("rate", _half_done)
        return None

    office.scripts = {**SCRIPTS, "help": ScriptSpec("help", broken)}
    office.rebuild()

    told = await office.says("/trogiup")

    assert "trục trặc" in told
    [reason] = await office.dead_letters()
    assert reason.startswith("LookupError at test_intake.py:"), "where it failed, never the words of the error"
    assert await office.reads(lambda c: c.scalar(select(func.count()).select_from(rating))) == 0
    assert "broken on purpose" in caplog.text
    assert "Xin chào" in await office.says("xin chào")


def _half_done(desks: Desks) -> None:
    desks.ratings.begin(desks.chat.person_id, Visit("xa-mau.tram-y-te", None, Service.TTHC), "quick", "terminal")
    raise LookupError("broken on purpose")


async def test_a_failing_event_keeps_no_denunciation(office: Office) -> None:
    def broken(_scene: object) -> Script[Next | None]:
        raise LookupError("broken on purpose")
        yield

    office.scripts = {**SCRIPTS, "denunciation": ScriptSpec("denunciation", broken)}
    office.rebuild()

    await office.says(BRIBE)

    assert await office.reads(lambda c: c.scalar(select(func.count()).select_from(dead_letter))) == 1
    assert "hối lộ" not in await office.reads(everything)


async def test_a_store_that_is_away_is_told_to_the_channel(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_job: object) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(office.database, "write", away)

    with pytest.raises(StoreUnavailable):
        await office.intake.accept(office.event(text="xin chào"))


async def test_what_could_not_be_read_is_kept_raw(office: Office) -> None:
    await office.intake.bury_raw("telegram", "1", {"update": "…"}, "no JSON")

    assert await office.dead_letters() == ["no JSON"]


@pytest.mark.parametrize("how", ["text", "caption", "command", "place", "unit", "code"])
async def test_a_denunciation_is_kept_nowhere(office: Office, how: str) -> None:
    """Whatever question is open, and however the words come."""
    for line in {"place": ["/phananh", "hiện trường", "bo qua", "bo qua", "Đèn đường hỏng ba tuần nay", "xong"],
                 "unit": ["/phananh", "thủ tục, quy định"], "code": ["/tracuu"]}.get(how, []):  # fmt: skip
        await office.says(line)

    if how == "caption":
        file = FileRef("a.png", "photo", "", 10, "image/png")
        told = words(await office.takes(IncomingKind.FILE, text=BRIBE, file=file))
    elif how == "command":
        told = words(await office.takes(IncomingKind.COMMAND, text=f"tracuu {BRIBE}"))
    else:
        told = await office.says(BRIBE)

    assert "Tố cáo không nhận qua kênh này" in told
    assert "hối lộ" not in await office.reads(everything)


async def test_a_blocked_chat_gets_nothing_until_it_comes_back(office: Office) -> None:
    await office.intake.accept(office.event(text="xin chào", channel="telegram", account="1"))
    await office.intake.accept(office.event(IncomingKind.BLOCKED, channel="telegram", account="1"))
    assert {letter["state"] for letter in await office.letters()} == {"unreachable"}
    assert await office.reads(lambda c: c.scalar(select(chat.c.state))) == "unreachable"

    await office.intake.accept(office.event(IncomingKind.UNBLOCKED, channel="telegram", account="1"))
    await office.intake.accept(office.event(text="xin chào", channel="telegram", account="1"))

    assert [letter["state"] for letter in await office.letters()] == ["unreachable", "queued"]


async def test_a_group_is_answered_once_a_day(office: Office) -> None:
    for _ in range(3):
        await office.intake.accept(office.event(IncomingKind.GROUP, channel="telegram", account="1", who="-5"))
    assert len(await office.letters()) == 1

    office.passes(days=1)
    await office.intake.accept(office.event(IncomingKind.GROUP, channel="telegram", account="1", who="-5"))

    assert len(await office.letters()) == 2


async def test_an_album_is_acknowledged_once(office: Office) -> None:
    def taken(kind: IncomingKind = IncomingKind.TEXT, **parts: Any) -> Any:
        return office.intake.accept(office.event(kind, channel="telegram", account="1", **parts))

    for text in ("phản ánh", "thủ tục, quy định", "bo qua", "bo qua", "Trả hồ sơ chậm mười ngày"):
        await taken(text=text)
    before = len(await office.letters())
    for number in range(3):
        file = FileRef(f"photo{number}", "photo", "", 10, "image/jpeg", group="album")
        await taken(IncomingKind.FILE, file=file)

    assert len(await office.letters()) == before + 1


async def test_a_press_is_answered_before_its_buttons_are_taken_away(office: Office) -> None:
    await office.takes(IncomingKind.START, data=HEALTH, channel="telegram", account="1")
    data = (await office.letters())[-1]["body"]["buttons"][0]["data"]
    await office.takes(IncomingKind.PRESS, data=data, channel="telegram", account="1", message_ref="7")

    assert [set(letter["body"]) & {"text", "clear"} for letter in await office.letters()] == [
        {"text"},
        {"text"},
        {"clear"},
    ]


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (IncomingKind.LOCATION, {"place": Place(21.0, 105.8)}),
        (IncomingKind.CONTACT, {"phone": "+84900000000"}),
        (IncomingKind.UNSUPPORTED, {}),
        (IncomingKind.COMMAND, {"text": "khongco"}),
        (IncomingKind.START, {"data": "x_1"}),
        (IncomingKind.PRESS, {"data": "nonsense"}),
        (IncomingKind.EDIT, {"text": "mới"}),
    ],
)
async def test_everything_out_of_the_blue_is_answered(
    office: Office, kind: IncomingKind, parts: dict[str, Any]
) -> None:
    assert words(await office.takes(kind, **parts))
    assert await office.dead_letters() == []


async def test_a_phone_number_is_not_kept(office: Office) -> None:
    await office.takes(IncomingKind.CONTACT, phone="+84900000000")

    assert "+84900000000" not in await office.reads(everything)


async def test_who_writes_first_speaks_the_language_of_the_phone(office: Office) -> None:
    assert "Hello" in words(await office.takes(text="hi there", language="en-GB"))


async def test_one_person_rates_one_office_once_a_day(office: Office) -> None:
    for line in (HEALTH, HEALTH):
        await office.opens(line)
        for text in ("5", "bỏ qua", "không"):
            await office.says(text)

    assert await office.reads(lambda c: c.scalar(select(func.count()).select_from(rating))) == 1
    assert await office.reads(lambda c: c.scalar(select(func.count()).select_from(person))) == 1
