"""What failed is decided on one page, without showing more of anybody than is needed; alarms stand above every page."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, insert, select, update

from storage import channel_states, chats, conversations, dead_letters, outbox, unknown_events, watched
from storage.chats import Caller
from storage.database import StoreUnavailable
from storage.outbox import Urgency
from storage.tables.audit import audit
from storage.tables.conversations import dead_letter
from storage.tables.delivery import outbox as letters
from tests.admin.office import START, Office, Visitor

PATH = "/admin/dead-letters"
WORDS = "Cầu qua suối đã gãy <b>từ sáng</b>"
EVENT = {
    "kind": "text", "channel": "telegram", "account": "1", "chat": "990011", "person": "990011", "event_key": "e1",
    "at": START.isoformat(), "text": WORDS, "name": "Người gửi mẫu 01", "username": "nguoi_mau", "phone": "0900000001",
}  # fmt: skip
UPDATE = {
    "update_id": 5,
    "message": {"from": {"first_name": "Người gửi mẫu 02"}, "chat": {"id": 880022}, "text": WORDS},
}


async def bury(office: Office, raw: Mapping[str, object], reason: str = "KeyError at parsing.py:7") -> int:
    def job(connection: Connection) -> int:
        conversations.bury(connection, channel="telegram", account="1", raw=raw, reason=reason, now=START)
        number: int = connection.execute(select(func.max(dead_letter.c.id))).scalar_one()
        return number

    return await office.database.write(job)


async def fail(office: Office, urgency: Urgency, state: str = "refused", **facts: object) -> int:
    """Leave a message in the outbox as one that could not be sent."""

    def job(connection: Connection) -> int:
        chat = chats.welcome(connection, Caller("telegram", "1", "990011", "990011", "vi"), START)
        body = {"text": WORDS}
        count = connection.execute(select(func.count()).select_from(letters)).scalar_one()
        outbox.put_words(connection, chat_id=chat.id, body=body, unique_key=f"k{count}", now=START, urgency=urgency)
        number: int = connection.execute(select(func.max(letters.c.id))).scalar_one()
        values = {"state": state, "error": "BadRequest: button_data_invalid", "attempts": 1, **facts}
        connection.execute(update(letters).where(letters.c.id == number).values(**values))
        return number

    return await office.database.write(job)


async def actions(office: Office, begins: str) -> list[str]:
    query = select(audit.c.action, audit.c.actor, audit.c.details).where(audit.c.action.startswith(begins))
    rows = await office.database.read(lambda connection: connection.execute(query.order_by(audit.c.seq)).all())
    admin = f"staff:{office.accounts['quantri'].id}"
    assert all(row.actor == admin for row in rows)
    assert WORDS not in str([row.details for row in rows])
    return [row.action for row in rows]


async def admin_of(office: Office) -> Visitor:
    return await office.visitor().signs_in("quantri")


async def state_of(office: Office, number: int) -> str:
    return (await office.database.read(lambda connection: dead_letters.one(connection, number))).state


@pytest.mark.parametrize("raw", [EVENT, {"update": json.dumps(UPDATE)}], ids=["event", "update"])
async def test_what_a_person_wrote_is_seen_on_demand_alone_and_never_who(
    office: Office, raw: Mapping[str, object]
) -> None:
    number = await bury(office, raw)
    admin = await admin_of(office)
    page = await admin.get(PATH)
    assert "KeyError at parsing.py:7" in page
    assert "Cầu qua suối" not in page
    assert await actions(office, "dead_letter.") == []

    page = await admin.post(f"{PATH}/{number}/look")

    assert admin.status == 200
    assert "Cầu qua suối đã gãy &lt;b&gt;từ sáng&lt;/b&gt;" in page
    for hidden in ("990011", "880022", "Người gửi mẫu", "nguoi_mau", "0900000001", "<b>từ"):
        assert hidden not in page
    assert await actions(office, "dead_letter.") == ["dead_letter.look"]


async def test_an_event_is_tried_again_or_dropped_once(office: Office) -> None:
    first, second = [await bury(office, EVENT) for _ in range(2)]
    admin = await admin_of(office)
    await admin.post(f"{PATH}/{first}/retry")
    assert admin.location == f"{PATH}?done=event_retry"
    await admin.post(f"{PATH}/{second}/discard")
    assert (await state_of(office, first), await state_of(office, second)) == ("retry", "discarded")
    for number, act in ((first, "discard"), (second, "retry"), (first, "retry")):
        page = await admin.post(f"{PATH}/{number}/{act}")
        assert admin.status == 409
        assert "đã có người xử lý" in page
    assert await actions(office, "dead_letter.") == ["dead_letter.retry", "dead_letter.discard"]
    assert "Mọi tin đến đều đã được xử lý" in await admin.get(PATH)
    assert "Đang thử lại (1)" in await admin.get(f"{PATH}?state=discarded")


async def test_all_that_wait_are_tried_again_at_once(office: Office) -> None:
    numbers = [await bury(office, EVENT) for _ in range(3)]
    withheld = await bury(office, {"kind": "text", dead_letters.WITHHELD: "denunciation"})
    admin = await admin_of(office)
    page = await admin.get(PATH)
    assert "không thử lại được" in page
    assert f"{PATH}/{withheld}/retry" not in page
    await admin.post(f"{PATH}/retry-all")
    assert [await state_of(office, number) for number in (*numbers, withheld)] == ["retry"] * 3 + ["new"]
    await admin.post(f"{PATH}/{withheld}/retry")
    assert admin.status == 422
    assert await actions(office, "dead_letter.") == ["dead_letter.retry"]


@pytest.mark.parametrize("path", ["999/retry", "999/look", "x/retry", "1/fly", "٣/retry", f"{9**30}/look"])
async def test_what_is_not_there_is_told(office: Office, path: str) -> None:
    admin = await admin_of(office)
    await admin.post(f"{PATH}/{path}")
    assert admin.status == 404


async def test_replies_and_notices_go_again_and_nothing_else_does(office: Office) -> None:
    numbers = {urgency: await fail(office, urgency) for urgency in Urgency}
    late = await fail(office, Urgency.NOTICE, expires_at=START - timedelta(minutes=1))
    admin = await admin_of(office)
    page = await admin.get(PATH)
    assert "Cầu qua suối" not in page
    offered = {int(found) for found in re.findall(r"/admin/undelivered/(\d+)/retry", page)}
    assert offered == {numbers[Urgency.REPLY], numbers[Urgency.NOTICE]}
    for number in (*numbers.values(), late):
        await admin.post(f"/admin/undelivered/{number}/retry")
        assert admin.status == (303 if number in offered else 422)
    rows = await office.database.read(
        lambda connection: connection.execute(select(letters.c.id, letters.c.state, letters.c.attempts)).all()
    )
    assert {row.id for row in rows if (row.state, row.attempts) == ("queued", 0)} == offered


async def test_a_settled_message_is_not_shown_any_more(office: Office) -> None:
    number = await fail(office, Urgency.REMINDER, "unknown")
    admin = await admin_of(office)
    assert "Cầu qua suối" in await admin.post(f"/admin/undelivered/{number}/look")
    await admin.post(f"/admin/undelivered/{number}/discard")
    assert "Mọi tin đi đều đã gửi" in await admin.get(PATH)
    await admin.post(f"/admin/undelivered/{number}/discard")
    assert admin.status == 409
    assert await actions(office, "undelivered.") == ["undelivered.look", "undelivered.discard"]


async def test_many_are_shown_in_pages_that_keep_each_other(office: Office) -> None:
    row = {"at": START, "channel": "telegram", "account": "1", "raw": EVENT, "reason": "x", "state": "new"}
    await office.database.write(lambda connection: connection.execute(insert(dead_letter), [row] * 45))
    for _ in range(2):
        await fail(office, Urgency.NOTICE)
    admin = await admin_of(office)
    for typed, shown in (("1", 20), ("3", 5), ("99", 5), ("-1", 20), ("x", 20)):
        page = await admin.get(f"{PATH}?page={typed}")
        assert page.count(f'formaction="{PATH}/') == 3 * shown
    assert f"{PATH}?state=new&amp;page=1#page" in await admin.get(f"{PATH}?state=new&page=2")


async def put(office: Office, place: tuple[str, str], problem: str | None, reason: str = "", waiting: int = 0) -> None:
    await office.database.write(
        lambda connection: channel_states.put(
            connection, place, problem=problem, now=office.watch.now, reason=reason or None, waiting=waiting
        )
    )


def alarms(page: str) -> list[str]:
    """Return the lines above a page, without their links."""
    return re.findall(r'<p class="note \w+"><span>([^<]*)</span>', page.partition('class="head"')[0])


TELEGRAM = ("telegram", "1")


async def test_without_trouble_nothing_stands_above_the_page(office: Office) -> None:
    await put(office, TELEGRAM, None)
    assert alarms(await (await admin_of(office)).get("/admin")) == []


@pytest.mark.parametrize("login", ["canbo", "quantri"])
async def test_a_channel_that_is_down_is_told_to_all_and_leads_who_may_act(office: Office, login: str) -> None:
    await put(office, TELEGRAM, "unreachable", "NetworkError: Bad Gateway")
    office.watch.passes(timedelta(hours=3))
    visitor = await office.visitor().signs_in(login)
    page = await visitor.get("/admin")
    assert alarms(page) == [
        "Không kết nối được Telegram từ 09:00 ngày 16/11/2026: tin qua kênh này sẽ đến chậm, không tin nào bị mất."
    ]
    assert (f'<a href="{PATH}">' in page.partition('class="head"')[0].partition("alarms")[2]) == (login == "quantri")
    assert "Bad Gateway" not in page


async def test_what_only_an_administrator_can_settle_is_told_to_him_alone(office: Office) -> None:
    await put(office, channel_states.DEAD_LETTERS, "failures_wait", waiting=3)
    await put(office, TELEGRAM, "changed", "stranger.example")
    assert alarms(await (await office.visitor().signs_in("thuongtruc")).get("/admin")) == []
    told = alarms(await (await admin_of(office)).get("/admin"))
    assert len(told) == 2
    assert "stranger.example" in told[0]
    assert told[1].startswith("3 tin chưa xử lý được")


async def test_a_damaged_file_is_told_to_administrators_and_leads_nowhere(office: Office) -> None:
    """What it needs is done at the machine: no page can do it."""
    await put(office, channel_states.FILE, "damaged", "row 3 missing from index")
    assert alarms(await (await office.visitor().signs_in("thuongtruc")).get("/admin")) == []
    page = await (await admin_of(office)).get("/admin")
    [told] = alarms(page)
    assert told.startswith("Tệp dữ liệu bị hỏng (row 3 missing from index), phát hiện lúc 09:00")
    assert "<a " not in page.partition('class="head"')[0].partition("alarms")[2]


async def test_every_problem_has_words_of_its_own(office: Office) -> None:
    visitor = await admin_of(office)
    seen = set()
    for problem in ("refused", "unreachable", "changed", "failing", "growing", "outbox_late", "damaged", "unheard_of"):
        await put(office, TELEGRAM, problem)
        [told] = alarms(await visitor.get("/admin/me"))
        seen.add(told)
    assert len(seen) == 8


async def test_a_store_that_refuses_is_told_until_it_takes_again(office: Office) -> None:
    def away(_connection: Connection) -> None:
        raise OSError("no space left on device")

    visitor = await office.visitor().signs_in("canbo")
    with pytest.raises(StoreUnavailable):
        await office.database.write(away)
    assert alarms(await visitor.get("/admin"))[0].startswith("Hệ thống đang không lưu được dữ liệu")
    await put(office, TELEGRAM, None)
    assert alarms(await visitor.get("/admin")) == []


async def test_a_watch_that_stands_still_is_told(office: Office) -> None:
    await office.database.write(
        lambda connection: channel_states.take_turn(connection, *channel_states.WATCH, START, timedelta(minutes=1))
    )
    visitor = await office.visitor().signs_in("canbo")
    office.watch.passes(timedelta(minutes=3))
    assert alarms(await visitor.get("/admin")) == []
    office.watch.passes(timedelta(seconds=1))
    [told] = alarms(await visitor.get("/admin"))
    assert told.startswith("Tiến trình nền không hoạt động từ 09:00")


async def test_the_line_goes_with_the_last_one_that_is_settled(office: Office) -> None:
    number = await bury(office, EVENT)
    message = await fail(office, Urgency.NOTICE)
    await office.database.write(lambda connection: watched.note_failures(connection, START))
    admin = await admin_of(office)
    assert alarms(await admin.get("/admin")) == ["2 tin chưa xử lý được đang chờ Ông/Bà quyết định."]
    await admin.post(f"{PATH}/{number}/discard")
    await admin.post(f"/admin/undelivered/{message}/retry")
    assert alarms(await admin.get("/admin")) == []


async def test_strangers_see_no_alarm(office: Office) -> None:
    await put(office, TELEGRAM, "unreachable")
    for path in ("/", "/admin/sign-in"):
        assert alarms(await office.visitor().get(path)) == []


async def test_the_page_shows_how_each_channel_is(office: Office) -> None:
    await put(office, TELEGRAM, "failing", "Wrong response from the webhook: 503", waiting=12)
    page = await (await admin_of(office)).get(PATH)
    assert "Wrong response from the webhook: 503" in page
    assert "Tin đang chờ ở kênh" in page


async def test_kinds_that_nobody_knows_are_counted_and_tried_again_together(office: Office) -> None:
    def job(connection: Connection) -> None:
        for number in range(2):
            raw = {"update": f'{{"event_name": "user_send_hologram", "number": {number}}}'}
            unknown_events.note(connection, "zalo", "1", "user_send_hologram", raw, office.watch.now)

    await office.database.write(job)
    admin = await office.visitor().signs_in("quantri")
    assert "user_send_hologram" not in await admin.get("/admin/dead-letters")
    page = await admin.get("/admin/dead-letters?state=unknown")
    assert page.count("user_send_hologram") == 3  # its line, and two examples
    await admin.post("/admin/dead-letters/retry-all", {"state": "unknown"})
    assert len(await office.database.read(lambda c: dead_letters.some(c, "retry"))) == 2
