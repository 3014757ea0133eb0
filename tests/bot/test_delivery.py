"""The sender over its real edges: the fake Bot API server with faults, the real client, the real outbox."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.delivery import AT_ONCE, FILE_LEASE, LEASE, RESTS, UPLOADS_AT_ONCE, Sender
from bot.letters import in_words
from bot.messages import IncomingKind
from bot.pace import Pace
from storage import chats, claims, outbox, outcomes
from storage.chats import Caller
from storage.claims import Letter, Uploads
from storage.database import StoreUnavailable
from storage.files import FolderStore
from storage.outbox import NoticeButton, Urgency
from storage.tables.people import chat
from tests.bot.channels.outgoing_files import kept
from tests.bot.office import Office
from tests.bot.post_office import ACCOUNT, Post
from tests.fakes.telegram import Chat
from tests.storage.documents import pdf


async def test_letters_of_a_chat_go_in_order_and_once(post: Post) -> None:
    phone, number = await post.phone()
    await post.writes(number, "một", "hai", "ba")

    await asyncio.gather(post.all_rounds(post.sender()), post.all_rounds(post.sender()))
    await post.all_rounds(post.sender())

    assert phone.hears() == ["một", "hai", "ba"]
    assert await post.states() == ["sent"] * 3


async def test_replies_go_before_broadcasts_of_other_chats(post: Post) -> None:
    _, first = await post.phone(1)
    _, second = await post.phone(2)
    await post.writes(first, "báo chung", urgency=Urgency.BROADCAST)
    await post.writes(second, "trả lời")

    claimed = await post.office.database.write(
        lambda c: claims.claim(c, now=post.office.at, lease=LEASE, token="t", limit=1)
    )

    assert [letter.body["text"] for letter in claimed] == ["trả lời"]


async def test_a_reply_overtakes_the_notices_of_its_chat(post: Post) -> None:
    """The answer to a step comes before the news of it, and is not held up by what may go only tomorrow."""
    phone, number = await post.phone()

    def put(connection: Connection) -> None:
        for days in (0, 1):
            outbox.put(
                connection, chat_id=number, key="petition_withdrawn", params={"code": f"PA-{days}"},
                unique_key=f"n{days}", urgency=Urgency.NOTICE, now=post.office.at,
                not_before=post.office.at + timedelta(days=days),
            )  # fmt: skip

    await post.office.database.write(put)
    await post.writes(number, "trả lời")
    await post.all_rounds(post.sender())
    assert [text[:20] for text in phone.hears()] == ["trả lời", "Người gửi đã rút phả"]

    await post.writes(number, "trả lời sau")
    await post.all_rounds(post.sender())
    assert phone.hears()[-1] == "trả lời sau"


async def test_a_server_error_is_tried_again_in_order(post: Post) -> None:
    phone, number = await post.phone()
    await post.writes(number, "một", "hai")
    post.fake.next_answer("sendMessage", status=502, reason="Bad Gateway")
    sender = post.sender()

    await post.all_rounds(sender)
    assert phone.hears() == []

    post.office.passes(seconds=30)
    await post.all_rounds(sender)
    assert phone.hears() == ["một", "hai"]


async def test_retry_after_is_obeyed_and_holds_up_nobody_else(post: Post) -> None:
    slow, first = await post.phone(1)
    quick, second = await post.phone(2)
    await post.writes(first, "chậm")
    post.fake.next_answer("sendMessage", status=429, parameters={"retry_after": 20})
    sender = post.sender()
    await post.all_rounds(sender)
    await post.writes(second, "nhanh")

    post.office.passes(seconds=10)
    await post.all_rounds(sender)
    assert (slow.hears(), quick.hears()) == ([], ["nhanh"])

    post.office.passes(seconds=12)
    await post.all_rounds(sender)
    assert slow.hears() == ["chậm"]


@pytest.mark.parametrize(("urgency", "times", "state"), [(Urgency.REPLY, 2, "sent"), (Urgency.REMINDER, 1, "unknown")])
async def test_after_a_lost_answer_replies_repeat_and_reminders_do_not(
    post: Post, urgency: Urgency, times: int, state: str
) -> None:
    phone, number = await post.phone()
    await post.writes(number, "một", urgency=urgency)
    post.fake.next_answer("sendMessage", drop_connection=True, does_it=True)
    sender = post.sender()
    await post.all_rounds(sender)
    post.office.passes(minutes=5)
    await post.all_rounds(sender)

    assert phone.hears() == ["một"] * times
    assert await post.states() == [state]


async def test_who_blocked_the_bot_gets_nothing_more(post: Post) -> None:
    phone, number = await post.phone()
    phone.chat.blocked = True
    await post.writes(number, "một", "hai")
    await post.all_rounds(post.sender())

    assert await post.states() == ["unreachable", "unreachable"]
    assert await post.office.reads(lambda c: c.scalar(select(chat.c.state))) == "unreachable"
    assert len(post.fake.called("sendMessage")) == 1


async def test_a_refused_letter_holds_up_nothing(post: Post) -> None:
    phone, number = await post.phone()
    await post.writes(number, "một", "hai")
    post.fake.next_answer("sendMessage", status=400, reason="Bad Request: message is too strange")
    await post.all_rounds(post.sender())

    assert await post.states() == ["refused", "sent"]
    assert phone.hears() == ["hai"]


async def test_a_letter_that_cannot_be_put_into_words_holds_up_nothing(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    phone, number = await post.phone()
    await post.office.database.write(
        lambda c: outbox.put(
            c,
            chat_id=number,
            key="of_older_code",
            params={},
            unique_key="old",
            urgency=Urgency.NOTICE,
            now=post.office.at,
        )
    )
    await post.writes(number, "hai")
    await post.all_rounds(post.sender())

    assert await post.states() == ["refused", "sent"]
    assert phone.hears() == ["hai"]
    assert "could not be sent" in caplog.text


async def test_a_group_that_moved_is_followed(post: Post) -> None:
    group, new = await _moved_group(post)
    await post.all_rounds(post.sender())

    assert [seen.text for seen in new.sees() if seen.from_bot] == ["chào nhóm"]
    assert await post.office.reads(lambda c: c.scalar(select(chat.c.external_chat))) == str(new.id)
    assert group.moved_to == new.id


async def test_a_group_that_moved_to_a_known_chat_is_left(post: Post) -> None:
    _, new = await _moved_group(post)
    caller = Caller("telegram", ACCOUNT, str(new.id), "1", "vi")
    await post.office.database.write(lambda c: chats.welcome(c, caller, post.office.at))
    await post.all_rounds(post.sender())

    assert await post.states() == ["unreachable"]
    assert [seen for seen in new.sees() if seen.from_bot] == []


async def _moved_group(post: Post) -> tuple[Chat, Chat]:
    group = post.fake.group(-77)
    caller = Caller("telegram", ACCOUNT, "-77", "1", "vi")
    found = await post.office.database.write(lambda c: chats.welcome(c, caller, post.office.at))
    await post.writes(found.id, "chào nhóm")
    return group, post.fake.upgrade(group, -1_000_000_000_077)


@pytest.mark.parametrize(("urgency", "state"), [(Urgency.REPLY, "sent"), (Urgency.REMINDER, "unknown")])
async def test_a_sender_that_died_between_claim_and_finish(post: Post, urgency: Urgency, state: str) -> None:
    phone, number = await post.phone()
    await post.writes(number, "một", urgency=urgency)
    await post.office.database.write(
        lambda c: claims.claim(c, now=post.office.at, lease=LEASE, token="of the dead", limit=5)
    )
    other = post.sender()
    await post.all_rounds(other)
    assert phone.hears() == []  # the lease still holds

    post.office.at += LEASE + timedelta(seconds=1)
    await post.all_rounds(other)

    assert await post.states() == [state]
    assert phone.hears() == (["một"] if state == "sent" else [])


FILE: Mapping[str, Any] = {"ref": f"{'0' * 32}.pdf", "name": "PA-1.pdf", "mime": "application/pdf", "size": 10}


def put_file(
    number: int, unique_key: str, at: datetime, file: Mapping[str, Any] = FILE
) -> Callable[[Connection], None]:
    """Return what puts a letter with a file into the outbox."""
    return lambda connection: outbox.put(
        connection, chat_id=number, key="petition_withdrawn", params={"code": "PA"}, file=file,
        unique_key=unique_key, urgency=Urgency.NOTICE, now=at,
    )  # fmt: skip


async def test_a_letter_with_a_file_has_the_time_that_an_upload_takes(post: Post) -> None:
    """Its sender is still at it when a text would long have been taken for lost."""
    numbers = [(await post.phone(each))[1] for each in (1, 2)]
    await post.writes(numbers[0], "một")
    await post.office.database.write(put_file(numbers[1], "f", post.office.at))
    sender, at = post.sender(), post.office.at

    def take(connection: Connection) -> list[Letter]:
        return claims.claim(connection, now=at, lease=LEASE, token="slow", limit=5, uploads=Uploads(FILE_LEASE, 5))

    assert len(await post.office.database.write(take)) == 2
    post.office.at += LEASE + timedelta(seconds=1)
    await post.all_rounds(sender)
    assert await post.states() == ["sent", "sending"]
    post.office.at += FILE_LEASE
    assert await sender.round() == 1


async def test_few_files_go_at_once_and_hold_up_no_texts(post: Post, tmp_path: Path) -> None:
    """Each is whole in memory while it goes; a line that is full of them is slow for each."""
    store = FolderStore(tmp_path / "files")
    file = asdict(await kept(store, pdf(), "PA-1.pdf"))
    for each in range(AT_ONCE + 5):
        _, number = await post.phone(each + 1)
        await post.office.database.write(put_file(number, f"f{each}", post.office.at, file))
    reader, last = await post.phone(999)
    await post.writes(last, "chữ", urgency=Urgency.NOTICE)
    slow = 4.0
    post.fake.next_answer("sendDocument", times=UPLOADS_AT_ONCE, delay=slow)
    sending = asyncio.create_task(post.sender(store).run())
    while not reader.hears():  # noqa: ASYNC110 - a phone tells nobody
        await asyncio.sleep(0.05)
    began = min(call.at for call in post.fake.calls)
    assert [call.at < began + slow for call in post.fake.called("sendMessage")] == [True]
    assert len(post.fake.called("sendDocument")) == UPLOADS_AT_ONCE
    while len(post.fake.called("sendDocument")) <= UPLOADS_AT_ONCE:  # noqa: ASYNC110 - the next ones take their place
        await asyncio.sleep(0.05)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


async def test_who_lost_the_lease_writes_nothing(post: Post) -> None:
    _, number = await post.phone()
    await post.writes(number, "một")
    database, at = post.office.database, post.office.at
    [letter] = await database.write(lambda c: claims.claim(c, now=at, lease=LEASE, token="slow", limit=1))
    post.office.at += LEASE + timedelta(seconds=1)
    await post.all_rounds(post.sender())

    assert not await database.write(lambda c: outcomes.finish(c, letter, "slow", state="refused", now=post.office.at))
    assert await post.states() == ["sent"]


async def test_a_letter_expires_instead_of_coming_too_late(post: Post) -> None:
    phone, number = await post.phone()
    await post.office.database.write(
        lambda c: outbox.put(
            c, chat_id=number, key="petition_withdrawn", params={"code": "PA"}, unique_key="x",
            urgency=Urgency.NOTICE, now=post.office.at, expires=post.office.at + timedelta(days=1),
        )
    )  # fmt: skip
    post.office.passes(days=2)
    await post.all_rounds(post.sender())

    assert await post.states() == ["expired"]
    assert phone.hears() == []


async def test_a_refused_token_keeps_everything_for_later(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    phone, number = await post.phone()
    await post.writes(number, "một")
    post.fake.next_answer("sendMessage", status=401, reason="Unauthorized")
    sender = post.sender()
    await post.all_rounds(sender)
    assert await post.states() == ["queued"]
    assert "is down" in caplog.text

    post.office.passes(minutes=11)
    await post.all_rounds(sender)
    assert phone.hears() == ["một"]


async def test_a_channel_that_is_not_connected_here_waits_for_one_that_is(post: Post) -> None:
    phone, number = await post.phone()
    await post.writes(number, "một")
    elsewhere = Sender(post.office.database, {}, post.office.talk.words, post.office.clock)
    await post.all_rounds(elsewhere)
    post.office.passes(minutes=11)
    await post.all_rounds(post.sender())

    assert phone.hears() == ["một"]


async def test_a_burst_to_one_chat_is_paced(post: Post) -> None:
    _, number = await post.phone()
    await post.writes(number, *(f"tin {n}" for n in range(6)))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await post.all_rounds(post.sender())

    assert loop.time() - begun > 1.5  # four at once, then one a second


def test_a_pace_gives_its_burst_and_then_its_rate() -> None:
    pace = Pace(rate=2, burst=3)

    assert [pace.wait(10.0) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    assert pace.wait(20.0) == 0


async def test_after_a_long_look_the_sender_rests_longer_than_it_looked(post: Post) -> None:
    """Tens of thousands wait for an account in trouble: looking past them must not take all of a core."""
    sender, time = post.sender(), asyncio.get_running_loop().time
    sender.look_seconds = 0.05
    sender.wake.set()
    begun = time()
    await sender.rest()
    assert time() - begun >= RESTS * 0.05


async def test_the_loop_survives_a_store_that_is_away(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    phone, number = await post.phone()
    await post.writes(number, "một")
    troubles: list[Exception] = [StoreUnavailable("away"), LookupError("broken on purpose")]
    has_work = claims.has_work

    def troubled(*asked: Any, **more: Any) -> bool:
        if troubles:
            raise troubles.pop(0)
        return has_work(*asked, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "has_work", troubled)
        patch.setattr("bot.delivery.IDLE_SECONDS", 0.01)
        loop = asyncio.create_task(post.sender().run())
        await phone.reads("một")
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
    assert "broken on purpose" in caplog.text


async def test_a_slow_chat_holds_up_no_other(post: Post) -> None:
    slow, first = await post.phone(1)
    quick, second = await post.phone(2)
    post.fake.next_answer("sendMessage", delay=1.5)
    sending = asyncio.create_task(post.sender().run())
    await post.writes(first, "chậm")
    await post.fake.until_called("sendMessage")
    await post.writes(second, "nhanh")
    await quick.reads("nhanh", within=4)

    assert slow.hears() == ["chậm"]  # has arrived at once; its answer is still under way
    assert len(post.fake.called("sendMessage")) == 2
    assert "sending" in await post.states()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


async def test_taking_buttons_away_costs_no_pace(post: Post) -> None:
    phone, number = await post.phone()

    def put(connection: Connection) -> None:
        for ref in range(20):
            outbox.put_words(
                connection, chat_id=number, body={"clear": str(ref)}, unique_key=f"clear:{ref}", now=post.office.at
            )

    await post.office.database.write(put)
    await post.writes(number, "một")
    sender = post.sender()
    await post.all_rounds(sender)

    assert phone.hears() == ["một"]
    assert sender.pacing.chats[number].tokens > 2


async def test_a_notice_is_said_in_the_language_of_its_chat(office: Office) -> None:
    await office.takes(IncomingKind.TEXT, text="hi", language="en", channel="telegram", account="1")
    buttons = [NoticeButton("accept", "case:PA-1:accept"), NoticeButton("transfer", "case:PA-1:transfer")]
    facts: Mapping[str, str] = {"code": "PA-1"}
    await office.database.write(
        lambda c: outbox.put(
            c, chat_id=1, key="petition_withdrawn", params=facts, buttons=buttons, unique_key="n",
            urgency=Urgency.NOTICE, now=office.at,
        )
    )  # fmt: skip
    claimed = [letter for _ in range(2) for letter in await office.database.write(_take_and_finish(office))]
    said = in_words(claimed[-1], office.talk.words)

    assert said.text.startswith("The sender withdrew petition PA-1")
    assert [(button.label, button.data) for button in said.buttons] == [
        ("Take on", "s:case:PA-1:accept"),
        ("Transfer", "s:case:PA-1:transfer"),
    ]


def _take_and_finish(office: Office) -> Callable[[Connection], list[Letter]]:
    def job(connection: Connection) -> list[Letter]:
        letters = claims.claim(connection, now=office.at, lease=LEASE, token="t", limit=1)
        for letter in letters:
            outcomes.finish(connection, letter, "t", state="sent", now=office.at)
        return letters

    return job


async def test_attempts_are_counted_by_class_and_outcome(post: Post) -> None:
    _, number = await post.phone()
    await post.writes(number, "một", "hai")
    await post.writes(number, "nhắc", urgency=Urgency.REMINDER)
    post.fake.next_answer("sendMessage", status=400, reason="Bad Request: message text is empty")
    sender = post.sender()
    await post.all_rounds(sender)
    assert sender.tally.tried == {("reply", "refused"): 1, ("reply", "sent"): 1, ("reminder", "sent"): 1}
