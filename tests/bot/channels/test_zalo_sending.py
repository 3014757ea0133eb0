"""Sending to a strict Zalo: parts in order, refused buttons left out, outages told as what they are."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.channels.zalo.attachments import Attachments
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.client import Addresses, NoToken, Token, ZaloClient
from bot.channels.zalo.files import FileHosts
from bot.channels.zalo.seal import Seal
from bot.file_links import FileLinks
from bot.messages import Button, FileGone, Outgoing, SendOutcome
from storage.database import StoreUnavailable
from storage.files import FolderStore
from tests.fakes.zalo import FakeZalo, Phone
from tests.storage.pictures import png

CS = "/v3.0/oa/message/cs"
NOWHERE = Path("nowhere")
"""A folder of files for those who send none."""
LINKS = FileLinks.of("https://langnghe.example", "khoa-mau")


@dataclass
class GoodToken:
    """The one token of the fake; none after a refusal. `away`: how often its store is away before that."""

    value: str
    away: int = 0

    async def current(self) -> Token:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        return Token(self.value, 1)

    async def after_refusal(self, _refused: Token) -> Token:
        raise NoToken("refused")


@pytest.fixture
async def fake() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as server:
        yield server


@pytest.fixture
async def phone(fake: FakeZalo) -> Phone:
    phone = fake.person(1)
    await phone.types("xin chào")
    return phone


@pytest.fixture
async def channel(fake: FakeZalo) -> AsyncIterator[ZaloChannel]:
    made = channel_of(fake)
    yield made
    await made.close()


def channel_of(
    fake: FakeZalo, *, names_template: bool = False, picture: str = "", files: Path = NOWHERE
) -> ZaloChannel:
    tokens = GoodToken(fake.world.oauth.issue().access)
    return channel_over(fake, client_of(fake, tokens), files, names_template=names_template, picture=picture)


def client_of(fake: FakeZalo, tokens: GoodToken, timeout: float = 0.5) -> ZaloClient:
    """Return what calls the fake."""
    return ZaloClient(Addresses(fake.bases.oauth, fake.bases.openapi, fake.bases.business), tokens, timeout=timeout)


def channel_over(fake: FakeZalo, client: ZaloClient, files: Path = NOWHERE, **more: Any) -> ZaloChannel:
    """Return a channel whose files lie in a folder."""
    attachments = Attachments(client, FolderStore(files, spare=0), LINKS, fake.world.clock)
    hosts = FileHosts.of(f"zdn.vn,{fake.bases.files}")
    return ZaloChannel(client, Seal("key", fake.console.oa_id), hosts, attachments, **more)


ASKED = Outgoing("Tiếp tục?", (Button("Có", "c1.2.yes"), Button("Không", "c1.2.no")))


async def test_a_message_arrives_with_its_buttons(phone: Phone, channel: ZaloChannel) -> None:
    result = await channel.send(phone.person.id, ASKED)
    seen = phone.sees()[-1]
    assert (result.outcome, result.message_ref) == (SendOutcome.SENT, seen.id)
    assert (seen.text, seen.buttons) == ("Tiếp tục?\n\n1. Có\n2. Không", ("1. Có", "2. Không"))


async def test_a_long_message_arrives_in_order(phone: Phone, channel: ZaloChannel) -> None:
    text = "\n\n".join(f"{number} " + "chữ " * 200 for number in range(9))
    result = await channel.send(phone.person.id, Outgoing(text, ASKED.buttons))
    heard = [seen for seen in phone.sees() if seen.from_oa]
    assert result.message_ref == heard[-1].id
    assert len(heard) > 3
    assert [bool(seen.buttons) for seen in heard] == [False] * (len(heard) - 1) + [True]
    assert "".join(" ".join(seen.text for seen in heard).split()).startswith("".join(text.split()))


async def test_buttons_that_zalo_refuses_are_left_out(fake: FakeZalo, phone: Phone, channel: ZaloChannel) -> None:
    fake.world.buttons_form = "template_type"
    assert (await channel.send(phone.person.id, ASKED)).outcome is SendOutcome.SENT
    text = "Tiếp tục?\n\n1. Có\n2. Không\n\nÔng/Bà trả lời bằng số, ví dụ: 1."
    assert (phone.sees()[-1].text, phone.sees()[-1].buttons) == (text, ())
    other = channel_of(fake, names_template=True)
    assert (await other.send(phone.person.id, ASKED)).outcome is SendOutcome.SENT
    assert phone.sees()[-1].buttons == ("1. Có", "2. Không")
    await other.close()


async def test_a_question_for_a_number_shows_zalo_s_form_where_there_is_a_picture(
    fake: FakeZalo, phone: Phone, channel: ZaloChannel
) -> None:
    question = Outgoing("Số nào?", wants="contact")
    await channel.send(phone.person.id, question)
    assert [seen.kind for seen in phone.sees() if seen.from_oa] == ["text"]
    with_form = channel_of(fake, picture="https://xamau.example/anh.jpg")
    result = await with_form.send(phone.person.id, question)
    said = [seen for seen in phone.sees() if seen.from_oa][1:]
    assert [seen.kind for seen in said] == ["text", "request_user_info"]
    assert (result.outcome, result.message_ref) == (SendOutcome.SENT, said[0].id)
    fake.next_answer(CS)
    fake.next_answer(CS, error=-201)
    assert (await with_form.send(phone.person.id, question)).outcome is SendOutcome.SENT  # it can still be typed
    await with_form.close()


@pytest.mark.parametrize(
    ("fault", "outcome", "sent"),
    [
        ({"error": -32}, SendOutcome.RETRY, 0),
        ({"drop_connection": True}, SendOutcome.UNKNOWN, 0),
        ({"drop_connection": True, "does_it": True}, SendOutcome.UNKNOWN, 1),
        ({"status": 502, "body": b"<html>"}, SendOutcome.UNKNOWN, 0),
        ({"delay": 2.0}, SendOutcome.UNKNOWN, 1),
        ({"error": -216}, SendOutcome.CHANNEL_DOWN, 0),
        ({"error": -244}, SendOutcome.PARKED, 0),
    ],
)
async def test_what_goes_wrong_is_told_as_what_it_is(
    fake: FakeZalo, phone: Phone, channel: ZaloChannel, fault: dict[str, Any], outcome: SendOutcome, sent: int
) -> None:
    fake.next_answer(CS, **fault)
    result = await channel.send(phone.person.id, Outgoing("một"))
    assert (result.outcome, len(phone.hears())) == (outcome, sent)


async def test_without_its_store_nothing_is_sent_and_nothing_lost(fake: FakeZalo, phone: Phone) -> None:
    channel = channel_over(fake, client_of(fake, GoodToken("", away=1)))
    assert (await channel.send(phone.person.id, ASKED)).outcome is SendOutcome.RETRY
    assert phone.hears() == []


@pytest.mark.parametrize(
    ("fault", "outcome", "sign"),
    [
        ({}, SendOutcome.SENT, "/-strong"),
        ({"error": -201}, SendOutcome.SENT, ""),
        ({"error": -244}, SendOutcome.SENT, ""),
        ({"drop_connection": True}, SendOutcome.SENT, ""),
        ({"error": -32}, SendOutcome.RETRY, ""),
        ({"error": -216}, SendOutcome.CHANNEL_DOWN, ""),
    ],
)
async def test_a_sign_on_a_message_says_that_it_has_arrived(
    fake: FakeZalo, phone: Phone, channel: ZaloChannel, fault: dict[str, Any], outcome: SendOutcome, sign: str
) -> None:
    message = await phone.types("đèn hỏng")
    if fault:
        fake.next_answer("/v2.0/oa/message", **fault)
    assert (await channel.react(phone.person.id, message)).outcome is outcome
    assert phone.sees()[-1].reaction == sign


async def test_old_buttons_stay_where_they_are(phone: Phone, channel: ZaloChannel) -> None:
    assert (await channel.clear_buttons(phone.person.id, "m1")).outcome is SendOutcome.SENT


async def test_a_sent_picture_is_fetched_within_its_limit(fake: FakeZalo, phone: Phone, channel: ZaloChannel) -> None:
    await phone.sends_image(png())
    url = f"{fake.world.files_base}{list(fake.world.uploads.sent)[-1]}"
    assert await channel.fetch_file(url, 1_000_000) == png()
    with pytest.raises(FileGone, match="more than"):
        await channel.fetch_file(url, 10)
    with pytest.raises(FileGone, match="gone"):
        await channel.fetch_file(f"{fake.world.files_base}/none", 10)
