"""Pages are loaded while the rest is served: whoever asks for one too early waits, and nothing else does."""

import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from langnghe.late_pages import LatePages

Client = TestClient[web.Request, web.Application]
NOT_AT_THE_START = [
    "PIL", "admin", "alembic", "argon2", "bot.channels.web", "bot.channels.zalo", "bot.delivery", "cryptography",
    "docxtpl", "httpx", "jinja2", "langnghe.work", "psycopg", "pyarrow", "pyotp", "segno", "sqlalchemy.orm", "telegram",
    "xlsxwriter",
]  # fmt: skip
"""What only pages, a worker, calls of Telegram, single commands, migrations or the other database need."""


async def told(_request: web.Request) -> web.Response:
    return web.Response(text="at once")


async def shown(request: web.Request) -> web.Response:
    return web.Response(text=request.match_info.get("code", "home"))


class Loader:
    """Loads when it is let, as often as it is asked."""

    def __init__(self) -> None:
        self.let, self.times = threading.Event(), 0

    def __call__(self) -> Iterable[web.RouteDef]:
        self.times += 1
        self.let.wait(10)
        if self.times == 1 and self.broken:
            raise LookupError("broken on purpose")
        return [web.get("/", shown), web.get("/p/{code}", shown)]

    broken = False


@pytest.fixture
def loader() -> Loader:
    return Loader()


@pytest.fixture
async def client(loader: Loader) -> AsyncIterator[Client]:
    app = web.Application()
    app.router.add_post("/webhook", told)
    pages = LatePages(loader)
    app.router.register_resource(pages)
    async with TestClient(TestServer(app)) as opened:
        yield opened
        await pages.stop()


async def test_what_is_no_page_does_not_wait_for_them(client: Client, loader: Loader) -> None:
    async with client.post("/webhook") as answer:
        assert await answer.text() == "at once"
    assert loader.times == 0
    loader.let.set()


async def test_pages_come_when_they_are_loaded_and_are_loaded_once(client: Client, loader: Loader) -> None:
    loader.let.set()
    for path, text in (("/", "home"), ("/p/ABC", "ABC"), ("/p/XYZ", "XYZ")):
        async with client.get(path) as answer:
            assert (answer.status, await answer.text()) == (200, text)
    assert loader.times == 1


async def test_unknown_addresses_and_methods_are_refused_as_ever(client: Client, loader: Loader) -> None:
    loader.let.set()
    async with client.get("/nothing") as answer:
        assert answer.status == 404
    async with client.post("/p/ABC") as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET,HEAD"
    async with client.get("/webhook") as answer:
        assert answer.status == 405


async def test_what_could_not_be_loaded_is_tried_again(
    client: Client, loader: Loader, caplog: pytest.LogCaptureFixture
) -> None:
    loader.broken = True
    loader.let.set()
    async with client.get("/") as answer:
        assert answer.status == 500
    async with client.get("/") as answer:
        assert answer.status == 200
    assert "broken on purpose" in caplog.text


def test_a_start_imports_nothing_that_it_does_not_need() -> None:
    """Each of these costs every start its time: import it where it is used."""
    found = loaded_by("langnghe.commands.run, langnghe.config, langnghe.app")
    assert not [name for name in NOT_AT_THE_START if name in found]


def test_what_sends_to_zalo_works_without_what_makes_pictures_anew() -> None:
    """Twenty megabytes of memory for one picture in a hundred messages."""
    assert "PIL" not in loaded_by("langnghe.work, langnghe.zalo, langnghe.zalo_bot")


def loaded_by(modules: str) -> list[str]:
    """Return what a new process has loaded after it imported these."""
    program = f"import sys; import {modules}; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert set(modules.split(", ")) <= set(found)
    return found
