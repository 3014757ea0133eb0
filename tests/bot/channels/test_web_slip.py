"""The link of a slip in a browser without scripts: opened, previewed, used once, refused politely."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from storage import entry_codes, visit_tokens
from storage.database import Database
from storage.tables.ratings import rating, visit_token
from surveys.tokens import TokenKey, shown
from surveys.visits import Service, Visit
from tests.bot.channels.web_site import SETTINGS, Browser, Site, site

COUNTER = "xa-mau.trung-tam"


async def slip(site: Site, key: TokenKey = SETTINGS.token_key, valid: timedelta = timedelta(days=30)) -> str:
    visit, now = Visit(COUNTER, "certification", Service.TTHC, "H01.sample.1"), site.watch.now
    return await site.chat.database.write(
        lambda connection: visit_tokens.issue(connection, visit, key, now, now + valid)
    )


async def used(site: Site) -> int:
    return await site.chat.database.read(lambda c: c.scalar(select(func.count(visit_token.c.used_at))) or 0)


async def test_a_slip_leads_to_its_rating_by_one_press(web_site: Site, browser: Browser) -> None:
    page = await browser.opens(f"/r/{await slip(web_site)}")
    assert page.status == 200
    page = await browser.presses("Bắt đầu")
    assert "Trung tâm Phục vụ hành chính công xã" in page.said()[-1]
    await browser.presses("5")
    proved = select(rating.c.verified, rating.c.dossier)
    assert (await web_site.chat.database.read(lambda c: c.execute(proved).one())) == (True, "H01.sample.1")


async def test_opening_the_link_uses_nothing_up_however_often_and_by_whom(web_site: Site, browser: Browser) -> None:
    """Messengers fetch a link to show a preview of it; they follow redirects and keep no cookies."""
    token = await slip(web_site)
    for agent in ("TelegramBot (like TwitterBot)", "facebookexternalhit/1.1", "ZaloPC"):
        async with web_site.browser() as preview:
            page = await preview.opens(f"/r/{token}", **{"User-Agent": agent})
            assert page.status == 200
            assert (await preview.session.head(f"{web_site.address}/r/{token}")).status == 303
    assert await used(web_site) == 0
    await browser.opens(f"/r/{shown(token).lower()}")
    await browser.presses("Bắt đầu")
    assert await used(web_site) == 1


async def test_a_link_that_was_opened_and_left_without_an_answer_opens_in_another_browser(
    web_site: Site, browser: Browser
) -> None:
    token = await slip(web_site)
    await browser.opens(f"/r/{token}")
    await browser.presses("Bắt đầu")
    async with web_site.browser() as other:
        assert (await other.opens(f"/r/{token}")).status == 200
        await other.presses("Bắt đầu")
        await other.presses("4")
        page = await browser.presses("5")
        assert "làm tiếp ở ứng dụng khác" in " ".join(page.said())
    assert (await browser.opens(f"/r/{token}")).status == 410


async def test_a_link_by_which_somebody_else_has_rated_is_refused_politely(web_site: Site, browser: Browser) -> None:
    token = await slip(web_site)
    await browser.opens(f"/r/{token}")
    await browser.presses("Bắt đầu")
    await browser.presses("5")
    async with web_site.browser() as other:
        page = await other.opens(f"/r/{token}")
        assert page.status == 410
        assert "đã có người dùng" in page.html
        assert "/chat?start=danhgia" in page.html
        page = await other.opens(f"/r/{await slip(web_site)}")
        assert page.status == 410
        assert "bằng một mã khác" in page.html
    page = await browser.opens(f"/r/{token}")
    assert page.status == 200, "who used it may come back"


@pytest.mark.parametrize(
    ("valid", "key", "status", "words"),
    [
        (timedelta(seconds=1), SETTINGS.token_key, 410, "đã hết hạn"),
        (timedelta(days=1), TokenKey.of("the secret of another authority"), 404, "do cơ quan này cấp"),
    ],
    ids=["expired", "foreign"],
)
async def test_an_expired_or_foreign_link_says_what_is_the_matter(
    web_site: Site, browser: Browser, valid: timedelta, key: TokenKey, status: int, words: str
) -> None:
    token = await slip(web_site, key, valid)
    web_site.watch.now += timedelta(minutes=1)
    page = await browser.opens(f"/r/{token}")
    assert (page.status, words in page.html) == (status, True)


@pytest.mark.parametrize("part", ["abc_DEF-123", "%3Cscript%3E", "x" * 300, "%00", "%ED%A0%80"])
async def test_what_is_no_code_is_told_so(browser: Browser, part: str) -> None:
    page = await browser.opens(f"/r/{part}")
    assert page.status == 404
    assert "gõ chưa đúng" in page.html
    assert "<script>" not in page.html


async def test_a_posters_code_shows_its_ways_in(database: Database, tmp_path: Path) -> None:
    async with site(database, tmp_path, replace(SETTINGS, zalo_account="4900000000000000009")) as running:
        code = await poster(running)
        async with running.browser() as browser:
            page = await browser.opens(f"/r/{code.lower()}")
            assert page.status == 200
            assert f'<code class="entry">{code}</code>' in page.html
            assert '<p class="about">Trung tâm Phục vụ hành chính công' in page.html
            assert 'href="https://zalo.me/4900000000000000009"' in page.html
            assert 'href="/chat?start=u_xa-mau_trung-tam"' in page.html
            page = await browser.opens("/r/KS-0000")
            assert (page.status, "Không" in page.html or "không" in page.html) == (404, True)


async def test_without_zalo_a_posters_code_leads_to_our_page(web_site: Site, browser: Browser) -> None:
    page = await browser.opens(f"/r/{await poster(web_site)}")
    assert page.status == 200
    await browser.presses("Bắt đầu")


async def poster(running: Site) -> str:
    bits, now = Random(1).getrandbits, running.watch.now  # noqa: S311 - the same each time
    return await running.chat.database.write(
        lambda c: entry_codes.make(c, "u_xa-mau_trung-tam", actor="staff:1", now=now, random_bits=bits)
    )
