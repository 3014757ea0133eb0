"""The fake's webhook sender: signed over the raw bytes, again when it is not taken, given up after five repeats."""

import hashlib
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientSession, web

from tests.fakes.zalo import SIGNATURE_HEADER, Delivery, FakeZalo

QUICK = Delivery(pace=0.00001, patience=1.0)


@dataclass
class Receiver:
    """Somebody behind the address: keeps what comes and answers as told, 200 when nothing is left to say."""

    answers: list[int] = field(default_factory=list)
    got: list[tuple[bytes, str, str]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.got.append((raw, request.headers[SIGNATURE_HEADER], request.headers.get("num_retry", "")))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    @property
    def texts(self) -> list[str]:
        return [json.loads(raw)["message"]["text"] for raw, _, _ in self.got]


@asynccontextmanager
async def receiving(fake: FakeZalo) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/webhook/zalo", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake.world.courier.point_at(f"http://127.0.0.1:{runner.addresses[0][1]}/webhook/zalo")
    try:
        yield receiver
    finally:
        await runner.cleanup()


@pytest.fixture
async def fake() -> AsyncIterator[FakeZalo]:
    async with FakeZalo(delivery=QUICK) as server:
        yield server


async def test_an_event_is_signed_over_its_raw_bytes(fake: FakeZalo) -> None:
    async with receiving(fake) as receiver:
        await fake.person(1).types("Đường hỏng")
        await fake.settled()
    raw, header, retry = receiver.got[0]
    body = json.loads(raw)
    said = fake.console.app_id.encode() + raw + body["timestamp"].encode() + fake.console.oa_secret_key.encode()
    assert header == f"mac={hashlib.sha256(said).hexdigest()}"
    assert (retry, body["sender"]["id"], body["recipient"]["id"]) == (
        "", fake.person(1).person.id, fake.console.oa_id,
    )  # fmt: skip


async def test_what_is_not_taken_comes_again_the_same(fake: FakeZalo) -> None:
    async with receiving(fake) as receiver:
        receiver.answers = [503, 500]
        await fake.person(1).types("Đường hỏng")
        await fake.settled()
    assert len({raw for raw, _, _ in receiver.got}) == 1
    assert [retry for _, _, retry in receiver.got] == ["", "1", "2"]


async def test_after_five_repeats_the_webhook_is_switched_off(fake: FakeZalo) -> None:
    async with receiving(fake) as receiver:
        receiver.answers = [500] * 6
        await fake.person(1).types("Đường hỏng")
        await fake.settled()
        await fake.person(1).types("Còn đó không?")
        await fake.settled()
        assert (len(receiver.got), len(fake.world.courier.given_up), len(fake.world.courier.lost)) == (6, 1, 1)
        fake.world.courier.point_at(fake.world.courier.address)
        await fake.person(1).types("Lại thử")
        await fake.settled()
    assert receiver.texts[-1] == "Lại thử"


async def test_events_can_come_twice_and_in_any_order(fake: FakeZalo) -> None:
    fake.world.courier.delivery = Delivery(copies=2)
    async with receiving(fake) as receiver:
        fake.world.courier.hold()
        for number in range(4):
            await fake.person(number).types(str(number))
        fake.world.courier.release(random.Random(1))  # noqa: S311 - an order, no secret
        await fake.settled()
    assert sorted(receiver.texts) == ["0", "0", "1", "1", "2", "2", "3", "3"]


async def test_a_press_is_a_typed_text_and_a_button_stays(fake: FakeZalo) -> None:
    phone = fake.person(1)
    await phone.types("Xin chào")
    token = fake.world.oauth.issue().access
    buttons = [{"title": "Có", "type": "oa.query.hide", "payload": "#x:1"}]
    message = {"text": "Chọn", "attachment": {"type": "template", "payload": {"buttons": buttons}}}
    body = {"recipient": {"user_id": phone.person.id}, "message": message}
    async with ClientSession(trust_env=False) as http, receiving(fake) as receiver:
        path, header = "/v3.0/oa/message/cs", {"access_token": token}
        await http.post(fake.bases.openapi + path, json=body, headers=header)
        await fake.settled()
        await phone.presses("Có")
        await phone.presses("Có")
        await fake.settled()
    pressed = [json.loads(raw) for raw, _, _ in receiver.got if b'"user_send_text"' in raw]
    assert [(each["event_name"], each["message"]["text"]) for each in pressed] == [("user_send_text", "#x:1")] * 2
    assert [seen.text for seen in phone.sees()] == ["Xin chào", "Chọn"], "a hidden press is in no chat"
    assert b'"oa_send_text"' in receiver.got[0][0], "own messages come back"


EVENTS: dict[str, Any] = {
    "follow": lambda phone: phone.follows(),
    "unfollow": lambda phone: phone.unfollows(),
    "user_click_chatnow": lambda phone: phone.opens_chat(),
    "user_send_image": lambda phone: phone.sends_image(),
    "user_send_file": lambda phone: phone.sends_file(b"%PDF-"),
    "user_send_audio": lambda phone: phone.sends_audio(),
    "user_send_location": lambda phone: phone.sends_location(21.02, 105.85),
    "user_send_sticker": lambda phone: phone.sends_sticker(),
    "user_submit_info": lambda phone: phone.submits_info(84900000001),
    "user_send_gif": lambda phone: phone.sends_any("user_send_gif", {}),
}


@pytest.mark.parametrize("name", EVENTS)
async def test_each_deed_has_its_event(fake: FakeZalo, name: str) -> None:
    async with receiving(fake) as receiver:
        await EVENTS[name](fake.person(1))
        await fake.settled()
    body = json.loads(receiver.got[0][0])
    assert (body["event_name"], body["app_id"]) == (name, fake.console.app_id)
    assert fake.person(1).person.id in json.dumps(body)


async def test_what_people_attach_is_on_the_host_of_files(fake: FakeZalo) -> None:
    async with ClientSession(trust_env=False) as http, receiving(fake) as receiver:
        await fake.person(1).sends_file(b"%PDF-mau")
        await fake.settled()
        payload = json.loads(receiver.got[0][0])["message"]["attachments"][0]["payload"]
        async with http.get(payload["url"]) as answer:
            assert (await answer.read(), payload["size"]) == (b"%PDF-mau", "8")
        async with http.get(f"{fake.bases.files}/mau/none.pdf") as answer:
            assert answer.status == 404


async def test_events_can_be_switched_off_and_a_human_in_the_manager_is_named(fake: FakeZalo) -> None:
    fake.world.courier.muted = {"follow"}
    async with receiving(fake) as receiver:
        await fake.person(1).follows()
        fake.human_writes(fake.person(1), "Tôi là cán bộ mẫu")
        fake.ping()
        await fake.settled()
    human, ping = (json.loads(raw) for raw, _, _ in sorted(receiver.got, key=lambda got: b"testing" in got[0]))
    assert human["sender"]["admin_id"]
    assert ping["message"]["text"] == "This is testing message"
