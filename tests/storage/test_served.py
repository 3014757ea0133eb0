"""A file on its way to a browser: gone, torn, or left by who asked for it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientPayloadError, web
from aiohttp.test_utils import TestClient, TestServer

from storage.files import FolderStore
from storage.served import serve_file

PIECE = 256 * 1024


class Pieces(FolderStore):
    """A store whose file comes in this many pieces, and then fails if it is torn."""

    def __init__(self, folder: Path, number: int, *, torn: bool = False) -> None:
        super().__init__(folder)
        self.number, self.torn = number, torn

    async def read(self, ref: str) -> AsyncIterator[bytes]:
        for _ in range(self.number):
            yield bytes(PIECE)
        if self.torn:
            raise OSError(ref)


@asynccontextmanager
async def serving(store: FolderStore) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async def give(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        try:
            await serve_file(request, response, store, "a.pdf")
        except FileNotFoundError:
            return web.Response(status=404)
        return response

    app = web.Application()
    app.router.add_get("/", give)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_file_comes_whole_and_a_look_at_it_without_its_body(tmp_path: Path) -> None:
    async with serving(Pieces(tmp_path, 3)) as client:
        assert len(await (await client.get("/")).read()) == 3 * PIECE
        looked_at = await client.head("/")
        assert (looked_at.status, await looked_at.read()) == (200, b"")


async def test_a_file_that_is_not_there_can_still_be_told(tmp_path: Path) -> None:
    async with serving(FolderStore(tmp_path)) as client:
        assert (await client.get("/")).status == 404


async def test_a_file_that_cannot_be_read_is_the_handlers_to_tell(tmp_path: Path) -> None:
    async with serving(Pieces(tmp_path, 0, torn=True)) as client:
        assert (await client.get("/")).status == 500


async def test_a_torn_file_is_not_taken_for_whole(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(Pieces(tmp_path, 2, torn=True)) as client:
        response = await client.get("/")
        with pytest.raises(ClientPayloadError):
            await response.read()
    assert "could not be read to its end" in caplog.text


async def test_who_leaves_half_way_is_no_fault(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with serving(Pieces(tmp_path, 400)) as client:
        response = await client.get("/")
        assert await response.content.readexactly(10)
        response.close()
        await asyncio.sleep(0.2)
        assert (await client.head("/")).status == 200
    assert caplog.records == []
