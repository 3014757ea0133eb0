"""A questionnaire in a real browser: edited, mended, tried in the chat, published; then a citizen is asked it."""

import re
from pathlib import Path

from aiohttp import web
from playwright.async_api import Browser, Page, expect

from admin.context import AdminContext
from bot.channels.web.chat import WebChat
from bot.channels.web.preview import preview_routes
from bot.channels.web.routes import web_routes
from bot.channels.web.settings import WebSettings
from bot.conversations import Conversations
from bot.intake import Intake
from bot.scripts import SCRIPTS
from bot.words import Words, load_texts
from storage.files import FolderStore
from tests.admin.office import Office, Routes, office_in
from tests.browser.desk import DESK, check_for_everybody, keep_picture, sign_in
from tests.browser.pages import PHONE, page_of
from tests.codes import SECRET, VAULT

PATH = "/admin/questionnaires"
ASKED = "Hôm nay Ông/Bà thấy việc phục vụ thế nào?"


def chat_beside(folder: Path) -> Routes:
    def routes(context: AdminContext) -> list[web.RouteDef]:
        """Serve the chat over the office's database, as the product does."""
        settings = WebSettings(public_url="http://127.0.0.1", secret_key=SECRET)
        talk = Conversations(SCRIPTS, Words(load_texts(), context.reference.name_of), settings.token_key, VAULT)
        intake = Intake(context.database, talk, context.reference, context.clock)
        files = FolderStore(folder / "files")
        chat = WebChat(context.database, intake, files, context.reference, context.clock, settings)
        return [*web_routes(chat), *preview_routes(chat, intake)]

    return routes


async def begin(page: Page, office: Office, name: str) -> None:
    """Begin a draft, leave a fault in it, mend it by the keyboard."""
    await sign_in(page, office, "quantri")
    await page.goto(office.address + PATH)
    await keep_picture(page, f"{name}-list")
    await page.select_option("#base", label="Đánh giá nhanh sau giao dịch – quick 1")
    await page.get_by_role("button", name="Lập bản nháp mới").click()
    await page.fill("#item_1_prompt_vi", ASKED)
    await page.fill("#item_2_when", "later <= 3")
    await page.get_by_role("button", name="Lưu bản nháp").last.click()
    await expect(page.locator("#faults")).to_contain_text("Còn 1 chỗ cần sửa")
    await keep_picture(page, f"{name}-faults")
    await page.get_by_role("link", name="Câu 2, Chỉ hỏi khi").click()
    await expect(page.locator("#item_2_when")).to_be_in_viewport()
    await page.fill("#item_2_when", "overall <= 2")
    await page.press("#item_2_when", "Enter")
    await expect(page.get_by_text("Bản nháp không còn lỗi")).to_be_visible()


async def try_it(page: Page, name: str) -> None:
    """Answer the draft in the preview, which stands on a page of its own."""
    async with page.context.expect_page() as opening:
        await page.get_by_role("link", name="Xem thử trong trò chuyện").click()
    preview = await opening.value
    await expect(preview.get_by_text("Xem thử – không tính.").first).to_be_visible()
    await expect(preview.get_by_text(ASKED)).to_be_visible()
    await keep_picture(preview, f"{name}-preview")
    await preview.get_by_role("button", name="Rất không hài lòng").click()
    await preview.get_by_role("button", name="Lý do khác").click()
    await preview.get_by_role("button", name="Bỏ qua").click()
    await preview.get_by_role("button", name="Không, cảm ơn").click()
    await keep_picture(preview, f"{name}-previewed")
    await expect(preview.get_by_role("link", name="Bắt đầu lại")).to_be_visible()
    await preview.close()


async def test_a_draft_is_mended_tried_and_published_and_a_citizen_is_asked_it(
    chromium: Browser, tmp_path: Path
) -> None:
    async with office_in(tmp_path, chat_beside(tmp_path)) as office:
        async with page_of(chromium, PHONE) as page:
            await begin(page, office, "questionnaires-phone")
            await try_it(page, "questionnaires-phone")
            for path in (
                "",
                "/quick/1",
                "/compare?before=health:1&after=education:1",
                "/drafts/1",
                "/drafts/1/text",
                "/drafts/1/publish",
            ):
                await page.goto(office.address + PATH + path)
                await check_for_everybody(page, path)
        async with page_of(chromium, DESK, scripts=False) as page:
            await begin(page, office, "questionnaires-desk")
            await try_it(page, "questionnaires-desk")
            await page.get_by_role("link", name="Văn bản TOML").click()
            await keep_picture(page, "questionnaires-desk-text")
            await page.get_by_role("link", name="Biểu mẫu").click()
            await page.get_by_role("link", name="Xem thay đổi và công bố").click()
            await keep_picture(page, "questionnaires-desk-publish")
            await page.get_by_role("checkbox").check()
            await page.get_by_role("button", name="Công bố").click()
            await expect(page.get_by_role("status")).to_contain_text("Đã công bố")
            await expect(page).to_have_url(re.compile("/quick/2"))
            await keep_picture(page, "questionnaires-desk-version")
        async with page_of(chromium, PHONE, scripts=False) as page:
            await page.goto(f"{office.address}/chat?start=u_xa-mau_kinh-te")
            await page.get_by_role("button", name="Bắt đầu").click()
            await expect(page.get_by_text(ASKED)).to_be_visible()
