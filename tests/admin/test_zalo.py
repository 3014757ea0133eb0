"""The page of the Zalo Official Account: who may consent, from whose session, and for which account."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Connection, select

from bot.channels.zalo.oauth import App, ZaloOAuth
from langnghe.zalo_tokens import Consent
from storage import channel_states, chats, zalo_attempts, zalo_templates, zalo_tokens
from storage.chats import Caller
from storage.database import Database
from storage.tables.audit import audit
from storage.vault import Vault
from storage.zalo_templates import Template, TemplateParam
from tests.admin.office import Office, Visitor, Watch, office_in
from tests.fakes.zalo import Console, FakeZalo

PATH = "/admin/zalo"
BACK = "https://langnghe.example/admin/zalo/callback"
OA = Console().oa_id
VAULT = Vault("a sample secret of forty characters or so")


@pytest.fixture
async def fake() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as server:
        yield server


@pytest.fixture
async def office(tmp_path: Path, fake: FakeZalo) -> AsyncIterator[Office]:
    async with with_account(tmp_path, fake) as served:
        yield served


@asynccontextmanager
async def with_account(folder: Path, fake: FakeZalo) -> AsyncIterator[Office]:
    """Serve the sample office with an Official Account."""
    app = App(fake.console.app_id, fake.console.app_secret, "sample-verifier-of-43-characters-0123456789a")
    oauth = ZaloOAuth(app, fake.bases.oauth, timeout=2)

    def zalo(database: Database, watch: Watch) -> Consent:
        return Consent(OA, BACK, may_cost=True, cap=500_000, oauth=oauth, database=database, vault=VAULT, clock=watch)

    async with office_in(folder, zalo=zalo) as served:
        yield served
    await oauth.close()


async def consented(fake: FakeZalo, admin: Visitor) -> str:
    """Open the link of the page as the account's administrator; return what Zalo leads back to."""
    page = await admin.get(PATH)
    link = page.split('href="' + fake.bases.oauth)[1].split('"')[0].replace("&amp;", "&")
    async with admin.session.get(fake.bases.oauth + link, allow_redirects=False) as answer:
        found = urlsplit(answer.headers["Location"])
    assert f"{found.scheme}://{found.netloc}{found.path}" == BACK
    return f"{PATH}/callback?{found.query}"


