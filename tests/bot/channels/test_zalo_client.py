"""The client of Zalo's hosts, over real HTTP: what it sends, what it believes, and what it does about a dead token."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from bot.channels.zalo.client import NO_CODE, Addresses, NoToken, Token, ZaloClient, code_of
from bot.channels.zalo.http import LARGEST_ANSWER, NoAnswer, NotSent

GOOD = {"error": 0, "message": "Success", "data": {"message_id": "9007199254740993"}}


@dataclass
class Purse:
    """Tokens in a row: each refused one is followed by the next."""

    values: list[str]
    refused: list[str] = field(default_factory=list)

    async def current(self) -> Token:
        return Token(self.values[0], len(self.refused))

    async def after_refusal(self, refused: Token) -> Token:
        self.refused.append(refused.value)
        if len(self.values) == 1:
            raise NoToken("authorise anew")
        self.values.pop(0)
        return await self.current()


@dataclass
class Host:
    """One host of Zalo: notes what comes, answers what `answer` says."""

    seen: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[str], Any] = lambda _token: GOOD

    async def take(self, request: web.Request) -> web.Response:
        token = request.headers["access_token"]
        body = await request.read()
        self.seen.append(
            {
                "path": request.path,
                "query": dict(request.query),
                "type": request.content_type,
                "body": body,
                "token": token,
            }
        )
        told = self.answer(token)
        return told if isinstance(told, web.Response) else web.json_response(told)


@pytest.fixture
async def host() -> AsyncIterator[tuple[Host, str]]:
    one = Host()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", one.take)
    async with TestServer(app) as server:
        yield one, str(server.make_url("")).rstrip("/")


@pytest.fixture
async def purse() -> Purse:
    return Purse(["first"])


@pytest.fixture
async def client(host: tuple[Host, str], purse: Purse) -> AsyncIterator[ZaloClient]:
    nowhere = f"http://127.0.0.1:{unused_port()}"
    made = ZaloClient(Addresses(nowhere, host[1], nowhere), purse, timeout=2)
    yield made
    await made.close()


async def test_a_body_goes_as_json_with_the_token_in_its_header(host: tuple[Host, str], client: ZaloClient) -> None:
    answer = await client.post("/v3.0/oa/message/cs", {"message": {"text": "Chào Ông/Bà"}})
    assert answer.is_good
    assert answer.data["message_id"] == "9007199254740993"
    seen = host[0].seen[0]
    assert (seen["path"], seen["type"], seen["token"]) == ("/v3.0/oa/message/cs", "application/json", "first")
    assert json.loads(seen["body"]) == {"message": {"text": "Chào Ông/Bà"}}


async def test_a_question_goes_as_one_json_text(host: tuple[Host, str], client: ZaloClient) -> None:
    host[0].answer = lambda _: {"error": 0, "data": [{"id": 1}, "no row"]}
    answer = await client.get("/v2.0/oa/getoa", {"user_id": "123"})
    assert answer.rows == ({"id": 1},)
    assert json.loads(host[0].seen[0]["query"]["data"]) == {"user_id": "123"}


async def test_an_upload_has_more_time_than_a_call_as_long_as_it_goes_up() -> None:
    """As over a line that takes three times as long for it as any other call may take."""

    async def take_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        whole = left = int(re.findall(rb"Content-Length: (\d+)", head)[0])
        while left:
            piece = len(await reader.read(left))
            left -= piece
            await asyncio.sleep(1.5 * piece / whole)
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"error":0}')
        await writer.drain()
        writer.close()

    content, begun = bytes(5_000_000), asyncio.get_running_loop().time()
    async with await asyncio.start_server(take_slowly, "127.0.0.1", 0, limit=2**15) as server:
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        slow = ZaloClient(Addresses(base, base, base), Purse(["token"]), timeout=0.2)
        assert (await slow.upload("/v2.0/oa/upload/file", "a.pdf", content, "application/pdf")).is_good
        await slow.close()
    assert asyncio.get_running_loop().time() - begun > 3 * 0.4


async def test_an_upload_goes_as_a_form(host: tuple[Host, str], client: ZaloClient) -> None:
    await client.upload("/v2.0/oa/upload/image", "anh.png", b"\x89PNG", "image/png")
    seen = host[0].seen[0]
    assert seen["type"] == "multipart/form-data"
    assert b'name="file"; filename="anh.png"' in seen["body"]
    assert b"\x89PNG" in seen["body"]


async def test_business_calls_go_to_their_own_host_with_plain_parameters(host: tuple[Host, str]) -> None:
    client = ZaloClient(Addresses("http://127.0.0.1:1", "http://127.0.0.1:1", host[1]), Purse(["first"]), timeout=2)
    await client.get("/template/all", {"offset": 0, "limit": 100}, business=True)
    await client.close()
    assert host[0].seen[0]["query"] == {"offset": "0", "limit": "100"}


@pytest.mark.parametrize("code", [-216, -220, 216, "-216", 401, -401])
async def test_a_refused_token_is_followed_by_the_next_one(
    host: tuple[Host, str], client: ZaloClient, purse: Purse, code: Any
) -> None:
    purse.values.append("second")
    host[0].answer = lambda token: GOOD if token == "second" else {"error": code, "message": "Access token is invalid"}
    assert (await client.upload("/v2.0/oa/upload/file", "a.pdf", b"%PDF", "application/pdf")).is_good
    assert [seen["token"] for seen in host[0].seen] == ["first", "second"]
    assert all(b"%PDF" in seen["body"] for seen in host[0].seen)


@pytest.mark.parametrize(
    ("is_business", "code", "refreshes"), [(True, -124, 1), (True, -216, 0), (False, -216, 1), (False, -124, 0)]
)
async def test_each_host_has_its_own_number_for_a_refused_token(
    host: tuple[Host, str], purse: Purse, *, is_business: bool, code: int, refreshes: int
) -> None:
    """-216 of the one says nothing of the token on the other, and so it is with -124."""
    purse.values.append("second")
    host[0].answer = lambda token: GOOD if token == "second" else {"error": code}
    client = ZaloClient(Addresses(host[1], host[1], host[1]), purse, timeout=2)
    answer = await client.post("/x", {}, business=is_business)
    await client.close()
    assert (len(purse.refused), answer.is_good) == (refreshes, bool(refreshes))


async def test_a_token_is_asked_for_once_after_a_refusal(
    host: tuple[Host, str], client: ZaloClient, purse: Purse
) -> None:
    purse.values += ["second", "third"]
    host[0].answer = lambda _: {"error": -216, "message": "no"}
    assert (await client.post("/x", {})).error == -216
    assert purse.refused == ["first"]


async def test_without_a_token_nothing_is_sent(host: tuple[Host, str], client: ZaloClient) -> None:
    host[0].answer = lambda _: {"error": -220, "message": "expired"}
    with pytest.raises(NoToken):
        await client.post("/x", {})
    assert len(host[0].seen) == 1


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=502, text="bad gateway"),
        web.Response(status=500, text='{"error": 0}'),
        web.Response(text="<html>"),
        web.Response(text="[" * 100_000),
        web.Response(text='"text"'),
        web.Response(text='{"error": 0, "message": "' + "x" * LARGEST_ANSWER + '"}'),
        web.Response(status=302, headers={"Location": "/elsewhere"}),
    ],
    ids=["502", "500", "page", "deep", "no object", "endless", "redirect"],
)
async def test_what_is_no_answer_of_zalo_is_no_answer(
    host: tuple[Host, str], client: ZaloClient, answer: web.Response
) -> None:
    host[0].answer = lambda _: answer
    with pytest.raises(NoAnswer):
        await client.post("/x", {})
    assert len(host[0].seen) == 1


async def test_without_a_connection_nothing_was_sent() -> None:
    nowhere = f"http://127.0.0.1:{unused_port()}"
    client = ZaloClient(Addresses(nowhere, nowhere, nowhere), Purse(["first"]), timeout=2)
    with pytest.raises(NotSent):
        await client.post("/x", {})
    await client.close()


def test_a_token_is_never_shown() -> None:
    assert "secret" not in repr(Token("secret", 3))


@pytest.mark.parametrize(
    ("told", "code"),
    [(0, 0), ("0", 0), ("-216", -216), (None, NO_CODE), (True, NO_CODE), ("9" * 400, NO_CODE), ("x", NO_CODE)],
)
def test_an_error_may_be_written_as_text(told: Any, code: int) -> None:
    assert code_of(told) == code
