"""Files on their way while the service is killed or told to stop: none is lost, and it stops in time (R2, O6)."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks.walks.serving import prepare
from bot.file_links import FileLinks
from langnghe.clock import utc_now
from storage import outbox
from storage.files import FolderStore
from storage.outbox import Urgency
from tests.bot.channels.outgoing_files import kept
from tests.conversations.world import check_whole
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo import FakeZalo
from tests.faults.haste import Haste
from tests.faults.letters import Letters
from tests.faults.served import STOPS_WITHIN, Served
from tests.faults.upstream import Post, behind
from tests.faults.watched import Watched, until
from tests.faults.zalo_site import ZaloPost, behind_zalo
from tests.photos import photo
from tests.storage import documents

SLOW = 1.5
"""Seconds that an upload takes while the service is ended."""
HASTE = Haste(answer=10.0)


@dataclass
class Errand:
    """Files that are to go to people of one channel, each to somebody else.

    upload     what the fake calls the upload
    came       how many files somebody has got
    content    of each of the files, of which there are `number`
    """

    service: Watched
    fake: FakeTelegram | FakeZalo
    post: Letters[Any, Any]
    folder: Path
    upload: str
    came: Callable[[Any], int]
    content: bytes = photo()
    number: int = 2

    async def writes(self) -> list[Any]:
        """Queue a file for each of some people; return their phones."""
        store = FolderStore(self.folder / "files", spare=0)
        files = [asdict(await kept(store, self.content, f"PA-{number}.jpg")) for number in range(self.number)]
        phones = [self.post.reader(self.post.first_id + number) for number in range(self.number)]

        def put(connection: Any) -> None:
            for phone, file in zip(phones, files, strict=True):
                outbox.put(
                    connection, chat_id=self.post.chat_of(connection, phone), key="petition_withdrawn",
                    params={"code": "PA-1"}, unique_key=file["ref"], urgency=Urgency.NOTICE, file=file, now=utc_now(),
                )  # fmt: skip

        await self.service.database.write(put)
        return phones

    async def begins(self) -> list[Any]:
        """Queue files, and wait until they are going up."""
        self.fake.next_answer(self.upload, delay=SLOW, times=self.number)
        phones = await self.writes()

        async def all_go_up() -> bool:
            return len(self.fake.called(self.upload)) >= self.number

        await until(all_go_up, 20.0)
        return phones

    async def ends(self) -> None:
        """Wait until nothing is to be sent any more."""
        await self.service.settles(40.0)
        await self.service.database.read(check_whole)


@asynccontextmanager
async def telegram(folder: Path) -> AsyncIterator[Errand]:
    async with behind(folder, HASTE) as service:

        def came(phone: Any) -> int:
            return sum("photo" in message.raw for message in phone.chat.messages.values())

        yield Errand(service, service.fake, Post(service.fake), folder, "sendPhoto", came)


@asynccontextmanager
async def zalo(folder: Path) -> AsyncIterator[Errand]:
    async with behind_zalo(folder, HASTE) as service:

        def came(phone: Any) -> int:
            return sum(message.kind == "image" for message in phone.person.messages)

        yield Errand(service, service.fake, ZaloPost(service.fake), folder, "/v2.0/oa/upload/image", came)


Line = Callable[[Path], Any]


@pytest.fixture(params=[telegram, zalo])
async def errand(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Errand]:
    await prepare(f"sqlite:///{tmp_path}/langnghe.db")
    line: Line = request.param
    async with line(tmp_path) as made:
        yield made


async def killed(errand: Errand) -> None:
    await errand.service.served.kill()


async def stopped(errand: Errand) -> None:
    told = time.monotonic()
    assert await errand.service.served.stop() == 0
    assert time.monotonic() - told < STOPS_WITHIN


@pytest.mark.parametrize("end", [killed, stopped])
async def test_a_file_whose_upload_was_cut_off_comes(errand: Errand, end: Callable[[Errand], Awaitable[None]]) -> None:
    """In Telegram the upload is the message, so that it may come a second time; Zalo's are two calls."""
    phones = await errand.begins()
    await end(errand)
    await errand.service.served.start()
    await errand.ends()
    most = 2 if isinstance(errand.fake, FakeTelegram) else 1
    assert all(1 <= errand.came(phone) <= most for phone in phones), [errand.came(phone) for phone in phones]


MOST_MEGABYTES = 200
ROOM = 1.0
"""Seconds that are left on a machine with nothing else to do."""


async def test_large_files_at_once_stay_within_the_memory_that_is_promised(tmp_path: Path) -> None:
    await prepare(f"sqlite:///{tmp_path}/langnghe.db")
    async with telegram(tmp_path) as errand:
        errand.content, errand.number = documents.pdf() + b"%" * 9_900_000, 12
        errand.fake.next_answer("sendDocument", delay=0.3, times=errand.number)
        await errand.writes()
        await errand.ends()
        assert len(errand.fake.called("sendDocument")) == errand.number
        assert errand.service.held().most_megabytes < MOST_MEGABYTES


async def test_a_browser_that_does_not_read_its_file_holds_up_no_stop(served: Served) -> None:
    config = served.config
    file = await kept(FolderStore(config.data_dir / "files", spare=0), documents.pdf() + b"%" * 9_900_000, "PA-1.pdf")
    links = FileLinks.of(config.public_url, config.secret_key.get_secret_value())
    await served.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", config.http_port, limit=1024)
    path = urlsplit(links.link(file, utc_now())).path
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    told = time.monotonic()
    assert await served.stop() == 0
    assert time.monotonic() - told < STOPS_WITHIN - ROOM
    writer.close()
