"""The pages of messages to many: written, previewed, approved by a second person, followed and stopped."""

import re

from sqlalchemy import select

from bot.broadcasting import Broadcaster
from bot.words import load_texts as bot_texts
from storage.reference import ReferenceHolder
from storage.tables.audit import audit
from storage.tables.broadcasts import broadcast
from storage.tables.delivery import outbox
from tests.admin.office import TEXTS, Office, Visitor
from tests.bot.test_broadcasting import add_chats

FIELDS = {"text_vi": "Mai cắt điện <8 giờ>.", "text_en": "No power tomorrow.", "audience": "all"}


async def drafted(office: Office) -> tuple[Visitor, str]:
    """Return a coordinator who wrote a draft, and its address."""
    await office.database.write(lambda c: add_chats(c, 30))
    writer = await office.visitor().signs_in("thuongtruc")
    await writer.get("/admin/broadcasts/new")
    await writer.post("/admin/broadcasts", {**FIELDS, "step": "save"})
    assert writer.status == 303
    return writer, writer.location.partition("?")[0]


async def works(office: Office) -> None:
    await Broadcaster(office.database, ReferenceHolder(), office.watch).round()


async def states(office: Office) -> set[str]:
    return set(await office.database.read(lambda c: list(c.scalars(select(outbox.c.state)))))


async def test_a_preview_shows_both_languages_and_keeps_nothing(office: Office) -> None:
    await office.database.write(lambda c: add_chats(c, 30))
    writer = await office.visitor().signs_in("thuongtruc")
    await writer.get("/admin/broadcasts/new")
    page = await writer.post("/admin/broadcasts", {**FIELDS, "step": "preview"})
    assert "📢 Ủy ban nhân dân xã Mẫu\n\nMai cắt điện &lt;8 giờ&gt;.</p>" in page
    assert "No power tomorrow.</p>" in page
    assert "Hiện có 30 người nhận." in page
    assert await office.database.read(lambda c: c.scalar(select(broadcast.c.id))) is None


def test_the_preview_is_what_the_bot_says() -> None:
    for language in ("vi", "en"):
        said = bot_texts().texts[language]
        shown = TEXTS.texts[language]
        assert shown["broadcasts.message"] == said["notices.broadcast"]
        assert shown["broadcasts.news_off"] == said["buttons.news_off"]


async def test_an_empty_text_is_refused_and_the_other_kept(office: Office) -> None:
    writer = await office.visitor().signs_in("thuongtruc")
    await writer.get("/admin/broadcasts/new")
    page = await writer.post("/admin/broadcasts", {**FIELDS, "text_en": " ", "step": "save"})
    assert writer.status == 422
    assert "cả tiếng Việt và tiếng Anh" in page
    assert "Mai cắt điện &lt;8 giờ&gt;." in page


async def test_who_wrote_it_cannot_approve_it_and_somebody_else_can(office: Office) -> None:
    writer, address = await drafted(office)
    page = await writer.get(address)
    assert "cần người khác duyệt" in page
    assert "/approve" not in page
    await writer.post(f"{address}/approve")
    assert writer.status == 422
    assert "do chính Ông/Bà soạn" in writer.text

    second = await office.visitor().signs_in("thuongtruc2")
    assert "/approve" in await second.get(address)
    await second.post(f"{address}/approve")
    assert "Đã duyệt. Tin bắt đầu" in await second.get(second.location)
    await works(office)
    assert await states(office) == {"queued"}
    steps = await office.database.read(
        lambda c: list(c.scalars(select(audit.c.actor).where(audit.c.subject == "broadcast:1")))
    )
    assert steps == [f"staff:{office.accounts[login].id}" for login in ("thuongtruc", "thuongtruc2")]


async def test_the_progress_refreshes_itself_and_can_be_stopped(office: Office) -> None:
    _, address = await drafted(office)
    second = await office.visitor().signs_in("thuongtruc2")
    await second.get(address)
    await second.post(f"{address}/approve")
    await works(office)
    part = await second.get(address, {"HX-Request": "true"})
    assert part.lstrip().startswith('<section class="card" id="progress"')
    assert 'hx-trigger="every 3s"' in part
    assert re.search(r"<dt>Đang chờ</dt><dd>30</dd>", part)
    await second.post(f"{address}/pause")
    assert await states(office) == {"held"}
    assert "hx-trigger" not in await second.get(address)
    await second.post(f"{address}/resume")
    assert await states(office) == {"queued"}
    await second.post(f"{address}/cancel")
    assert await states(office) == {"cancelled"}
    await second.post(f"{address}/resume")
    assert second.status == 422
    assert "Mai cắt điện" in await second.get("/admin/broadcasts")


async def test_what_is_not_there_is_not_found(office: Office) -> None:
    visitor = await office.visitor().signs_in("thuongtruc")
    for path in ("/admin/broadcasts/7", "/admin/broadcasts/x", f"/admin/broadcasts/{10**15}"):
        await visitor.get(path)
        assert visitor.status == 404, path
    await drafted(office)
    await visitor.post("/admin/broadcasts/1/explode")
    assert visitor.status == 404
