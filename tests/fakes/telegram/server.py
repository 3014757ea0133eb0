"""The Bot API server itself: HTTP on loopback, tokens, methods, downloads."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes.planned import Planned
from tests.fakes.telegram import methods, setup_methods
from tests.fakes.telegram.chats import Chat, Person
from tests.fakes.telegram.errors import Refused
from tests.fakes.telegram.faults import Fault, Pace
from tests.fakes.telegram.mailbox import Mailbox
from tests.fakes.telegram.params import Params, read_params
from tests.fakes.telegram.phone import Phone
from tests.fakes.telegram.webhook import Courier, Delivery
from tests.fakes.telegram.world import World

Method = Callable[[World, Params], Awaitable[Any]]

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFake00"
_TOKEN_SHAPE = re.compile(r"\d+:[A-Za-z0-9_-]{30,}")
_LARGEST_BODY = 64 * 1024 * 1024
_METHODS: dict[str, Method] = {
    name.replace("_", ""): method
    for module in (methods, setup_methods)
    for name, method in vars(module).items()
    if asyncio.iscoroutinefunction(method)
}


@dataclass(frozen=True)
class Call:
    """One call that came, whatever its answer: method in lower case, values as sent, seconds of the loop."""

    method: str
    values: dict[str, Any]
    at: float


def _now() -> datetime:
    """Return the present, for tests that give no clock."""
    return datetime.now(UTC)


class FakeTelegram:
    """A strict Bot API server. Use as `async with FakeTelegram() as fake:`.

    clock           aware UTC; dates of messages, expiry of updates and queries
    first_update_id, gap  update_ids to come (gaps are normal)
    paced           whether the limits on sending are enforced (429)
    webhook         how hard it tries to deliver
    port            0 = a free one
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "langnghe_mau_bot",
        clock: Callable[[], datetime] = _now,
        first_update_id: int = 870_000_001,
        gap: int = 3,
        paced: bool = False,
        webhook: Delivery = Delivery(),  # noqa: B008 - frozen
        port: int = 0,
    ) -> None:
        self._port = port
        number = int(token.partition(":")[0])
        bot = {"id": number, "is_bot": True, "first_name": "Lắng Nghe", "username": username}
        mailbox = Mailbox(clock, first_id=first_update_id, gap=gap)
        courier = Courier(mailbox, webhook)
        courier.performs = self._perform
        pace = Pace(lambda: clock().timestamp()) if paced else None
        self.world = World(bot, clock, mailbox, courier, pace)
        self.token, self.username = token, username
        self.faults = Planned(Fault())
        self.calls: list[Call] = []
        self.base = ""
        self._another_call = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Listen on a loopback port."""
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", r"/bot{token:[^/]+}/{method}", self._call)
        app.router.add_get(r"/file/bot{token:[^/]+}/{path:.+}", self._download)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and delivering."""
        await self.world.courier.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    def person(
        self, person_id: int, name: str = "Công dân mẫu", language: str | None = "vi", username: str | None = None
    ) -> Phone:
        """Return the phone of a person; the same id is the same chat."""
        return Phone(self.world, Person(person_id, name, language, username))

    def group(self, chat_id: int, title: str = "Nhóm mẫu", kind: str = "group") -> Chat:
        """Return a group (negative id) in which the bot is a member."""
        return self.world.chats.setdefault(chat_id, Chat(chat_id, kind, title))

    def upgrade(self, group: Chat, new_id: int) -> Chat:
        """Make a group a supergroup: the old id refuses and names the new one."""
        group.moved_to = new_id
        new = self.group(new_id, group.title, "supergroup")
        sender = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
        told = group.add({"migrate_to_chat_id": new_id}, sender, self.world.date())
        self.world.mailbox.add("message", told.raw, ("chat", group.id))
        return new

    def update(self, kind: str, content: Any) -> int | None:
        """Put any update before the bot, also one that no client makes."""
        return self.world.mailbox.add(kind, content, ("raw", 0))

    def next_answer(self, method: str, *, times: int = 1, **fault: Any) -> None:
        """Let the next `times` calls of a method end like `Fault(**fault)`."""
        self.faults.plan(method, Fault(**fault), times)

    def called(self, method: str) -> list[Call]:
        """Return the calls of one method, in order."""
        return [call for call in self.calls if call.method == method.lower()]

    async def until_called(self, method: str, times: int = 1) -> None:
        """Wait until a method was called so many times."""
        while len(self.called(method)) < times:
            await self._another_call.wait()

    def _remember(self, call: Call) -> None:
        self.calls.append(call)
        self._another_call.set()
        self._another_call = asyncio.Event()

    async def settled(self, within: float = 5.0) -> None:
        """Wait until the bot took every update. Raises AssertionError after `within` seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while self.world.mailbox.waiting():
            if loop.time() > until:
                raise AssertionError(f"{len(self.world.mailbox.waiting())} updates still wait")
            await self.world.mailbox.changed(within=0.05)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        """Answer one call of a method."""
        name = request.match_info["method"].lower()
        try:
            params = await read_params(request)
            self._remember(Call(name, {**params.values, **params.uploads}, asyncio.get_running_loop().time()))
            return await self._answer(request, name, params, self.faults.next(name))
        except Refused as refused:
            return _refusal(refused)

    async def _answer(self, request: web.Request, name: str, params: Params, fault: Fault) -> web.StreamResponse:
        """Do what was asked, as far as the fault allows."""
        self._check_token(request)
        method = _METHODS.get(name)
        if method is None:
            raise Refused(404, "Not Found: method not found")
        spoiled = fault.status is not None or fault.drop_connection or fault.body is not None
        result = await method(self.world, params) if fault.does_it or not spoiled else None
        await asyncio.sleep(fault.delay)
        if fault.drop_connection and request.transport is not None:
            request.transport.abort()
        if fault.body is not None:
            return web.Response(status=fault.status or 200, body=fault.body)
        if fault.status is not None:
            raise Refused(fault.status, fault.reason or f"Error {fault.status}", **fault.parameters)
        return web.json_response({"ok": True, "result": result})

    async def _perform(self, given: dict[str, Any]) -> None:
        """Do a call that came in the answer to a webhook; a refused one is told to nobody."""
        name, values = str(given.pop("method")).lower(), given
        self._remember(Call(name, values, asyncio.get_running_loop().time()))
        with contextlib.suppress(Refused):
            await _METHODS[name](self.world, Params(values))

    def _check_token(self, request: web.Request) -> None:
        """Raise Refused 404 for a token of the wrong shape, 401 for an unknown one."""
        token = request.match_info["token"]
        if not _TOKEN_SHAPE.fullmatch(token):
            raise Refused(404, "Not Found")
        if token != self.token:
            raise Refused(401, "Unauthorized")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """Send a file in pieces, as a long download comes."""
        fault = self.faults.next("download")
        stored = self.world.files.by_path.get(request.match_info["path"])
        if request.match_info["token"] != self.token or stored is None:
            raise web.HTTPNotFound
        if fault.status is not None:
            return web.Response(status=fault.status, body=fault.body)
        await asyncio.sleep(fault.delay)
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        for piece in _pieces(stored.content):
            await response.write(piece)
            if fault.drop_connection and request.transport is not None:
                request.transport.abort()
                return response
        await response.write_eof()
        return response


def _pieces(content: bytes, length: int = 65_536) -> Iterable[bytes]:
    """Return the content in pieces."""
    return (content[at : at + length] for at in range(0, len(content), length))


def _refusal(refused: Refused) -> web.Response:
    """Return the answer `ok: false`."""
    body: dict[str, Any] = {"ok": False, "error_code": refused.status, "description": refused.reason}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return web.json_response(body, status=refused.status)
