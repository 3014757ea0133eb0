"""Headers, cookies and files around the page."""

from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.channels.web.limits import Buckets, address_of
from bot.channels.web.static import Assets
from storage.database import Database
from tests.bot.channels.web_site import COUNTER, SETTINGS, Browser, site
from wording.catalogue import Catalogue, differences


@pytest.mark.parametrize(
    "path", ["/chat", f"/kiosk?unit={COUNTER}", "/chat/lines", "/kiosk?unit=nowhere", "/chat/events"]
)
async def test_every_answer_is_closed_to_others(browser: Browser, path: str) -> None:
    page = await browser.opens(path)
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in page.headers


async def test_nothing_on_the_page_needs_inline_code(browser: Browser) -> None:
    page = await browser.opens("/chat")
    for tag, values in page.attributes:
        assert "style" not in values
        assert not any(name.startswith("on") for name in values)
        assert tag != "style"
        assert tag != "script" or values.get("src", "").startswith("/chat/static/")


async def test_cookies_are_out_of_reach_of_scripts(browser: Browser) -> None:
    page = await browser.opens("/chat")
    cookie = page.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


async def test_over_https_cookies_are_secure_and_bound_to_the_host(database: Database, tmp_path: Path) -> None:
    settings = replace(SETTINGS, public_url="https://langnghe.example")
    async with site(database, tmp_path, settings) as running, running.browser() as browser:
        page = await browser.opens("/chat")
    assert page.headers["Set-Cookie"].startswith("__Host-chat=")
    assert "Secure" in page.headers["Set-Cookie"]
    assert page.headers["Strict-Transport-Security"]


async def test_static_files_are_kept_for_good_and_known_by_their_tag(browser: Browser) -> None:
    page = await browser.opens("/chat")
    addresses = [values["href"] for tag, values in page.attributes if tag == "link"]
    addresses += [values["src"] for tag, values in page.attributes if tag == "script"]
    assert len(addresses) == 4
    for address in addresses:
        async with browser.session.get(browser.address + address) as response:
            assert response.status == 200
            assert "immutable" in response.headers["Cache-Control"]
            tag = response.headers["ETag"]
        async with browser.session.get(browser.address + address, headers={"If-None-Match": tag}) as response:
            assert response.status == 304


async def test_an_old_or_foreign_name_finds_no_static_file(browser: Browser) -> None:
    for name in ("chat.css", "chat.000000000000.css", "..%2F..%2Fweb.py"):
        assert (await browser.opens(f"/chat/static/{name}")).status == 404


def test_static_files_hold_no_foreign_address() -> None:
    for asset in Assets(resources.files("bot.channels.web") / "static"):
        assert b"http" not in asset.body.replace(b"http://www.w3.org/2000/svg", b""), asset.name


def test_the_page_says_the_same_in_both_languages() -> None:
    catalogue = Catalogue.load(resources.files("bot.channels") / "texts")
    assert catalogue.languages == ("vi", "en")
    assert differences(catalogue) == []


def test_a_bucket_fills_again_with_time() -> None:
    moments = iter([0.0, 0.0, 0.0, 1.0, 1.0])
    bucket = Buckets(2, 1.0, lambda: next(moments))
    assert [bucket.take("a") for _ in range(5)] == [0, 0, 1.0, 0, 1.0]


def test_buckets_are_bounded() -> None:
    bucket = Buckets(1, 0.001)
    for number in range(30_000):
        bucket.take(str(number))
    assert len(bucket) == 20_000


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "nonsense", "unknown"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
    ],
)
def test_only_a_trusted_proxy_may_name_another_address(peer: str, forwarded: str, counted: str) -> None:
    request = make_mocked_request("GET", "/chat", headers={"X-Forwarded-For": forwarded}).clone(remote=peer)
    assert address_of(request, frozenset({"127.0.0.1"})) == counted
