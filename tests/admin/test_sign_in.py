import re
from datetime import timedelta

import pytest
from aiohttp.test_utils import make_mocked_request
from yarl import URL

from admin.headers import CONTENT_SECURITY_POLICY
from admin.routes import URLS
from admin.site import address_of_page, parts_below
from storage.database import Database
from tests.admin.office import PASSWORD, Office, Watch, open_office


async def test_an_official_signs_in_and_out_on_both_databases(database: Database) -> None:
    office = await open_office(database, Watch())
    try:
        visitor = await office.visitor().signs_in("canbo", PASSWORD)
        assert visitor.status == 200
        await visitor.post("/admin/sign-out")
        assert visitor.location == "/admin/sign-in"
        await visitor.get("/admin/me")
        assert visitor.location.startswith("/admin/sign-in")
    finally:
        await office.close()


async def test_unknown_logins_and_wrong_passwords_are_answered_alike(office: Office) -> None:
    visitor = office.visitor()
    await visitor.get("/admin/sign-in")
    answers = []
    for login in ("canbo", "khongco"):
        page = await visitor.post("/admin/sign-in", {"login": login, "password": "sai mật khẩu này"})
        assert visitor.status == 422
        answers.append(page.replace(login, "…").replace(visitor.token, ""))
    assert answers[0] == answers[1]


async def test_five_failures_lock_the_account_for_a_while(office: Office) -> None:
    visitor = office.visitor()
    await visitor.get("/admin/sign-in")
    for _ in range(5):
        await visitor.post("/admin/sign-in", {"login": "canbo", "password": "sai"})
        office.watch.passes(timedelta(minutes=1))
    await visitor.post("/admin/sign-in", {"login": "canbo", "password": PASSWORD})
    assert visitor.status == 422
    office.watch.passes(timedelta(minutes=16))
    await visitor.post("/admin/sign-in", {"login": "canbo", "password": PASSWORD})
    assert visitor.status == 303


async def test_what_was_typed_stays_but_never_the_password(office: Office) -> None:
    visitor = office.visitor()
    await visitor.get("/admin/sign-in")
    page = await visitor.post("/admin/sign-in", {"login": '"><b>x', "password": "bí mật của tôi"})
    assert "&#34;&gt;&lt;b&gt;x" in page
    assert "bí mật" not in page


async def test_the_session_cookie_is_new_at_sign_in_and_closed_to_scripts(office: Office) -> None:
    visitor = office.visitor()
    visitor.session.cookie_jar.update_cookies({"langnghe_session": "planted"}, URL(office.address))
    await visitor.get("/admin/sign-in")
    await visitor.post("/admin/sign-in", {"login": "canbo", "password": PASSWORD})
    cookie = visitor.headers["Set-Cookie"]
    assert "planted" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


async def test_a_session_ends_after_a_quarter_of_an_hour_without_a_request(office: Office) -> None:
    visitor = await office.visitor().signs_in("canbo")
    office.watch.passes(timedelta(minutes=14))
    await visitor.get("/admin/me")
    assert visitor.status == 200
    office.watch.passes(timedelta(minutes=14))
    await visitor.get("/admin/me")
    assert visitor.status == 200
    office.watch.passes(timedelta(minutes=16))
    await visitor.get("/admin/me")
    assert visitor.location == "/admin/sign-in?next=%2Fadmin%2Fme"


@pytest.mark.parametrize("path", ["https://example.org", "//example.org", "/\\example.org", "/a\nb", ""])
async def test_nobody_is_led_to_another_site_after_signing_in(office: Office, path: str) -> None:
    visitor = office.visitor()
    await visitor.get("/admin/sign-in")
    await visitor.post("/admin/sign-in", {"login": "canbo", "password": PASSWORD, "next": path})
    assert visitor.location == "/admin"


