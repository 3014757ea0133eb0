import re
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import insert, select, update

from admin.views.staff import new_password
from storage import chats, entry_codes, staff_chats
from storage.chats import Caller
from storage.passwords import check_password
from storage.petitions import Petitions
from storage.tables.audit import audit
from storage.tables.petitions import attachment
from tests.admin.office import PASSWORD, START, Office, Visitor, office_in, submit
from tests.admin.test_dashboard import FARM, rated

DECISION = {"on": "2026-12-01", "number": "15/QĐ-UBND", "signed_on": "2026-11-10"}


def put_file(folder: Path, ref: str) -> Path:
    """Put a file where the store keeps it."""
    path = folder / ref[:2] / ref
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff\xd8 a picture")
    return path


async def changed(visitor: Visitor, what: str, fields: Mapping[str, str | list[str]]) -> str:
    """Preview a change of units and confirm it; return the page that comes after."""
    await visitor.get("/admin/units")
    preview = await visitor.post(f"/admin/units/{what}", fields)
    assert "Chưa có gì thay đổi" in preview, preview
    seen = re.findall(r'name="seen" value="(\d+)"', preview)[0]
    await visitor.post(f"/admin/units/{what}", {**fields, "seen": seen})
    return await visitor.get(visitor.location)


async def test_a_unit_is_renamed_by_decision_and_the_old_one_stays_to_be_seen(office: Office) -> None:
    visitor = await office.visitor().signs_in("quantri")
    fields = {"unit": "xa-mau.kinh-te", "name": "Phòng Kinh tế, Hạ tầng và Đô thị", **DECISION, "on": "2026-11-16"}
    page = await changed(visitor, "rename", fields)
    assert "Đã đổi tên đơn vị" in page
    assert "xa-mau.phong-kinh-te-ha-tang-va-do-thi" in page
    assert "Kế thừa: Phòng Kinh tế, Hạ tầng và Đô thị" in page
    assert "15/QĐ-UBND" in page


async def test_units_are_added_merged_split_and_abolished(office: Office) -> None:
    visitor = await office.visitor().signs_in("quantri")
    fields = {"name": "Trạm Khuyến nông", "parent": "xa-mau", "kind": "public_service", **DECISION, "on": "2026-11-01"}
    assert "xa-mau.tram-khuyen-nong" in await changed(visitor, "add", fields)
    into: dict[str, str | list[str]] = {"units": ["xa-mau.tram-khuyen-nong"], "into": "xa-mau.kinh-te", **DECISION}
    assert "đến 30/11/2026" in await changed(visitor, "merge", into)
    both: dict[str, str | list[str]] = {
        "units": ["xa-mau.mau-giao", "xa-mau.tieu-hoc"], "name": "Trường Liên cấp Mẫu", **DECISION,
    }  # fmt: skip
    assert (await changed(visitor, "merge", both)).count("Kế thừa: Trường Liên cấp Mẫu") == 2
    parts = {"unit": "xa-mau.cong-an", "parts": "Tổ Một\n\n Tổ Một \n", **DECISION}
    page = await changed(visitor, "split", parts)
    assert "Kế thừa: Tổ Một, Tổ Một" in page
    assert "xa-mau.to-mot-2" in page
    closing = {"unit": "xa-mau.tram-y-te", **DECISION, "on": "2026-11-16"}
    assert "Đã giải thể đơn vị" in await changed(visitor, "close", closing)
    trail = await office.database.read(lambda conn: conn.scalars(select(audit.c.action)).all())
    assert list(trail).count("unit.change") == 5


async def test_a_change_of_a_day_to_come_is_not_told_as_done(office: Office) -> None:
    visitor = await office.visitor().signs_in("quantri")
    page = await changed(visitor, "close", {"unit": "xa-mau.tram-y-te", **DECISION})
    assert "Đã ghi thay đổi. Trước ngày hiệu lực, mọi việc vẫn như cũ." in page
    assert "Đã giải thể" not in page


