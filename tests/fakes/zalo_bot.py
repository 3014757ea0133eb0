"""A strict Zalo Bot Platform: one bot, its people, polling or a webhook (zalo.md, part B).

async with FakeZaloBot() as fake:
    phone = fake.person(1)
    await phone.types("Xin chào")
    ...                                   # the bot asks fake.base
    assert phone.hears() == ["…"]
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from tests.fakes.planned import Planned

TOKEN = "2600000000000000003:TokenMauMauMauMauMauMauMau"
SECRET_HEADER = "X-Bot-Api-Secret-Token"
LONGEST_TEXT = 2000
PATIENCE_SECONDS = 2.0
MOST_PEOPLE = 50
MOST_MESSAGES = 3000

Json = dict[str, Any]


class Refused(Exception):  # noqa: N818 - an answer of the server
    """The answer `ok: false`, with HTTP 200 whatever the number."""

    def __init__(self, number: int, words: str) -> None:
        super().__init__(f"{number} {words}")
        self.number, self.words = number, words


@dataclass(frozen=True)
class Fault:
    """How one call is answered: a refusal, a pause before it, or no answer (after it took effect, if `does_it`)."""

    error: int | None = None
    delay: float = 0.0
    drop_connection: bool = False
    does_it: bool = False


@dataclass(frozen=True)
class Call:
    """One call that came: method and values."""

    method: str
    values: Json


@dataclass
class BotPhone:
    """A person in the private chat with the bot, or in a group."""

    fake: "FakeZaloBot"
    id: str
    kind: str = "PRIVATE"
    said: list[tuple[bool, str]] = field(default_factory=list)

    async def types(self, text: str) -> str:
        """Send a text; return its message_id."""
        self.said.append((False, text))
        return self._sends("message.text.received", {"text": text})

    async def sends_image(self, url: str, caption: str = "") -> str:
        """Send a picture that lies at `url`."""
        return self._sends("message.image.received", {"photo": url, **({"caption": caption} if caption else {})})

    async def sends(self, what: str, **members: Any) -> str:
        """Send a sticker, a voice message, or what is `unsupported`."""
        return self._sends(f"message.{what}.received", members)

    def hears(self) -> list[str]:
        """Return what the bot said."""
        return [text for is_bot, text in self.said if is_bot]

    def _sends(self, event: str, members: Json) -> str:
        self.fake.last_id += 1
        message_id = f"mau{self.fake.last_id:016d}"
        sender = {"id": self.id, "display_name": "Công dân mẫu", "is_bot": False}
        message = {
            "message_id": message_id, "date": int(self.fake.clock().timestamp() * 1000), "from": sender,
            "chat": {"id": self.id, "chat_type": self.kind}, **members,
        }  # fmt: skip
        self.fake.deliver({"event_name": event, "message": message})
        return message_id


def _now() -> datetime:
    """Return the present, for tests that give no clock."""
    return datetime.now(UTC)


class FakeZaloBot:
    """The server. Use as `async with FakeZaloBot() as fake:`.

    base      where it listens; calls go to `<base>/bot<token>/<method>`
    attempts  the status of each delivery to the webhook, 0 without an answer
    """

    def __init__(self, *, token: str = TOKEN, clock: Callable[[], datetime] = _now) -> None:
        self.token, self.clock = token, clock
        self.faults = Planned(Fault())
        self.calls: list[Call] = []
        self.attempts: list[int] = []
        self.people: dict[str, BotPhone] = {}
        self.messages_left = MOST_MESSAGES
        self.hook: tuple[str, str] | None = None
        self.base = ""
        self.last_id = 0
        self._waiting: deque[Json] = deque()
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Listen on a free loopback port."""
        app = web.Application()
        app.router.add_post(r"/bot{token:[^/]+}/{method}", self._call)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and delivering."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    def person(self, number: int, kind: str = "PRIVATE") -> BotPhone:
        """Return somebody's phone; the same number is the same chat. The Basic plan has room for fifty."""
        chat = f"mau{number:012d}"
        assert chat in self.people or len(self.people) < MOST_PEOPLE
        return self.people.setdefault(chat, BotPhone(self, chat, kind))

    def next_answer(self, method: str, *, times: int = 1, **fault: Any) -> None:
        """Let the next `times` calls of a method end like `Fault(**fault)`."""
        self.faults.plan(method, Fault(**fault), times)

    def called(self, method: str) -> list[Call]:
        """Return the calls of one method, in order."""
        return [call for call in self.calls if call.method == method]

    def deliver(self, update: Json) -> None:
        """Bring an update to the webhook, or keep it for the next question."""
        if self.hook is None:
            self._waiting.append(update)
            self._news.set()
            return
        task = asyncio.create_task(self._post(*self.hook, update))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until nothing is on its way to the webhook."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))

    async def _post(self, url: str, secret: str, update: Json) -> None:
        timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as http:
            try:
                headers = {SECRET_HEADER: secret}
                async with http.post(url, json={"ok": True, "result": update}, headers=headers) as answer:
                    self.attempts.append(answer.status)
            except (aiohttp.ClientError, TimeoutError):
                self.attempts.append(0)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.next(request.match_info["method"])
        try:
            result = await self._done(request, fault)
        except Refused as refused:
            return web.json_response({"ok": False, "error_code": refused.number, "description": refused.words})
        if fault.drop_connection and request.transport is not None:
            request.transport.abort()
        if fault.error is not None:
            return web.json_response({"ok": False, "error_code": fault.error, "description": "Error"})
        return web.json_response({"ok": True, "result": result})

    async def _done(self, request: web.Request, fault: Fault) -> Json | None:
        """Do what was asked, as far as the fault allows. Raises Refused."""
        if request.match_info["token"] != self.token:
            raise Refused(401, "Unauthorized")
        method, values = request.match_info["method"], await _read(request)
        self.calls.append(Call(method, values))
        if method not in _METHODS:
            raise Refused(404, "Method not found")
        await asyncio.sleep(fault.delay)
        spoiled = fault.error is not None or fault.drop_connection
        return await _METHODS[method](self, values) if fault.does_it or not spoiled else None

    async def get_me(self, _values: Json) -> Json:
        """Tell who the bot is."""
        number = self.token.partition(":")[0]
        return {"id": number, "account_name": "bot.mau", "account_type": "BASIC", "can_join_groups": False}

    async def get_updates(self, values: Json) -> Json:
        """Give one update, which is gone with that; 408 when none comes, 400 while a webhook is set."""
        if self.hook is not None:
            raise Refused(400, "Webhook is set")
        try:
            async with asyncio.timeout(float(values.get("timeout", 30))):
                while not self._waiting:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise Refused(408, "Request timeout") from None
        return self._waiting.popleft()

    async def set_webhook(self, values: Json) -> Json:
        """Deliver to an address from now on; it is https, or loopback for tests."""
        url, secret = str(values.get("url", "")), str(values.get("secret_token", ""))
        if not url.startswith("https://") and urlsplit(url).hostname != "127.0.0.1":
            raise Refused(400, "url must be a public HTTPS address")
        if not 8 <= len(secret) <= 256:
            raise Refused(400, "secret_token must have 8 to 256 characters")
        self.hook = url, secret
        return {"url": url, "updated_at": int(self.clock().timestamp() * 1000)}

    async def delete_webhook(self, _values: Json) -> Json:
        """Deliver by polling from now on."""
        self.hook = None
        return {"url": "", "updated_at": int(self.clock().timestamp() * 1000)}

    async def get_webhook_info(self, _values: Json) -> Json:
        """Tell where updates go."""
        return {"url": self.hook[0] if self.hook else "", "updated_at": 0}

    async def send_message(self, values: Json) -> Json:
        """Send a text to somebody who has written."""
        if values.keys() - {"chat_id", "text", "parse_mode", "text_styles"}:
            raise Refused(400, "unknown parameter")
        phone = self.people.get(str(values.get("chat_id")))
        if phone is None:
            raise Refused(400, "chat not found")
        text = values.get("text")
        if not isinstance(text, str) or not 1 <= len(text.strip()) <= len(text) <= LONGEST_TEXT:
            raise Refused(400, "text must have 1 to 2000 characters")
        if self.messages_left <= 0:
            raise Refused(429, "Quota exceeded")
        self.messages_left -= 1
        phone.said.append((True, text))
        self.last_id += 1
        return {"message_id": f"mau{self.last_id:016d}", "date": int(self.clock().timestamp() * 1000)}


_METHODS = {
    "getMe": FakeZaloBot.get_me,
    "getUpdates": FakeZaloBot.get_updates,
    "setWebhook": FakeZaloBot.set_webhook,
    "deleteWebhook": FakeZaloBot.delete_webhook,
    "getWebhookInfo": FakeZaloBot.get_webhook_info,
    "sendMessage": FakeZaloBot.send_message,
}


async def _read(request: web.Request) -> Json:
    """Return the JSON body; none at all is an empty one. Raises Refused for anything but an object."""
    raw = await request.read()
    try:
        values = json.loads(raw or b"{}")
    except ValueError as error:
        raise Refused(400, "Bad request") from error
    if not isinstance(values, dict):
        raise Refused(400, "Bad request")
    return values
