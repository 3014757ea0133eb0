"""The pages of messages to many: written, previewed, approved by a second person, followed and stopped."""

import asyncio
import re

import pytest
from sqlalchemy import select

from bot.broadcasting import Broadcaster
from bot.words import load_texts as bot_texts
from storage.broadcasts import drafting
from storage.broadcasts.records import Audience, Draft
from storage.reference import ReferenceHolder
from storage.tables.audit import audit
from storage.tables.broadcasts import broadcast
from storage.tables.delivery import outbox
from tests.admin.office import START, TEXTS, Office, Visitor
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


async def submitted(office: Office) -> tuple[Visitor, Visitor, str]:
    """Return who wrote and submitted a broadcast, another coordinator who looks at it, and its address."""
    writer, address = await drafted(office)
    await writer.get(address)
    await writer.post(f"{address}/submit")
    assert "Đã trình duyệt" in await writer.get(writer.location)
    reader = await office.visitor().signs_in("thuongtruc2")
    await reader.get(address)
    return writer, reader, address


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


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text_en": " "}, "cả tiếng Việt và tiếng Anh"),
        ({"text_en": "x" * 2001}, "Nội dung dài 2.001 ký tự, nhiều nhất là 2.000."),
        ({"audience": "rated"}, "Xin chọn đơn vị"),
        ({"audience": "rated", "unit": "nowhere"}, "Không có đơn vị"),
    ],
)
async def test_what_cannot_be_sent_is_refused_and_the_rest_kept(
    office: Office, fields: dict[str, str], said: str
) -> None:
    writer = await office.visitor().signs_in("thuongtruc")
    await writer.get("/admin/broadcasts/new")
    for step in ("preview", "save"):
        page = await writer.post("/admin/broadcasts", {**FIELDS, **fields, "step": step})
        assert writer.status == 422
        assert said in page
        assert "Mai cắt điện &lt;8 giờ&gt;." in page


async def test_a_draft_is_changed_until_it_is_submitted(office: Office) -> None:
    writer, address = await drafted(office)
    form = await writer.get(f"{address}/edit")
    assert "Mai cắt điện &lt;8 giờ&gt;.</textarea>" in form
    [revision] = re.findall(r'name="revision" value="(\d+)"', form)
    change = {**FIELDS, "text_vi": "Mai cắt nước.", "revision": revision}
    page = await writer.post(f"{address}/edit", {**change, "step": "preview"})
    assert "Mai cắt nước.</p>" in page
    assert f'name="revision" value="{revision}"' in page
    assert "Mai cắt điện" in await writer.get(address)
    await writer.post(f"{address}/edit", {**change, "step": "save"})
    assert "Mai cắt nước." in await writer.get(writer.location)

    page = await writer.post(f"{address}/edit", {**change, "text_vi": "Từ cửa sổ khác.", "step": "save"})
    assert writer.status == 422
    assert "vừa được sửa" in page
    assert "Từ cửa sổ khác." in page
    await writer.post(f"{address}/submit")
    page = await writer.post(f"{address}/edit", {**change, "step": "save"})
    assert "chuyển sang bước khác" in page
    await writer.get(f"{address}/edit")
    assert (writer.status, writer.location) == (303, address)


async def test_only_its_writer_changes_a_draft(office: Office) -> None:
    _, address = await drafted(office)
    other = await office.visitor().signs_in("thuongtruc2")
    page = await other.get(address)
    assert "/edit" not in page
    assert "/approve" not in page
    await other.get(f"{address}/edit")
    assert (other.status, other.location) == (303, address)
    for path in (f"{address}/edit", f"{address}/submit"):
        page = await other.post(path, {**FIELDS, "revision": "1", "step": "save"})
        assert other.status == 422
        assert "Chỉ người soạn" in page