def fields(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


async def test_an_administrator_consents_and_the_tokens_are_kept(office: Office, fake: FakeZalo) -> None:
    admin = await office.visitor().signs_in("quantri")
    assert "Chưa ủy quyền" in await admin.get(PATH)
    back = await consented(fake, admin)
    assert "Zalo đã chấp thuận" in await admin.get(back)
    assert fake.world.oauth.pair is None  # coming back changes nothing
    await admin.post(f"{PATH}/authorise", fields(back))
    assert (admin.status, admin.location) == (303, f"{PATH}?done=zalo_authorised")
    assert "Đang dùng" in await admin.get(PATH)
    kept = await office.database.read(lambda c: zalo_tokens.open_pair(c, VAULT, OA))
    assert kept is not None
    assert fake.world.oauth.pair is not None
    assert kept[1].access == fake.world.oauth.pair.access
    rows = await office.database.read(lambda c: list(c.execute(select(audit.c.action, audit.c.actor, audit.c.subject))))
    assert ("zalo_token.authorise", f"staff:{office.accounts['quantri'].id}", f"channel:zalo:{OA}") in rows


async def test_a_code_serves_once_and_the_page_says_what_to_do(office: Office, fake: FakeZalo) -> None:
    admin = await office.visitor().signs_in("quantri")
    back = await consented(fake, admin)
    await admin.get(back)
    await admin.post(f"{PATH}/authorise", fields(back))
    await admin.get(back)
    page = await admin.post(f"{PATH}/authorise", fields(back))
    assert admin.status == 422
    assert "Zalo không chấp nhận" in page
    assert "đồng ý lại" in page


async def test_when_zalo_is_away_the_page_says_to_consent_again(office: Office, fake: FakeZalo) -> None:
    admin = await office.visitor().signs_in("quantri")
    back = await consented(fake, admin)
    await admin.get(back)
    fake.next_answer("/v4/oa/access_token", drop_connection=True)
    assert "Không nhận được trả lời của Zalo" in await admin.post(f"{PATH}/authorise", fields(back))


async def test_another_session_s_consent_is_not_taken(office: Office, fake: FakeZalo) -> None:
    admin, other = [await office.visitor().signs_in("quantri") for _ in range(2)]
    back = await consented(fake, admin)
    assert "không phải từ phiên làm việc" in await other.get(back)
    assert other.status == 422
    page = await other.post(f"{PATH}/authorise", fields(back))
    assert "không phải từ phiên làm việc" in page
    assert fake.called("/v4/oa/access_token") == []


async def test_a_consent_that_is_too_old_is_not_taken(office: Office, fake: FakeZalo) -> None:
    admin = await office.visitor().signs_in("quantri")
    back = await consented(fake, admin)
    for _ in range(8):
        office.watch.passes(timedelta(minutes=4))
        await admin.get("/admin/me")
    assert "đã quá 30 phút" in await admin.get(back)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"oa_id": "123456"}, "Ông/Bà vừa đồng ý cho OA 123456"),
        ({"code": ""}, "Zalo không gửi kèm mã"),
        ({"state": "x"}, "phiên"),
    ],
)
async def test_what_comes_back_for_another_account_or_without_a_code_is_told(
    office: Office, fake: FakeZalo, changed: dict[str, str], said: str
) -> None:
    admin = await office.visitor().signs_in("quantri")
    told = {**fields(await consented(fake, admin)), **changed}
    page = await admin.get(f"{PATH}/callback?" + "&".join(f"{name}={value}" for name, value in told.items()))
    assert admin.status == 422
    assert said in page


async def test_who_may_not_manage_channels_never_comes_so_far(office: Office, fake: FakeZalo) -> None:
    admin = await office.visitor().signs_in("quantri")
    back = await consented(fake, admin)
    leader = await office.visitor().signs_in("lanhdao")
    for address in (PATH, back):
        await leader.get(address)
        assert leader.status == 403
    await leader.post(f"{PATH}/authorise", fields(back))
    assert leader.status == 403


async def test_a_dead_pair_stands_above_every_page_and_leads_here(office: Office) -> None:
    now = office.watch()
    pair = zalo_tokens.Pair("a", "r", timedelta(hours=25))

    await office.database.write(lambda c: zalo_tokens.authorise(c, VAULT, OA, pair, actor="system", now=now))
    await office.database.write(lambda c: zalo_tokens.give_up(c, OA, 1, "Zalo -14014: sample", now))
    admin = await office.visitor().signs_in("quantri")
    page = await admin.get("/admin")
    assert "Mã truy cập Zalo không dùng được nữa" in page
    assert f'href="{PATH}"' in page.split("alarms")[1]
    assert "Zalo trả lời “Zalo -14014: sample”" in await admin.get(PATH)
    leader = await office.visitor().signs_in("lanhdao")
    assert "Mã truy cập Zalo không dùng được nữa" in await leader.get("/admin")


def listed(kind: int = 1, number: str = "101", params: tuple[str, ...] = ("ma_ho_so",)) -> Template:
    made = tuple(TemplateParam(name, required=True, shortest=0, longest=30) for name in params)
    return Template(number, f"Mẫu {number}", "ENABLE", kind, 1, 200, made)


