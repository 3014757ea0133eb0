"""The fake brings updates as the real server does: by polling or by webhook, never both."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import aiohttp
import pytest
from aiohttp import web

from tests.fakes.telegram import SECRET_HEADER, TOKEN, Delivery, FakeTelegram

PERSON = 2**51 + 7
Call = Callable[..., Coroutine[Any, Any, dict[str, Any]]]


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(webhook=Delivery(pace=0.005, most_retries=3)) as server:
        yield server


@pytest.fixture
async def call(fake: FakeTelegram) -> AsyncIterator[Call]:
    async with aiohttp.ClientSession() as session:

        async def ask(method: str, **values: Any) -> dict[str, Any]:
            async with session.post(f"{fake.base}/bot{TOKEN}/{method}", json=values) as answer:
                body: dict[str, Any] = await answer.json()
                return body

        yield ask


class Receiver:
    """A webhook that answers with the statuses it is given, then 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        self.secrets.append(request.headers.get(SECRET_HEADER))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


def ids(answer: dict[str, Any]) -> list[int]:
    return [update["update_id"] for update in answer["result"]]


async def test_an_offset_confirms_what_lies_before_it(fake: FakeTelegram, call: Call) -> None:
    phone = fake.person(PERSON)
    for text in ("một", "hai", "ba"):
        await phone.types(text)
    first, second, third = ids(await call("getUpdates"))
    assert (second - first, third - second) == (3, 3)
    assert ids(await call("getUpdates", offset=second, limit=1)) == [second]
    assert ids(await call("getUpdates", offset=-1)) == [third]
    assert ids(await call("getUpdates", offset=0)) == [third]


async def test_a_poll_waits_for_news(fake: FakeTelegram, call: Call) -> None:
    polling = asyncio.create_task(call("getUpdates", timeout=5))
    await fake.until_called("getUpdates")
    await fake.person(PERSON).types("xin chào")
    async with asyncio.timeout(1):
        answer = await polling
    assert answer["result"][0]["message"]["text"] == "xin chào"
    assert (await call("getUpdates", offset=answer["result"][0]["update_id"] + 1))["result"] == []


async def test_a_second_poller_ends_the_first(fake: FakeTelegram, call: Call) -> None:
    first = asyncio.create_task(call("getUpdates", timeout=5))
    await fake.until_called("getUpdates")
    second = asyncio.create_task(call("getUpdates", timeout=5))
    async with asyncio.timeout(2):
        assert (await first)["error_code"] == 409
        await fake.person(PERSON).types("xin chào")
        assert ids(await second)


async def test_polling_is_refused_while_a_webhook_is_set(call: Call) -> None:
    assert (await call("setWebhook", url="https://example.invalid/x"))["ok"]
    assert (await call("getUpdates"))["error_code"] == 409
    assert (await call("deleteWebhook"))["ok"]
    assert (await call("getUpdates"))["ok"]


@pytest.mark.parametrize(
    "values",
    [
        {"url": "http://example.invalid/x"},
        {"url": "https://example.invalid:9999/x"},
        {"url": "https://example.invalid/x", "secret_token": "a b"},
    ],
)
async def test_a_wrong_webhook_is_refused(call: Call, values: dict[str, str]) -> None:
    assert (await call("setWebhook", **values))["error_code"] == 400


async def test_only_wanted_kinds_come(fake: FakeTelegram, call: Call) -> None:
    await call("getUpdates", allowed_updates=["message"])
    phone = fake.person(PERSON)
    number = await phone.types("xin chào")
    await phone.edits(number, "chào")
    await phone.blocks()
    assert [list(update)[1] for update in (await call("getUpdates"))["result"]] == ["message"]


async def test_presses_expire_long_before_messages() -> None:
    now = [datetime(2026, 3, 2, 1, 0, tzinfo=UTC)]
    async with FakeTelegram(clock=lambda: now[0]) as fake:
        phone = fake.person(PERSON)
        number = await phone.types("xin chào")
        await phone.presses_data("x", on=number, inaccessible=True)
        assert len(fake.world.mailbox.waiting()) == 2
        now[0] += timedelta(seconds=151)
        assert len(fake.world.mailbox.waiting()) == 1
        now[0] += timedelta(hours=24)
        assert fake.world.mailbox.waiting() == []


async def test_a_webhook_gets_each_update_with_the_secret(fake: FakeTelegram, call: Call) -> None:
    async with Receiver() as receiver:
        await call("setWebhook", url=receiver.url, secret_token="S3cret")
        phone = fake.person(PERSON)
        await phone.types("một")
        await phone.types("hai")
        await fake.settled()
        assert [update["message"]["text"] for update in receiver.got] == ["một", "hai"]
        assert receiver.secrets == ["S3cret", "S3cret"]


async def test_a_refused_update_comes_again_and_holds_up_its_own_queue_only(fake: FakeTelegram, call: Call) -> None:
    async with Receiver(500) as receiver:
        fake.world.courier.delivery = Delivery(pace=0.1, most_retries=3)
        await call("setWebhook", url=receiver.url)
        await fake.person(PERSON).types("một")
        await asyncio.sleep(0.02)
        await fake.person(PERSON).types("hai")
        await fake.person(2).types("khác")
        await fake.settled()
        said = [update["message"]["text"] for update in receiver.got]
        assert said[0] == "một"
        assert said.index("hai") > len(said) - 1 - said[::-1].index("một")
        attempts = fake.world.courier.attempts
        assert attempts[0].status == 500
        assert sum(attempt.update_id == attempts[0].update_id for attempt in attempts) == 2


async def test_an_update_is_given_up_after_the_last_retry(fake: FakeTelegram, call: Call) -> None:
    async with Receiver(*[503] * 4) as receiver:
        await call("setWebhook", url=receiver.url)
        await fake.person(PERSON).types("một")
        await fake.settled()
        assert len(receiver.got) == 4
        assert len(fake.world.courier.given_up) == 1
        info = (await call("getWebhookInfo"))["result"]
        assert "503" in info["last_error_message"]


async def test_privacy_hides_group_talk_from_the_bot(fake: FakeTelegram, call: Call) -> None:
    phone, group = fake.person(PERSON), fake.group(-100)
    await phone.types("chuyện riêng", chat=group)
    await phone.types("/huy@other_bot", chat=group)
    await phone.types(f"/huy@{fake.username}", chat=group)
    sent = (await call("sendMessage", chat_id=-100, text="Xin chào"))["result"]["message_id"]
    await phone.types("cảm ơn", chat=group, reply_to=sent)
    said = [update["message"]["text"] for update in (await call("getUpdates"))["result"]]
    assert said == [f"/huy@{fake.username}", "cảm ơn"]


async def test_a_stale_button_can_still_be_pressed(fake: FakeTelegram, call: Call) -> None:
    phone = fake.person(PERSON)
    await phone.starts()
    markup = {"inline_keyboard": [[{"text": "Có", "callback_data": "c"}]]}
    sent = (await call("sendMessage", chat_id=PERSON, text="Chọn", reply_markup=markup))["result"]["message_id"]
    await call("editMessageReplyMarkup", chat_id=PERSON, message_id=sent)
    with pytest.raises(AssertionError, match="no message shows buttons"):
        await phone.presses("Có")
    await phone.presses("Có", on=sent)
    assert (await call("getUpdates"))["result"][-1]["callback_query"]["data"] == "c"
