"""Who types what stands on a button does what the button does; what answers the open question is left to it."""

from datetime import datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.messages import IncomingKind
from storage import chats, conversations, outbox
from storage.facts import Ref
from storage.outbox import NoticeButton, Urgency
from tests.bot.office import HEALTH, Office

OFFERED = "Nhận kết quả"


def tell_answered(connection: Connection, *, chat_id: int, code: str, now: datetime) -> None:
    """Tell of an answer, as `petitions` does."""
    outbox.put(
        connection, chat_id=chat_id, key="petition_answered", unique_key=code, urgency=Urgency.NOTICE, now=now,
        params={"code": code, "unit": Ref("unit", "xa-mau.kinh-te"), "text": "Đã sửa."},
        buttons=[NoticeButton("rate_answer", f"case:{code}:rate_answer")],
    )  # fmt: skip


async def rated(office: Office) -> None:
    """Rate while a petition is laid aside: what the end of the rating offers stands above the petition's question."""
    await office.says("/phananh")
    await office.says("1")
    await office.opens(HEALTH)
    await office.says("5")
    await office.says("bỏ qua")
    assert "Ta tiếp tục" in await office.says("không")


async def test_the_words_of_an_offer_do_not_answer_the_open_question(office: Office) -> None:
    await rated(office)
    told = await office.says(OFFERED)

    assert told.startswith("Vâng. Mỗi kỳ báo cáo")
    assert ("results", "done") in await office.statuses()


async def test_without_diacritics_and_in_the_other_language_it_is_the_same(office: Office) -> None:
    await rated(office)
    await office.says("nhan ket qua")

    assert ("results", "done") in await office.statuses()


async def test_words_that_answer_the_open_question_are_left_to_it(office: Office) -> None:
    """After a rating "Không, cảm ơn" is offered; after a low one it answers a question."""
    await rated(office)
    await office.opens("u_xa-mau_trung-tam")
    for text in ("1", "1", "bỏ qua"):
        await office.says(text)
    await office.says("Không, cảm ơn")

    assert ("results", "done") not in await office.statuses()
    assert ("rating", "done") in await office.statuses()


async def test_what_was_offered_before_the_last_answer_is_past(office: Office) -> None:
    """Who declines a comment by "Không, cảm ơn" does not mean the results offered after another rating."""
    await rated(office)
    await office.opens("u_xa-mau_trung-tam")
    await office.says("bỏ qua")
    assert "muốn nói thêm điều gì" in await office.says("5")
    await office.says("Không, cảm ơn")

    assert ("results", "done") not in await office.statuses()


async def test_what_is_typed_by_chance_answers_as_ever(office: Office) -> None:
    await rated(office)

    assert "Không tìm thấy" in await office.says("Nhận kết quả này nọ")
    assert "Không tìm thấy" in await office.says("Đề nghị xem xét lại")


@pytest.mark.parametrize("typed", ["Đánh giá trả lời", "danh gia tra loi"])
async def test_the_words_of_a_notice_begin_what_its_button_begins(office: Office, typed: str) -> None:
    """On a channel without buttons its notices have only words; of two notices the newer is meant."""
    on: dict[str, Any] = {"channel": "zalo_bot", "account": "1"}
    await office.intake.accept(office.event(text="/trogiup", **on))
    chat = await office.reads(lambda connection: chats.find(connection, "zalo_bot", "1", "1"))
    assert chat is not None
    for code in ("PA-7K3M-9QXT-2HBN", "PA-0000-0000-0000"):
        await office.database.write(partial(tell_answered, chat_id=chat.id, code=code, now=office.at))
    await office.intake.accept(office.event(text=typed, **on))

    begun = await office.reads(lambda connection: conversations.open_in(connection, chat.id))
    assert begun is not None
    assert (begun.script, begun.args) == ("lookup", {"code": "PA-0000-0000-0000", "event": "rate_answer"})


async def test_words_of_buttons_long_past_begin_nothing(office: Office) -> None:
    await rated(office)
    for _ in range(5):
        await office.takes(IncomingKind.UNSUPPORTED)

    assert "Thuộc lĩnh vực nào?" in await office.says(OFFERED), "the unit that takes and returns dossiers is meant"
