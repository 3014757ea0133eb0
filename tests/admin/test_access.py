"""Who may come in where: the whole URL table, walked by strangers, by every role, and by forged forms."""

import re

import pytest

from admin.auth.door import Door, may_enter
from admin.routes import SECTIONS, URLS
from admin.site import Route
from offices.staff import Role, Staff
from tests.admin.office import ACCOUNTS, Office, submit

PARTS = {
    "code": "PA-0000-0000-0000", "event": "accept", "ref": "x", "subject": "ratings", "ending": "csv",
    "unit": "xa-mau.kinh-te", "staff": "1", "name": "admin.css", "rest": "nowhere",
    "letter": "1", "act": "retry",
    "number": "1", "step": "approve", "change": "rename",
    "plan": "UH24", "report": "UH24-Q1", "year": "2026", "revision": "0", "draft": "1", "version": "1",
}  # fmt: skip
GUARDED = [route for route in URLS if route.access is not Door.PUBLIC]
PUBLIC = {"/", "/{rest:.*}", "/p", "/p/{code}", "/language", "/admin/static/{name}", "/admin/sign-in"}


def address(route: Route) -> str:
    return re.sub(r"\{(\w+)(:[^}]*)?\}", lambda part: PARTS[part[1]], route.path)


def test_only_the_doors_of_the_public_are_open() -> None:
    assert {route.path for route in URLS if route.access is Door.PUBLIC} == PUBLIC


async def test_every_page_but_the_public_ones_turns_a_stranger_away(office: Office) -> None:
    stranger = office.visitor()
    await stranger.get("/admin/sign-in")
    for route in GUARDED:
        await (stranger.get(address(route)) if route.method == "GET" else stranger.post(address(route)))
        assert stranger.status == 303, route.path
        assert stranger.location.startswith("/admin/sign-in"), route.path


@pytest.mark.parametrize("login", list(ACCOUNTS))
async def test_each_role_enters_where_its_rights_reach_and_nowhere_else(office: Office, login: str) -> None:
    official = office.accounts[login]
    visitor = await office.visitor().signs_in(login)
    for route in GUARDED:
        if route.path == "/admin/sign-out":
            continue
        if route.method == "GET":
            await visitor.get(address(route))
        else:
            visitor.token, token = (
                "forged",
                visitor.token,
            )  # whoever may come in is still stopped before anything happens
            page = await visitor.post(address(route))
            assert visitor.status == 403
            visitor.token = token
            assert ("không được gửi từ trang này" in page) == may_enter(route.access, official), route.path
            continue
        assert (visitor.status != 403) == may_enter(route.access, official), route.path


async def test_forms_without_their_token_change_nothing_anywhere(office: Office) -> None:
    code = (await submit(office, "Đường ngập nước.")).code
    visitor = await office.visitor().signs_in("canbo")
    visitor.token = ""
    await visitor.post(f"/admin/petitions/{code}/accept")
    assert visitor.status == 403
    assert "Đã chuyển xử lý" in await visitor.get(f"/admin/petitions/{code}")


async def test_a_form_token_of_another_session_is_worth_nothing(office: Office) -> None:
    code = (await submit(office, "Đường ngập nước.")).code
    mine, other = await office.visitor().signs_in("canbo"), await office.visitor().signs_in("canbo")
    await mine.get(f"/admin/petitions/{code}")
    mine.token = other.token
    await mine.post(f"/admin/petitions/{code}/accept")
    assert mine.status == 403


async def test_an_address_that_leads_nowhere_is_a_plain_page_with_a_number(office: Office) -> None:
    visitor = await office.visitor().signs_in("canbo")
    page = await visitor.get("/admin/nowhere/at/all")
    assert visitor.status == 404
    assert "Không tìm thấy trang" in page
    assert re.search(r"<code>[0-9a-f]{8}</code>", page)
    assert "Traceback" not in page


def test_every_role_finds_its_pages_in_the_navigation() -> None:
    def seen(role: Role) -> set[str]:
        official = Staff(1, "Cán bộ mẫu", "x", frozenset({role}))
        return {section.item.key for section in SECTIONS if may_enter(section.access, official)}

    assert seen(Role.OFFICER) == {"dashboard", "petitions", "calls", "slips"}
    assert seen(Role.LEADER) == {
        "dashboard",
        "comparison",
        "estimate",
        "invitations",
        "petitions",
        "calls",
        "exports",
        "posters",
        "results",
        "slips",
        "questionnaires",
    }
    assert seen(Role.COORDINATOR) == {
        "dashboard",
        "comparison",
        "estimate",
        "invitations",
        "integrity",
        "periods",
        "petitions",
        "calls",
        "broadcasts",
        "exports",
        "posters",
        "slips",
        "questionnaires",
    }
    assert seen(Role.ANALYST) == {
        "dashboard",
        "comparison",
        "estimate",
        "invitations",
        "integrity",
        "periods",
        "exports",
        "questionnaires",
    }
    assert seen(Role.ADMIN) == {
        "dashboard",
        "posters",
        "units",
        "staff",
        "dead_letters",
        "zalo",
        "audit",
        "questionnaires",
    }
