"""An answer with files in a real browser: chosen, one refused, kept, seen by who approves; on a desk and on a phone."""

import re
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.admin.office import Office, submit
from tests.browser.desk import DESK, check_for_everybody, keep_picture, sign_in
from tests.browser.pages import PHONE, page_of
from tests.storage.documents import pdf
from tests.storage.pictures import jpeg


async def test_files_are_chosen_refused_kept_and_approved(chromium: Browser, office: Office, tmp_path: Path) -> None:
    picture, document, program = tmp_path / "sau khi sửa.jpg", tmp_path / "văn bản.pdf", tmp_path / "chương trình.exe"
    for path, content in ((picture, jpeg()), (document, pdf()), (program, b"MZ not a document")):
        path.write_bytes(content)
    code = (await submit(office, "Đèn đường thôn Mẫu hỏng đã ba tuần.")).code
    address = f"{office.address}/admin/petitions/{code}"
    async with page_of(chromium, DESK) as page:
        await sign_in(page, office, "canbo")
        await page.goto(address)
        await page.get_by_text("Soạn trả lời", exact=True).first.click()
        await page.get_by_label("Nội dung trả lời").fill("Bóng đèn đã được thay, xin gửi ảnh chụp sau khi sửa.")
        await page.get_by_label("Thêm tệp").set_input_files([picture, program])
        await page.get_by_role("button", name="Soạn trả lời").click()
        await expect(page.get_by_role("alert")).to_contain_text("Tệp “chương trình.exe” không nhận được")
        await expect(page.get_by_label(re.compile("Tệp 1"))).to_be_checked()
        await keep_picture(page, "answer-files-refused")
        await check_for_everybody(page, page.url)
        await page.get_by_label("Thêm tệp").set_input_files(document)
        await page.get_by_role("button", name="Soạn trả lời").click()
        await expect(page.get_by_role("status")).to_contain_text("Dự thảo đã lưu")
        await keep_picture(page, "answer-files-drafted")
    async with page_of(chromium, PHONE) as page:
        await sign_in(page, office, "lanhdao")
        await page.goto(address)
        draft = page.get_by_role("region", name="Dự thảo trả lời")
        await expect(draft.get_by_role("link")).to_have_count(2)
        async with page.expect_download() as waiting:
            await draft.get_by_role("link", name="Tệp 2").click()
        assert (await waiting.value).suggested_filename == f"{code}-tra-loi-2.pdf"
        await keep_picture(page, "answer-files-approval")
        await check_for_everybody(page, page.url)
        await page.get_by_role("button", name="Duyệt trả lời").click()
        await expect(page.get_by_role("region", name="Trả lời đã gửi").get_by_role("link")).to_have_count(2)
        await page.set_viewport_size({"width": 320, "height": 640})
        await check_for_everybody(page, page.url)
        await keep_picture(page, "answer-files-sent")