async def test_templates_are_chosen_for_what_they_can_tell(office: Office) -> None:
    some = [listed(), listed(5, "102", ()), listed(1, "103", ("ten_rieng",))]
    await office.database.write(lambda c: zalo_templates.keep(c, some, office.watch.now))
    admin = await office.visitor().signs_in("quantri")
    page = await admin.get(PATH)
    assert "hệ thống không biết điền" in page
    assert "đã chi 0 đồng, mức tối đa 500.000 đồng" in page
    await admin.post(f"{PATH}/templates", {"petition": "101", "invitation": "102"})
    assert admin.location == f"{PATH}?done=templates_chosen"
    for news, wrong in (("petition", "102"), ("petition", "103"), ("work", "999")):
        page = await admin.post(f"{PATH}/templates", {"petition": "101", "invitation": "102", news: wrong})
        assert "không dùng được cho loại tin đó" in page
        assert admin.status == 422
    assert await office.database.read(zalo_templates.choices) == {"petition": "101", "invitation": "102"}
    await admin.post(f"{PATH}/templates", {"petition": "101", "invitation": ""})
    assert await office.database.read(zalo_templates.choices) == {"petition": "101"}
    actions = await office.database.read(lambda c: list(c.scalars(select(audit.c.action))))
    assert actions.count("zalo_template.choose") == 2


async def test_it_is_told_why_there_are_no_templates(office: Office, fake: FakeZalo) -> None:
    admin = await office.visitor().signs_in("quantri")
    assert "đọc ngay sau khi ủy quyền" in await admin.get(PATH)
    back = await consented(fake, admin)
    await admin.get(back)
    place, before = zalo_templates.place(OA), office.watch.now - timedelta(minutes=5)

    async def told(reason: str | None, at: datetime) -> str:
        await office.database.write(lambda c: channel_states.put(c, place, problem=None, reason=reason, now=at))
        return await admin.get(PATH)

    await admin.post(f"{PATH}/authorise", fields(back))
    page = await told("no_token", before)
    assert "đọc ngay sau khi ủy quyền" in page, "what was asked for before the consent says nothing any more"
    assert "chưa đọc được danh sách mẫu" not in page
    assert "Zalo chưa liệt kê mẫu nào" in await told(None, office.watch.now)
    page = await told("Zalo -135: No", office.watch.now)
    assert "chưa đọc được danh sách mẫu: Zalo trả lời “Zalo -135: No”." in page
    assert "Zalo chưa liệt kê mẫu nào" not in page
    for reason, words in (("no_token", "chưa có mã truy cập"), ("no_answer", "không nhận được trả lời của Zalo")):
        page = await told(reason, office.watch.now)
        assert words in page
        assert reason not in page


async def test_a_template_without_a_told_price_cannot_be_chosen(office: Office) -> None:
    free = replace(listed(), price=0)
    await office.database.write(lambda c: zalo_templates.keep(c, [free], office.watch.now))
    admin = await office.visitor().signs_in("quantri")
    page = await admin.get(PATH)
    assert "Zalo chưa báo giá" in page
    assert "0 đ<" not in page
    await admin.post(f"{PATH}/templates", {"petition": "101"})
    assert admin.status == 422


async def test_what_was_tried_this_month_stands_on_the_page(office: Office) -> None:
    caller = Caller("zalo", OA, "1", "1", "vi")

    def job(connection: Connection) -> None:
        chat = chats.welcome(connection, caller, office.watch.now)
        tried = partial(
            zalo_attempts.begin, connection, chat_id=chat.id, letter=None, way="billed", price=55, cap=1000,
            now=office.watch.now,
        )  # fmt: skip
        first, second = tried(), tried()
        assert isinstance(first, int)
        assert isinstance(second, int)
        zalo_attempts.end(connection, first, "sent", "m1")
        zalo_attempts.end(connection, second, "refused", error="Zalo -321: sample")

    await office.database.write(job)
    admin = await office.visitor().signs_in("quantri")
    page = await admin.get(PATH)
    assert "đã chi 55 đồng" in page
    assert "Tin tư vấn có phí – Zalo từ chối: 1" in page
