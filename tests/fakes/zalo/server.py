"""The servers themselves: four hosts on loopback, their headers and envelopes, faults by command."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from yarl import URL

from tests.fakes.planned import Planned
from tests.fakes.zalo import business, events, openapi
from tests.fakes.zalo.errors import Refused, invalid
from tests.fakes.zalo.oauth import Console, OAuth, Pair
from tests.fakes.zalo.people import Message, Person
from tests.fakes.zalo.phone import Phone
from tests.fakes.zalo.templates import Template
from tests.fakes.zalo.uploads import Uploads
from tests.fakes.zalo.webhook import Courier, Delivery, Event
from tests.fakes.zalo.world import Json, World

FIRST_ID = 7_000_000_000_000_000_000
"""People's ids are decimal texts over 2**53."""
_LARGEST_BODY = 64 * 1024 * 1024


@dataclass(frozen=True)
class Fault:
    """How one call is answered.

    error            the number of a refusal; None lets the call be answered as usual
    status           the HTTP status; 200 also for refusals
    body             a raw body instead of JSON, as a broken gateway sends
    delay            seconds before the answer
    drop_connection  no answer at all
    does_it          whether the call takes effect although its answer is lost or bad
    """

    error: int | None = None
    words: str = "Error"
    status: int = 200
    body: bytes | None = None
    delay: float = 0.0
    drop_connection: bool = False
    does_it: bool = False

    @property
    def spoils(self) -> bool:
        """Whether the right answer is not given."""
        return self.error is not None or self.status != 200 or self.drop_connection or self.body is not None


@dataclass(frozen=True)
class SentFile:
    """A file of a multipart body."""

    name: str
    content: bytes


@dataclass
class Call:
    """One call that came: path, values as sent, the access token, seconds of the loop.

    error  the number of its answer; None: none was given, or none that can be read
    """

    path: str
    values: Json
    token: str
    at: float
    error: int | None = None


@dataclass(frozen=True)
class Bases:
    """Where the hosts listen, each `http://127.0.0.1:port`."""

    oauth: str
    openapi: str
    business: str
    files: str


def _now() -> datetime:
    """Return the present, for tests that give no clock."""
    return datetime.now(UTC)