async def test_a_change_shows_what_hangs_on_it_before_it_is_made(office: Office) -> None:
    await rated(office, FARM, [5] * 3)
    await submit(office, "Ruộng thiếu nước tưới", field="agriculture")
    visitor = await office.visitor().signs_in("quantri")
    page = await visitor.get("/admin/units")
    split = {"unit": "xa-mau.kinh-te", "parts": "Phòng <A>\nPhòng B", **DECISION}
    page = await visitor.post("/admin/units/split", split)
    assert "3 phiếu đánh giá đã có. Không chia được" in page
    assert "2 tài khoản cán bộ. Không làm được việc gì" in page
    assert "Phòng &lt;A&gt;" in page
    assert "Kết thúc" not in await visitor.get("/admin/units"), "a preview must change nothing"
    again = await visitor.post("/admin/units/split/again", split)
    assert "Phòng &lt;A&gt;\nPhòng B" in again
    merge: dict[str, str | list[str]] = {"units": ["xa-mau.kinh-te"], "into": "xa-mau.trung-tam", **DECISION}
    assert "chưa có đơn vị nào phụ trách lĩnh vực:" in await visitor.post("/admin/units/merge", merge)


async def test_a_change_that_leaves_loose_ends_or_was_overtaken_is_refused(office: Office) -> None:
    visitor, other = await office.visitor().signs_in("quantri"), await office.visitor().signs_in("quantri")
    await visitor.get("/admin/units")
    under = {"name": "Tổ Thủy lợi", "parent": "xa-mau.kinh-te", "kind": "office", **DECISION, "on": "2026-11-01"}
    await changed(visitor, "add", under)
    for what, fields, words in (
        ("close", {"unit": "xa-mau"}, "không kết thúc được"),
        ("close", {"unit": "xa-mau.kinh-te"}, "còn đơn vị bên dưới: Tổ Thủy lợi"),
        ("merge", {"units": "xa-mau.kinh-te", "name": "Phòng Mới"}, "ít nhất hai"),
        ("split", {"unit": "xa-mau.cong-an", "parts": "Một"}, "ít nhất hai đơn vị mới"),
        ("close", {"unit": "khong-co"}, "Không có đơn vị này"),
    ):
        assert words in await visitor.post(f"/admin/units/{what}", {**fields, **DECISION})
        assert visitor.status in (404, 422)
    await visitor.post("/admin/units/eat", {})
    assert visitor.status == 404
    police = {"unit": "xa-mau.cong-an", "name": "Công an Mẫu Mới", **DECISION}
    preview = await visitor.post("/admin/units/rename", police)
    seen = re.findall(r'name="seen" value="(\d+)"', preview)[0]
    await changed(other, "close", {"unit": "xa-mau.tram-y-te", **DECISION})
    page = await visitor.post("/admin/units/rename", {**police, "seen": seen})
    assert "Chưa có gì thay đổi" in page, "what was previewed is not what would be made: it is previewed again"
    officer = await office.visitor().signs_in("thuongtruc")
    await officer.post("/admin/units/rename", police)
    assert officer.status == 403


async def test_a_change_without_its_decision_is_refused_and_keeps_what_was_typed(office: Office) -> None:
    visitor = await office.visitor().signs_in("quantri")
    await visitor.get("/admin/units")
    for missing, words in (("on", "chọn ngày"), ("number", "số quyết định"), ("name", "nhập tên")):
        fields = {"unit": "xa-mau.kinh-te", "name": "Phòng <Mới>", **DECISION, missing: ""}
        page = await visitor.post("/admin/units/rename", fields)
        assert visitor.status == 422
        assert words in page
        assert "&lt;Mới&gt;" in page or missing == "name"


