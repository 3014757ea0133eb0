"""The main job from end to end: a citizen rates one star, complains, is answered and rates the answer.

Telegram delivers by webhook to the real server; letters go by the real client; nothing but Telegram is a fake.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, select

from langnghe.app import run_until
from langnghe.config import Config
from offices.staff import Role
from storage.tables.petitions import answer_file
from storage.tables.ratings import tally
from tests.conversations.world import World, check_whole
from tests.fakes.telegram import TOKEN, FakeTelegram, Phone
from tests.storage.pictures import png

SECRET = "sample-secret-0123456789"
UNIT = "xa-mau.trung-tam"


def free_port() -> int:
    """Return a port that nobody listens on: Telegram is told the address before the server opens it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class WebhookWorld(World):
    """The sample commune, its bot in webhook mode."""

    port: int = field(default_factory=free_port)

    @property
    def config(self) -> Config:
        """The settings of an authority that runs its server itself."""
        webhook = {
            "http_port": self.port,
            "public_url": f"http://127.0.0.1:{self.port}",
            "telegram_mode": "webhook",
            "telegram_webhook_secret": SecretStr(SECRET),
        }
        return super().config.model_copy(update=webhook)

    @asynccontextmanager
    async def running(self, fake: FakeTelegram) -> AsyncIterator[None]:
        """Run everything, as `langnghe run` does, until the block is left."""
        async with self.service() as service:
            stopping = asyncio.Event()
            everything = asyncio.create_task(run_until(service, stopping))
            try:
                await fake.until_called("setWebhook")
                yield
                await fake.settled()
            finally:
                stopping.set()
                await everything

    async def until_a_file_has_come(self) -> None:
        """Wait until what an official sent is with his draft: nobody approves it before."""
        for _ in range(100):
            if await self.writes(lambda connection: connection.scalar(select(answer_file.c.ref))):
                return
            await asyncio.sleep(0.2)
        raise AssertionError("no file has come to the draft")


async def presses(phone: Phone, label: str, then: str) -> str:
    """Press a button once it is there; return what is said then."""
    await phone.presses(label)
    return (await phone.reads(then, within=20)).text


async def types(phone: Phone, text: str, then: str) -> str:
    """Type something; return what is said then."""
    await phone.types(text)
    return (await phone.reads(then, within=20)).text


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_one_star_to_a_rated_answer(database_url: str, tmp_path: Path) -> None:
    async with FakeTelegram() as fake:
        world = WebhookWorld(tmp_path, database_url, (TOKEN, fake.base))
        await world.install()
        officials = {role: await world.add_official(role.value, UNIT, role) for role in (Role.OFFICER, Role.LEADER)}
        async with world.running(fake):
            citizen, officer, leader = (fake.person(2**51 + n, "Công dân mẫu") for n in range(3))
            for phone, role in ((officer, Role.OFFICER), (leader, Role.LEADER)):
                await phone.starts(f"l_{await world.link_code(officials[role])}")
                await phone.reads("Đã liên kết", within=20)
            await _complains(citizen)
            await _is_drafted(citizen, officer)
            await world.until_a_file_has_come()
            await _is_answered(citizen, leader)
        await world.writes(check_whole)
        assert await world.writes(_scores) == {1: 1}


def _scores(connection: Connection) -> dict[int, int]:
    """Return how often each overall score was counted for the unit on the day."""
    query = select(tally.c.cells).where(tally.c.unit == UNIT, tally.c.grain == "month")
    [cells] = connection.scalars(query)
    return {score: cells[f"overall={score}"] for score in range(1, 6) if f"overall={score}" in cells}


async def _complains(citizen: Phone) -> None:
    await citizen.starts("u_xa-mau_trung-tam")
    await citizen.reads("Ông/Bà đến về việc gì?", within=20)
    await presses(citizen, "Bỏ qua", "hài lòng ở mức nào")
    await presses(citizen, "1 · Rất không hài lòng", "chưa hài lòng nhất")
    await presses(citizen, "Thời gian chờ", "muốn nói thêm")
    await types(citizen, "Tôi chờ hai giờ mới được gọi tên.", "Đánh giá đã được ghi nhận")
    await presses(citizen, "Gửi phản ánh", "gửi về việc gì")
    await presses(citizen, "Thủ tục, quy định", "Thuộc lĩnh vực nào")
    await presses(citizen, "Bỏ qua", "Dùng nội dung này?")
    await presses(citizen, "Dùng nội dung này", "ảnh hoặc tệp")
    await presses(citizen, "Xong", "Ông/Bà là ai")
    await presses(citizen, "Giấu tên", "Xin kiểm tra lại")
    await presses(citizen, "Gửi", "Đã tiếp nhận phản ánh")


async def _is_drafted(citizen: Phone, officer: Phone) -> None:
    notice = await officer.reads("Phản ánh mới", within=20)
    assert "Tôi chờ hai giờ" in notice.text
    assert "Công dân mẫu" not in notice.text
    await presses(officer, "Nhận xử lý", "Ông/Bà làm bước nào?")
    await citizen.reads("đã nhận xử lý", within=20)
    await presses(officer, "Soạn trả lời", "Xin soạn nội dung")
    await types(officer, "Trung tâm đã mở thêm một quầy từ hôm nay.", "gửi tệp kèm câu trả lời")
    await officer.sends_photo(png())
    await officer.reads("Đã nhận", within=20)
    await presses(officer, "Xong", "Đã thực hiện “Soạn trả lời”")


async def _is_answered(citizen: Phone, leader: Phone) -> None:
    await leader.reads("chờ duyệt", within=20)
    await presses(leader, "Duyệt", "Ông/Bà xác nhận?")
    assert (await leader.reads("kèm câu trả lời phản ánh", within=20)).file == "photo"
    await presses(leader, "Duyệt trả lời", "Đã thực hiện “Duyệt trả lời”")
    await citizen.reads("mở thêm một quầy", within=20)
    assert (await citizen.reads("kèm câu trả lời phản ánh", within=20)).file == "photo"
    await presses(citizen, "Đánh giá trả lời", "với nội dung trả lời ở mức nào")
    await presses(citizen, "5 · Rất hài lòng", "nhận xét gì thêm")
    await presses(citizen, "Bỏ qua", "Cảm ơn Ông/Bà đã đánh giá trả lời")