class FakeZalo:
    """A strict Zalo: OAuth, OpenAPI, ZBS and attachments. Use as `async with FakeZalo() as fake:`.

    clock     aware UTC; windows, lives of tokens, quotas, nights
    delivery  how the webhook is called
    port      of the first of the four hosts, the others follow; 0 = free ones
    """

    def __init__(
        self,
        *,
        console: Console = Console(),  # noqa: B008 - frozen
        clock: Callable[[], datetime] = _now,
        delivery: Delivery = Delivery(),  # noqa: B008 - frozen
        per_minute: int = 4000,
        receipts: bool = False,
        port: int = 0,
    ) -> None:
        self.console = console
        self._port = port
        self.world = World(
            console, clock, OAuth(console, clock), Uploads(clock), Courier(console, delivery), per_minute=per_minute,
            receipts=receipts,
        )  # fmt: skip
        self.faults = Planned(Fault())
        self.calls: list[Call] = []
        self.bases = Bases("", "", "", "")
        self._another_call = asyncio.Event()
        self._runners: list[web.AppRunner] = []

    async def __aenter__(self) -> Self:
        """Listen on four loopback ports."""
        oauth = web.Application()
        oauth.router.add_get("/v4/oa/permission", self._permission)
        oauth.router.add_post("/v4/oa/access_token", self._token)
        files = web.Application()
        files.router.add_get("/{path:.+}", self._file)
        apis = [self._application(openapi.POSTS, openapi.GETS), self._application(business.POSTS, business.GETS)]
        apis[0].router.add_post("/v2.0/oa/upload/{kind}", self._upload)
        bases = [
            await self._listen(app, self._port and self._port + number)
            for number, app in enumerate((oauth, *apis, files))
        ]
        self.bases = Bases(*bases)
        self.world.files_base = self.bases.files
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and delivering."""
        await self.world.courier.stop()
        for runner in self._runners:
            await runner.cleanup()

    def person(self, number: int, name: str = "Công dân mẫu", *, phone: str = "") -> Phone:
        """Return the phone of a person; the same number is the same chat."""
        user_id = str(FIRST_ID + number)
        return Phone(self.world, self.world.people.setdefault(user_id, Person(user_id, name, phone)))

    def template(self, template: Template) -> Template:
        """Add a template to the console."""
        self.world.templates[template.id] = template
        return template

    def next_answer(self, path: str, *, times: int = 1, **fault: Any) -> None:
        """Let the next `times` calls of a path end like `Fault(**fault)`."""
        self.faults.plan(path, Fault(**fault), times)

    def called(self, path: str) -> list[Call]:
        """Return the calls of one path, in order."""
        return [call for call in self.calls if call.path == path]

    async def until_called(self, path: str, times: int = 1) -> None:
        """Wait until a path was called so many times."""
        while len(self.called(path)) < times:
            await self._another_call.wait()

    async def settled(self, within: float = 5.0) -> None:
        """Wait until every event was taken or given up. Raises TimeoutError after `within` seconds."""
        await self.world.courier.settled(within)

    def ping(self) -> Event:
        """Press the console's test button."""
        return self.world.courier.send(events.test_ping(self.world), "")

    def human_writes(self, phone: Phone, text: str, admin: str = "8800000000000000001") -> str:
        """Let a person in OA Manager write to somebody; return the msg_id."""
        message = Message(self.world.new_id(), self.world.clock(), text, mine=True, by=admin)
        phone.person.messages.append(message)
        body = {"msg_id": message.id, "text": text}
        event = events.from_account(self.world, phone.person, "oa_send_text", body, admin)
        self.world.courier.send(event, phone.person.id)
        return message.id

    async def _listen(self, app: web.Application, port: int) -> str:
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    def _application(self, posts: dict[str, Any], gets: dict[str, Any]) -> web.Application:
        app = web.Application(client_max_size=_LARGEST_BODY)
        for path, call in posts.items():
            app.router.add_post(path, self._handler(path, call, _read_body))
        for path, call in gets.items():
            app.router.add_get(path, self._handler(path, call, _read_query))
        return app

    def _handler(
        self, path: str, call: Callable[[World, Json], Any], read: Callable[[web.Request], Awaitable[Json]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            async def act(values: Json) -> Any:
                return call(self.world, values)

            return await self._answer(request, path, read, act)

        return handle

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        async def keep(values: Json) -> Json:
            file = values.get("file")
            if values.keys() != {"file"} or not isinstance(file, SentFile) or not file.name:
                raise invalid("file")
            upload = self.world.uploads.keep(request.match_info["kind"], file.name, file.content)
            return {"token" if upload.kind == "file" else "attachment_id": upload.id}

        return await self._answer(request, request.path, _read_form, keep)

    async def _answer(
        self,
        request: web.Request,
        path: str,
        read: Callable[[web.Request], Awaitable[Json]],
        act: Callable[[Json], Awaitable[Any]],
    ) -> web.StreamResponse:
        """Check the token and the pace, do what was asked as far as the fault allows, and wrap the answer."""
        token, fault = request.headers.get("access_token", ""), self.faults.next(path)
        call = Call(path, {}, token, asyncio.get_running_loop().time())
        try:
            call.values = await read(request)
            self._remember(call)
            self.world.oauth.check_access(token)
            left = self.world.count_call()
            data = await act(call.values) if fault.does_it or not fault.spoils else None
        except Refused as refused:
            call.error = refused.number
            return _refusal(refused)
        call.error = fault.error if fault.spoils else 0
        limits = {"X-RateLimit-Limit": str(self.world.per_minute), "X-RateLimit-Remain": str(left)}
        return await _spoiled(request, fault, {"error": 0, "message": "Success", "data": data}, limits)

    def _remember(self, call: Call) -> None:
        self.calls.append(call)
        self._another_call.set()
        self._another_call = asyncio.Event()

    async def _permission(self, request: web.Request) -> web.StreamResponse:
        """Show the consent as an administrator who agrees at once: straight back to the callback."""
        try:
            code = self.world.oauth.consent(request.query)
        except Refused as refused:
            return _refusal(refused)
        state = {"state": request.query["state"]} if "state" in request.query else {}
        raise web.HTTPFound(
            URL(request.query["redirect_uri"]).update_query(code=code, oa_id=self.console.oa_id, **state)
        )

    async def _token(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.next("/v4/oa/access_token")
        if request.content_type != "application/x-www-form-urlencoded":
            return _refusal(Refused(-14000, "Content type is not supported"))
        form = {name: str(value) for name, value in (await request.post()).items()}
        call = Call("/v4/oa/access_token", dict(form), "", asyncio.get_running_loop().time())
        self._remember(call)
        given: Json = {}
        if fault.does_it or not fault.spoils:
            try:
                given = self._as_given(self.world.oauth.token(request.headers.get("secret_key", ""), form))
            except Refused as refused:
                call.error = refused.number
                return _refusal(refused)
        call.error = fault.error if fault.spoils else 0
        return await _spoiled(request, fault, given)

    def _as_given(self, pair: Pair) -> Json:
        """Return a pair as it is written: seconds as a text."""
        seconds = int((pair.access_until - self.world.clock()).total_seconds())
        return {"access_token": pair.access, "refresh_token": pair.refresh, "expires_in": str(seconds)}

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """Send what a person attached; no token is asked for."""
        fault = self.faults.next("file")
        content = self.world.uploads.sent.get(request.path)
        if content is None:
            raise web.HTTPNotFound
        if fault.spoils or fault.delay:
            return await _spoiled(request, fault, {})
        return web.Response(body=content, content_type="application/octet-stream")


async def _spoiled(
    request: web.Request, fault: Fault, right: Json, headers: Mapping[str, str] = {}
) -> web.StreamResponse:
    """Answer as the fault wants it, rightly without one."""
    await asyncio.sleep(fault.delay)
    if fault.drop_connection and request.transport is not None:
        request.transport.abort()
    if fault.body is not None:
        return web.Response(status=fault.status, body=fault.body)
    if fault.error is not None:
        return _refusal(Refused(fault.error, fault.words), status=fault.status)
    return web.json_response(right, status=fault.status, headers=headers)


def _refusal(refused: Refused, status: int = 200) -> web.Response:
    """Return the envelope of a refusal: without `data`, and with HTTP 200."""
    return web.json_response({"error": refused.number, "message": refused.words}, status=status)


async def _read_body(request: web.Request) -> Json:
    """Return a JSON body. Raises Refused for another type or anything but an object."""
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise invalid("body") from error
    if request.content_type != "application/json" or not isinstance(body, dict):
        raise invalid("body")
    return {**dict(request.query), **body}


async def _read_query(request: web.Request) -> Json:
    """Return what a GET asks: one parameter `data` with JSON in it, or plain parameters on the other host."""
    if "data" not in request.query:
        return dict(request.query)
    try:
        data = json.loads(request.query["data"])
    except ValueError as error:
        raise invalid("data") from error
    if not isinstance(data, dict):
        raise invalid("data")
    return data


async def _read_form(request: web.Request) -> Json:
    """Return the fields of a multipart body, each file read."""
    if request.content_type != "multipart/form-data":
        raise invalid("file")
    fields: Json = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            with value.file as file:
                fields[name] = SentFile(value.filename, file.read())
        else:
            fields[name] = value
    return fields