async def test_an_account_is_made_with_a_password_that_is_shown_once_and_works(office: Office) -> None:
    visitor = await office.visitor().signs_in("quantri")
    await visitor.get("/admin/staff")
    fields: dict[str, str | list[str]] = {
        "name": "Cán bộ mẫu 20", "login": "Moi.20", "unit": "xa-mau.cong-an", "roles": ["officer", "leader"],
    }  # fmt: skip
    page = await visitor.post("/admin/staff", fields)
    password = re.findall(r'class="secret">([^<]+)<', page)[0]
    address = re.findall(r'action="(/admin/staff/\d+)/move"', page)[0]
    assert password not in await visitor.get(address)
    assert (await office.visitor().signs_in("moi.20", password)).status == 200
    page = await visitor.post("/admin/staff", {**fields, "login": "canbo"})
    assert visitor.status == 422
    assert "đã có người dùng" in page
    assert "Cán bộ mẫu 20" in page


async def test_stopping_moving_and_resetting_end_what_was_open(office: Office) -> None:
    admin = await office.visitor().signs_in("quantri")
    number = office.accounts["canbo"].id
    for path, fields in (
        ("move", {"unit": "xa-mau.cong-an", "roles": "officer"}),
        ("password", {}),
        ("active", {"active": "no"}),
    ):
        await admin.get(f"/admin/staff/{number}")
        await admin.post(f"/admin/staff/{number}/password")
        password = re.findall(r'class="secret">([^<]+)<', admin.text)[0]
        official = await office.visitor().signs_in("canbo", password)
        assert official.status == 200
        await admin.get(f"/admin/staff/{number}")
        await admin.post(f"/admin/staff/{number}/{path}", fields)
        await official.get("/admin/me")
        assert official.location.startswith("/admin/sign-in"), path


async def test_nobody_takes_away_the_own_administration(office: Office) -> None:
    admin = await office.visitor().signs_in("quantri")
    number = office.accounts["quantri"].id
    page = await admin.get(f"/admin/staff/{number}")
    assert f"/admin/staff/{number}/active" not in page
    for path, fields in (("active", {"active": "no"}), ("move", {"unit": "xa-mau.van-phong", "roles": "officer"})):
        page = await admin.post(f"/admin/staff/{number}/{path}", fields)
        assert admin.status == 422
        assert "Không tự ngừng" in page


async def test_a_linked_chat_is_seen_and_unlinked_by_the_administrator(office: Office) -> None:
    number = office.accounts["canbo"].id
    code = await office.database.write(lambda connection: staff_chats.make_link_code(connection, number, START))
    caller = Caller("telegram", "bot", "7", "7", "vi")
    chat = await office.database.write(lambda connection: chats.welcome(connection, caller, START))
    await office.database.write(lambda connection: staff_chats.redeem_link_code(connection, code, chat.id, START))
    admin = await office.visitor().signs_in("quantri")
    assert "Telegram" in await admin.get(f"/admin/staff/{number}")
    await admin.post(f"/admin/staff/{number}/unlink", {"chat": str(chat.id)})
    assert admin.location.endswith("done=chat_unlinked")


async def test_the_audit_trail_is_shown_searched_and_verified(office: Office) -> None:
    admin = await office.visitor().signs_in("quantri", PASSWORD)
    page = await admin.get("/admin/audit")
    assert 'Đăng nhập<br><code class="small">sign_in.done</code>' in page
    assert "Cán bộ mẫu 07" in page
    assert "staff.add" not in await admin.get("/admin/audit?text=sign_in")
    assert "sign_in.done" not in (await admin.get("/admin/audit?text=%25")).partition("<tbody>")[2]
    assert "Chuỗi còn nguyên vẹn" in await admin.post("/admin/audit/verify")
    forged = update(audit).where(audit.c.seq == 2).values(actor="staff:99")
    await office.database.write(lambda connection: connection.execute(forged))
    page = await admin.post("/admin/audit/verify")
    assert "đứt ở mục 2" in page