async def test_a_form_without_its_token_or_from_another_site_is_refused(office: Office) -> None:
    visitor = office.visitor()
    await visitor.get("/admin/sign-in")
    token = visitor.token
    fields = {"login": "canbo", "password": PASSWORD}
    visitor.token = "forged"
    await visitor.post("/admin/sign-in", fields)
    assert visitor.status == 403
    visitor.token = token
    await visitor.post("/admin/sign-in", fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert visitor.status == 403
    await visitor.post("/admin/sign-in", fields, headers={"Origin": "https://example.org"})
    assert visitor.status == 403
    await visitor.post("/admin/sign-in", fields, headers={"Origin": office.address, "Sec-Fetch-Site": "same-origin"})
    assert visitor.status == 303


async def test_every_page_carries_the_headers_that_keep_strangers_out(office: Office) -> None:
    visitor = office.visitor()
    page = await visitor.get("/admin/sign-in")
    assert visitor.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert visitor.headers["X-Content-Type-Options"] == "nosniff"
    assert visitor.headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in visitor.headers
    assert not re.search(r"<script>|style=|\son[a-z]+=", page)
    await visitor.get(str(re.findall(r'href="(/admin/static/admin.css[^"]+)"', page)[0]))
    assert "immutable" in visitor.headers["Cache-Control"]


async def test_the_language_is_kept_and_leads_back(office: Office) -> None:
    visitor = office.visitor()
    assert "Đăng nhập" in await visitor.get("/admin/sign-in")
    await visitor.post("/language", {"language": "en", "back": "/admin/sign-in"})
    assert visitor.location == "/admin/sign-in"
    assert "Sign in" in await visitor.get("/admin/sign-in")


@pytest.mark.parametrize(
    ("posted", "page"),
    [
        ("/admin/me/code", "/admin/me"),
        ("/admin/units/rename", "/admin/units"),
        ("/admin/integrity/review?state=open", "/admin/integrity?state=open"),
        ("/admin/sign-out", "/admin"),
        ("/language", "/"),
    ],
)
def test_a_form_belongs_to_the_page_that_it_stands_on(posted: str, page: str) -> None:
    request = make_mocked_request("POST", posted)
    pages = {route.path for route in URLS if route.method == "GET"}
    assert address_of_page(request, parts_below(posted.partition("?")[0], pages)) == page


async def test_choosing_a_language_leads_back_to_a_page_also_from_the_answer_to_a_form(office: Office) -> None:
    official = await office.visitor().signs_in("quantri")
    await official.get("/admin/units")
    page = await official.post("/admin/units/rename", {"name": ""})
    assert official.status == 422
    assert 'name="back" value="/admin/units"' in page
    page = await official.post("/admin/me/code")
    assert 'name="back" value="/admin/me"' in page


async def test_a_step_that_came_after_the_session_is_told_at_the_door_which_leads_back(office: Office) -> None:
    official = await office.visitor().signs_in("quantri")
    await official.get("/admin/staff/1")
    office.watch.passes(timedelta(minutes=16))
    await official.post("/admin/staff/1/active", {"active": "no"})
    assert official.location == "/admin/sign-in?next=%2Fadmin%2Fstaff%2F1&missed=yes"
    page = await official.get(official.location)
    assert "bước vừa bấm chưa được thực hiện" in page
    assert 'name="next" value="/admin/staff/1"' in page
    await official.post("/admin/sign-out")
    assert official.location == "/admin/sign-in"


async def test_a_long_text_that_came_after_the_session_is_given_back_with_the_way_to_its_page(office: Office) -> None:
    official = await office.visitor().signs_in("quantri")
    await official.get("/admin/units")
    office.watch.passes(timedelta(minutes=16))
    page = await official.post("/admin/units/split", {"parts": "Phòng Một\nPhòng Hai"})
    assert official.status == 401
    assert "Phòng Hai" in page
    assert 'href="/admin/sign-in?next=%2Fadmin%2Funits"' in page
