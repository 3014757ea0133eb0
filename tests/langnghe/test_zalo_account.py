"""A whole service with an Official Account: what somebody does in Zalo is answered in Zalo."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from langnghe.app import serving
from langnghe.config import Config
from langnghe.service import Service, open_service
from langnghe.zalo import WEBHOOK_PATH
from offices.presets import load_preset
from storage import channel_states, schema, units, unknown_events, zalo_templates, zalo_tokens
from storage.database import Database
from storage.vault import Vault
from storage.zalo_tokens import Pair
from tests.fakes.zalo import FakeZalo

KEY = "a sample key: 0123456789 abcdefghijklm"
NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


@asynccontextmanager
async def running(folder: Path, fake: FakeZalo) -> AsyncIterator[Service]:
    """Run everything over a new authority that is connected to the fake."""
    console = fake.console
    config = Config(
        data_dir=folder, database_url=f"sqlite:///{folder}/zalo.db", http_port=0, secret_key=SecretStr(KEY),
        public_url="http://127.0.0.1", zalo_app_id=console.app_id, zalo_app_secret=SecretStr(console.app_secret),
        zalo_oa_id=console.oa_id, zalo_oa_secret_key=SecretStr(console.oa_secret_key),
        zalo_oauth_base=fake.bases.oauth, zalo_openapi_base=fake.bases.openapi, zalo_business_base=fake.bases.business,
        zalo_file_hosts=fake.bases.files,
    )  # fmt: skip
    await _install(config, fake)
    async with open_service(config, lambda: NOW) as service, serving(service) as port:
        fake.world.courier.point_at(f"http://127.0.0.1:{port}{WEBHOOK_PATH}")
        tasks = [asyncio.create_task(each) for each in service.work.loops()]
        yield service
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _install(config: Config, fake: FakeZalo) -> None:
    await schema.upgrade(config.database_url)
    given = fake.world.oauth.issue()
    pair, vault = Pair(given.access, given.refresh, timedelta(hours=25)), Vault(KEY)
    database = await Database.open(config.database_url)
    await database.write(lambda c: units.install_preset(c, load_preset("commune-2025"), now=NOW))
    await database.write(lambda c: zalo_tokens.authorise(c, vault, config.zalo_oa_id, pair, actor="system", now=NOW))
    await database.close()


async def test_who_writes_and_presses_is_answered(tmp_path: Path) -> None:
    async with FakeZalo(clock=lambda: NOW) as fake, running(tmp_path, fake):
        phone = fake.person(1)
        await phone.types("Xin chào")
        greeting = await phone.reads("Lắng Nghe")
        assert greeting.buttons[0] == "1. Đánh giá sự phục vụ"
        await phone.presses("Đánh giá sự phục vụ")
        asked = await phone.reads("Đã chọn: Đánh giá sự phục vụ")
        assert "1. " in asked.text
        await phone.presses("Gửi phản ánh", on=greeting.id)
        await phone.reads("Nút Ông/Bà vừa bấm thuộc câu hỏi cũ")


async def test_while_somebody_answers_in_oa_manager_the_bot_is_silent(tmp_path: Path) -> None:
    async with FakeZalo(clock=lambda: NOW) as fake, running(tmp_path, fake):
        phone = fake.person(1)
        fake.human_writes(phone, "Chào bác, cháu ở Văn phòng đây ạ")
        await fake.settled()
        await phone.types("Chào cháu")
        await fake.settled()
        await phone.types("phản ánh")
        await phone.reads("?")
        assert len(phone.hears()) == 2


async def test_templates_are_looked_at_anew_when_zalo_tells_of_a_change(tmp_path: Path) -> None:
    async with FakeZalo(clock=lambda: NOW) as fake, running(tmp_path, fake) as service:
        oa_id, place = fake.console.oa_id, zalo_templates.place(fake.console.oa_id)
        await fake.until_called("/template/all")
        while (await service.database.read(lambda c: channel_states.find(c, *place))) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        event = {
            "app_id": fake.console.app_id, "oa_id": oa_id, "event_name": "change_template_status",
            "timestamp": str(int(NOW.timestamp() * 1000)), "template_id": "101", "status": {"new_status": "DISABLE"},
        }  # fmt: skip
        fake.world.courier.send(event, oa_id)
        await fake.settled()
        assert await service.database.read(lambda c: channel_states.find(c, *place)) is None
        assert await service.database.read(unknown_events.every) == []