async def test_who_wrote_it_cannot_approve_it_and_somebody_else_can(office: Office) -> None:
    writer, second, address = await submitted(office)
    page = await writer.get(address)
    assert "cần người khác duyệt" in page
    assert "/approve" not in page
    await writer.post(f"{address}/approve", {"revision": "1"})
    assert writer.status == 422
    assert "do chính Ông/Bà soạn" in writer.text

    assert "/approve" in await second.get(address)
    await second.post(f"{address}/approve", {"revision": "1"})
    assert "Đã duyệt. Tin bắt đầu" in await second.get(second.location)
    await second.post(f"{address}/approve", {"revision": "1"})
    assert second.status == 422
    assert "chuyển sang bước khác" in second.text
    await works(office)
    assert await states(office) == {"queued"}
    actors = await office.database.read(
        lambda c: list(c.scalars(select(audit.c.actor).where(audit.c.subject == "broadcast:1")))
    )
    wrote, approved = (f"staff:{office.accounts[login].id}" for login in ("thuongtruc", "thuongtruc2"))
    assert actors == [wrote, wrote, approved]


async def test_what_was_changed_after_it_was_read_is_not_approved(office: Office) -> None:
    writer, second, address = await submitted(office)
    await writer.post(f"{address}/give_back")
    await writer.post(f"{address}/edit", {**FIELDS, "text_vi": "Khác hẳn.", "revision": "1", "step": "save"})
    await writer.post(f"{address}/submit")
    page = await second.post(f"{address}/approve", {"revision": "1"})
    assert second.status == 422
    assert "vừa được sửa" in page
    assert "Khác hẳn." in page
    await second.post(f"{address}/approve", {"revision": "2"})
    assert second.status == 303


async def test_two_people_who_approve_at_once_do_it_once(office: Office) -> None:
    _, second, address = await submitted(office)
    again = await office.visitor().signs_in("thuongtruc2")
    await again.get(address)
    await asyncio.gather(*(each.post(f"{address}/approve", {"revision": "1"}) for each in (second, again)))
    assert sorted([second.status, again.status]) == [303, 422]


async def test_what_nobody_would_get_is_not_submitted(office: Office) -> None:
    writer = await office.visitor().signs_in("thuongtruc")
    await writer.get("/admin/broadcasts/new")
    await writer.post("/admin/broadcasts", {**FIELDS, "step": "save"})
    page = await writer.post("/admin/broadcasts/1/submit")
    assert writer.status == 422
    assert "Hiện không có ai nhận tin này." in page


async def test_the_progress_refreshes_itself_and_can_be_stopped(office: Office) -> None:
    _, second, address = await submitted(office)
    await second.post(f"{address}/approve", {"revision": "1"})
    await works(office)
    part = await second.get(f"{address}?state=running", {"HX-Request": "true"})
    assert part.lstrip().startswith('<div id="figures"')
    assert 'hx-trigger="every 3s"' in part
    assert re.search(r"<dt>Đang chờ</dt><dd>30</dd>", part)
    assert "HX-Refresh" not in second.headers
    await second.post(f"{address}/pause")
    assert await states(office) == {"held"}
    await second.get(f"{address}?state=running", {"HX-Request": "true"})
    assert second.headers["HX-Refresh"] == "true"
    assert "hx-trigger" not in await second.get(address)
    await second.post(f"{address}/resume")
    assert await states(office) == {"queued"}
    await second.post(f"{address}/cancel")
    assert await states(office) == {"cancelled"}
    await second.post(f"{address}/resume")
    assert second.status == 422
    assert "Mai cắt điện" in await second.get("/admin/broadcasts")


async def test_many_broadcasts_are_listed_a_page_at_a_time(office: Office) -> None:
    await office.database.write(
        lambda c: [
            drafting.write(c, Draft(f"Tin {each:02}.", "x", Audience.ALL), office.accounts["thuongtruc"], START)
            for each in range(25)
        ]
    )
    visitor = await office.visitor().signs_in("thuongtruc")
    page = await visitor.get("/admin/broadcasts")
    assert "Tin 24." in page
    assert "Tin 04." not in page
    page = await visitor.get("/admin/broadcasts?page=2")
    assert "Tin 04." in page
    assert "Tin 24." not in page


async def test_what_is_not_there_is_not_found(office: Office) -> None:
    visitor = await office.visitor().signs_in("thuongtruc")
    for path in (
        "/admin/broadcasts/7",
        "/admin/broadcasts/x",
        "/admin/broadcasts/7/edit",
        f"/admin/broadcasts/{10**15}",
    ):
        await visitor.get(path)
        assert visitor.status == 404, path
    await drafted(office)
    await visitor.post("/admin/broadcasts/1/explode")
    assert visitor.status == 404
