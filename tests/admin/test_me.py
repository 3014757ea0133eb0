import re
from pathlib import Path

from admin.devices import device_name
from storage import chats, staff_chats
from storage.chats import Caller
from tests.admin.office import PASSWORD, START, Office, office_in

NEW = "Một câu dễ nhớ khác 58"


async def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(office: Office) -> None:
    here, there = await office.visitor().signs_in("canbo"), await office.visitor().signs_in("canbo")
    await here.post("/admin/me/password", {"password": PASSWORD, "password_new": NEW, "password_again": NEW})
    assert here.location == "/admin/me?done=password_changed"
    assert "Đã đổi mật khẩu" in await here.get(here.location)
    await there.get("/admin/me")
    assert there.location.startswith("/admin/sign-in")
    assert (await office.visitor().signs_in("canbo", NEW)).status == 200


async def test_a_password_is_not_changed_by_one_who_does_not_know_it_or_to_an_easy_one(office: Office) -> None:
    visitor = await office.visitor().signs_in("canbo")
    for now, new, again, words in (
        ("sai", NEW, NEW, "không đúng"),
        (PASSWORD, NEW, "khác", "không giống nhau"),
        (PASSWORD, "ngắn", "ngắn", "ít nhất 12"),
        (PASSWORD, "canbo1212121212", "canbo1212121212", "dễ đoán"),
    ):
        page = await visitor.post("/admin/me/password", {"password": now, "password_new": new, "password_again": again})
        assert visitor.status == 422
        assert words in page


async def test_own_sessions_are_listed_and_ended_but_not_those_of_others(office: Office) -> None:
    here, there = await office.visitor().signs_in("canbo"), await office.visitor().signs_in("canbo")
    stranger = await office.visitor().signs_in("lanhdao")
    page = await here.get("/admin/me")
    other = re.findall(r'name="session" value="(\d+)"', page)
    assert len(other) == 1
    await stranger.post("/admin/me/end-session", {"session": other[0]})
    assert stranger.status == 422
    await here.post("/admin/me/end-session", {"session": other[0]})
    assert here.status == 303
    await there.get("/admin/me")
    assert there.location.startswith("/admin/sign-in")


async def test_a_number_that_is_none_ends_no_session(office: Office) -> None:
    visitor = await office.visitor().signs_in("canbo")
    for number in ("", "x", "٣", "9" * 5000, "9" * 30):
        await visitor.post("/admin/me/end-session", {"session": number})
        assert visitor.status == 422, number[:40]


def test_a_device_is_named_as_people_know_it_and_never_by_its_whole_signature() -> None:
    assert (
        device_name("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36") == "Chrome, Linux"
    )
    assert device_name("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1") == "Safari, iPhone"
    assert device_name("curl/8 <script>") == ""


async def test_a_link_code_is_shown_once_with_a_picture_and_the_linked_chat_can_be_unlinked(office: Office) -> None:
    visitor = await office.visitor().signs_in("canbo")
    page = await visitor.post("/admin/me/code")
    code = re.findall(r'class="secret">([^<]+)<', page)[0]
    assert f"https://t.me/langnghe_mau_bot?start=l_{code.replace('-', '')}" in page
    assert "09:10" in page
    assert '<svg class="qr"' in page
    assert code not in await visitor.get("/admin/me")
    caller = Caller("telegram", "bot", "1", "1", "vi")
    chat = await office.database.write(lambda connection: chats.welcome(connection, caller, START))
    await office.database.write(lambda connection: staff_chats.redeem_link_code(connection, code, chat.id, START))
    assert "Telegram" in await visitor.get("/admin/me")
    await visitor.post("/admin/me/unlink", {"chat": str(chat.id)})
    assert visitor.status == 303
    assert "Chưa liên kết" in await visitor.get("/admin/me")


async def test_where_there_is_no_picture_nobody_is_told_to_scan_one(tmp_path: Path) -> None:
    async with office_in(tmp_path, zalo_account="4900000000000000009", bot=None) as office:
        page = await (await office.visitor().signs_in("canbo")).post("/admin/me/code")
        assert "Nhắn mã này" in page
        assert "Quét" not in page
