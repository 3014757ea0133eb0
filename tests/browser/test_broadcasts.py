"""Messages to many in a real browser: written, changed, approved by another, watched, stopped; and how it looks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from sqlalchemy import Connection, update

from bot.broadcasting import Broadcaster
from bot.channels.telegram.channel import TelegramChannel
from bot.delivery import Sender
from bot.words import Words, load_texts
from storage import chats
from storage.broadcasts import drafting, steps
from storage.broadcasts.records import Audience, Draft
from storage.chats import Caller
from storage.reference import ReferenceHolder
from storage.tables.delivery import outbox
from tests.admin.office import Office
from tests.browser.desk import DESK, check_for_everybody, keep_picture, sign_in, tab_to
from tests.browser.pages import NARROW, PHONE, page_of
from tests.fakes.telegram import TOKEN, FakeTelegram

ACCOUNT = TOKEN.partition(":")[0]
PEOPLE = 60
"""More than a sender has under way at once."""
TEXT = Draft(
    "Thứ Bảy 21/11, trạm y tế xã tiêm phòng cúm miễn phí cho người từ 60 tuổi, từ 7 giờ 30 đến 11 giờ.",
    "On Saturday, 21 November, the health station vaccinates everybody over 60 against influenza, 7:30 to 11:00.",
    Audience.ALL,
)


@dataclass
class Street:
    """People with Telegram, and what writes and sends to them."""

    office: Office
    fake: FakeTelegram
    worker: Broadcaster
    sender: Sender

    async def writes(self) -> None:
        while await self.worker.round():
            pass

    async def sends(self) -> None:
        """Send what one round takes."""
        await self.sender.round()

    async def has(self, *steps_taken: str, draft: Draft = TEXT) -> str:
        """Have a broadcast that has come so far; return its address."""
        writer, reader = self.office.accounts["thuongtruc"], self.office.accounts["thuongtruc2"]
        now = self.office.watch.now

        def job(connection: Connection) -> int:
            number = drafting.write(connection, draft, writer, now)
            if "submit" in steps_taken:
                steps.submit(connection, number, writer, now)
            if "approve" in steps_taken:
                steps.approve(connection, number, reader, 1, now)
            return number

        return f"{self.office.address}/admin/broadcasts/{await self.office.database.write(job)}"


@pytest_asyncio.fixture(loop_scope="module")
async def street(office: Office) -> AsyncIterator[Street]:
    async with FakeTelegram() as fake:
        for number in range(1, PEOPLE + 1):
            await fake.person(number).starts()

        def move_in(connection: Connection) -> None:
            for number in range(1, PEOPLE + 1):
                caller = Caller("telegram", ACCOUNT, str(number), str(number), "vi")
                chats.welcome(connection, caller, office.watch.now)

        await office.database.write(move_in)
        reference = ReferenceHolder()
        await office.database.read(reference.refresh)
        channel = TelegramChannel(TOKEN, fake.base)
        words = Words(load_texts(), reference.name_of)
        sender = Sender(office.database, {"telegram": channel}, words, office.watch)
        yield Street(office, fake, Broadcaster(office.database, reference, office.watch), sender)
        await channel.close()


async def write_by_keyboard(page: Page, street: Street) -> str:
    """Write a draft, look at the preview, change it, submit it; return its address."""
    await page.goto(f"{street.office.address}/admin/broadcasts")
    await tab_to(page, "Soạn tin chung")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Soạn tin chung")
    await tab_to(page, "Nội dung tiếng Việt")
    await page.keyboard.type("Mai cắt điện.")
    await tab_to(page, "Nội dung tiếng Anh")
    await page.keyboard.type("No power tomorrow.")
    await tab_to(page, "Xem trước")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble").first).to_contain_text("Mai cắt điện.")
    await expect(page.locator("#preview + p")).to_have_text(f"Hiện có {PEOPLE} người nhận.")
    await tab_to(page, "Lưu dự thảo")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Đã lưu dự thảo")
    await tab_to(page, "Sửa dự thảo")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Sửa tin chung số 1")
    await page.fill("#text_vi", "Mai cắt điện từ 8 giờ.")
    await tab_to(page, "Lưu dự thảo")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble").first).to_contain_text("Mai cắt điện từ 8 giờ.")
    await tab_to(page, "Trình duyệt")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Đã trình duyệt")
    await expect(page.get_by_text("Sửa dự thảo")).to_have_count(0)
    return page.url.partition("?")[0]


async def test_written_by_one_approved_by_another_watched_and_stopped(chromium: Browser, street: Street) -> None:
    async with page_of(chromium, DESK) as writing, page_of(chromium, PHONE) as reading:
        await sign_in(writing, street.office, "thuongtruc")
        await sign_in(reading, street.office, "thuongtruc2")
        address = await write_by_keyboard(writing, street)

        await reading.goto(address)
        await reading.get_by_role("button", name="Duyệt và gửi").click()
        await expect(reading.get_by_role("status")).to_contain_text("Đã duyệt")
        await street.writes()
        await street.sends()
        # both pages notice by themselves, and the keyboard stays where it is
        await writing.goto(address)
        await tab_to(writing, "Tạm dừng")
        await expect(reading.locator("#figures")).to_contain_text(f"50/{PEOPLE} người nhận", timeout=10_000)
        await expect(reading.locator(".pill")).to_have_text("Đang gửi")
        await street.office.database.write(later)
        await expect(writing.locator("#figures")).to_contain_text("49/60 người nhận", timeout=10_000)
        await expect(writing.get_by_role("button", name="Tạm dừng")).to_be_focused()
        await writing.keyboard.press("Enter")
        await expect(writing.get_by_role("status")).to_contain_text("Đã tạm dừng")
        await expect(reading.locator(".pill")).to_have_text("Tạm dừng", timeout=10_000)

        await reading.get_by_role("button", name="Gửi tiếp").click()
        await expect(reading.locator(".pill")).to_have_text("Đang gửi")
        await reading.locator("summary", has_text="Hủy tin").click()
        await reading.get_by_role("button", name="Hủy tin").click()
        await expect(reading.get_by_role("status")).to_contain_text("Đã hủy")
        await expect(reading.locator("#figures")).to_contain_text("Không gửi11")
        await expect(reading.locator("#figures")).to_contain_text("49/60 người nhận")


def later(connection: Connection) -> None:
    """Have one letter wait after all, as after an answer of 429."""
    one = {"state": "queued", "sent_at": None}
    connection.execute(update(outbox).where(outbox.c.id == 1).values(one))


async def test_without_scripts_it_is_approved_and_paused_as_well(chromium: Browser, street: Street) -> None:
    address = await street.has("submit")
    async with page_of(chromium, PHONE, scripts=False) as page:
        await sign_in(page, street.office, "thuongtruc2")
        await page.goto(address)
        await page.get_by_role("button", name="Duyệt và gửi").click()
        await page.get_by_role("button", name="Tạm dừng").click()
        await expect(page.locator(".pill")).to_have_text("Tạm dừng")


@pytest.mark.parametrize("size", [DESK, PHONE, NARROW], ids=["desk", "phone", "narrow"])
async def test_every_state_can_be_read_labelled_and_pressed_by_everybody(
    chromium: Browser, street: Street, size: dict[str, int]
) -> None:
    finished = await street.has("submit", "approve")
    await street.writes()
    for _ in range(2):
        await street.sends()
    await street.writes()
    running = await street.has("submit", "approve")
    await street.writes()
    await street.sends()
    submitted, draft = await street.has("submit"), await street.has()
    every = {
        "list": f"{street.office.address}/admin/broadcasts", "form": f"{street.office.address}/admin/broadcasts/new",
        "draft": draft, "edit": f"{draft}/edit", "submitted": submitted, "running": running, "finished": finished,
    }  # fmt: skip
    async with page_of(chromium, size) as page:
        await sign_in(page, street.office, "thuongtruc")
        for language in ("vi", "en"):
            for name, address in every.items():
                await page.goto(address)
                await keep_picture(page, f"{name}-{size['width']}-{language}")
                await check_for_everybody(page, name)
            await page.locator(".quiet-button[name=language]").first.click()