async def test_a_poster_leads_to_the_rating_of_its_unit(office: Office) -> None:
    visitor = await office.visitor().signs_in("thuongtruc")
    page = await visitor.get("/admin/posters/xa-mau.trung-tam")
    assert "http://127.0.0.1/chat?start=u_xa-mau_trung-tam" in page
    assert "https://t.me/langnghe_mau_bot?start=u_xa-mau_trung-tam" in page
    assert page.count('<svg class="qr"') == 2
    assert 'href="?questionnaire=health"' in page
    page = await visitor.get("/admin/posters/xa-mau.tram-y-te?questionnaire=health")
    assert "http://127.0.0.1/chat?start=q_health_xa-mau_tram-y-te" in page
    assert "Đánh giá dịch vụ khám, chữa bệnh" in page
    for absent in ("khong-co", "xa-mau.tram-y-te?questionnaire=petition-answer"):
        await visitor.get(f"/admin/posters/{absent}")
        assert visitor.status == 404


async def test_the_poster_of_the_authority_itself_names_it_once(office: Office) -> None:
    page = await (await office.visitor().signs_in("thuongtruc")).get("/admin/posters/xa-mau")
    assert page.partition('<article class="poster">')[2].count("Ủy ban nhân dân xã Mẫu") == 1


async def test_a_poster_gets_its_code_for_zalo_by_a_press_and_keeps_it(tmp_path: Path) -> None:
    async with office_in(tmp_path, zalo_account="4900000000000000009") as office:
        visitor = await office.visitor().signs_in("thuongtruc")
        path = "/admin/posters/xa-mau.trung-tam?questionnaire=waiting-time"
        page = await visitor.get(path)
        assert "Tạo mã cho Zalo" in page
        assert "/r/KS-" not in page
        await visitor.post(path)
        first = await visitor.get(visitor.location)
        [code] = set(re.findall(r"KS-[0-9A-Z]{4}", first))
        assert "Tạo mã cho Zalo" not in first
        assert f"http://127.0.0.1/r/{code}" in first
        await visitor.post(path)
        assert code in await visitor.get(visitor.location)
        assert code not in await visitor.get("/admin/posters/xa-mau.trung-tam")
        start = await office.database.read(lambda c: entry_codes.start_behind(c, code))
        assert start == "q_waiting-time_xa-mau_trung-tam"


async def test_files_are_handed_over_as_downloads_to_those_who_see_the_petition(office: Office) -> None:
    code = (await submit(office, "Tường rào đổ.")).code
    ref = "ab" * 16 + ".jpg"
    picture = put_file(office.folder, ref)

    await office.database.write(
        lambda connection: connection.execute(
            insert(attachment).values(
                petition_id=getattr(Petitions(connection).find(code), "id", 0), number=1, ref=ref, mime="image/jpeg",
                size=12, at=START,
            )
        )
    )  # fmt: skip
    officer = await office.visitor().signs_in("canbo")
    page = await officer.get(f"/admin/petitions/{code}")
    assert f"/admin/petitions/{code}/files/{ref}" in page
    assert "JPG, 1 kB" in page
    await officer.get(f"/admin/petitions/{code}/files/{ref}")
    assert officer.status == 200
    assert officer.headers["Content-Disposition"].startswith("attachment")
    assert officer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert officer.headers["X-Content-Type-Options"] == "nosniff"
    await officer.get(f"/admin/petitions/{code}/files/{'cd' * 16}.jpg")
    assert officer.status == 404
    picture.unlink()
    await officer.get(f"/admin/petitions/{code}/files/{ref}")
    assert officer.status == 404
    stranger = await office.visitor().signs_in("vanhoa")
    await stranger.get(f"/admin/petitions/{code}/files/{ref}")
    assert stranger.status == 404


def test_made_passwords_are_good_enough_and_never_the_same() -> None:
    made = {new_password() for _ in range(20)}
    assert len(made) == 20
    for password in made:
        check_password(password, "canbo")


async def test_the_audit_trail_names_who_is_no_official_in_words_and_says_when_nothing_is_found(office: Office) -> None:
    await submit(office, "Tường rào đổ.")
    administrator = await office.visitor().signs_in("quantri")
    page = await administrator.get("/admin/audit?text=petition")
    assert '<td data-head="Người làm">Người gửi</td>' in page
    assert '<td data-head="Người làm">Hệ thống</td>' in page
    assert "Không có mục nào bắt đầu như vậy." in await administrator.get("/admin/audit?text=khong-co")
