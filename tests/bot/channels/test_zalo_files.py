"""No address that a stranger can have us call leads into our own network."""

import socket

import pytest
from aiohttp import web
from aiohttp.abc import ResolveResult

from bot.channels.downloads import FileUnavailable
from bot.channels.zalo.files import FileHosts, OnlyPublic, fetch, is_public
from bot.messages import FileGone

HOSTS = FileHosts.of("zdn.vn,http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("ref", "fetched"),
    [
        ("https://zdn.vn/a", "https://zdn.vn/a"),
        ("http://f1-zpc.zdn.vn/a/b.jpg?x=1", "https://f1-zpc.zdn.vn/a/b.jpg?x=1"),
        ("http://F1.ZDN.VN:80/a", "https://f1.zdn.vn/a"),
        ("http://127.0.0.1:9/a", "http://127.0.0.1:9/a"),
    ],
)
def test_allowed_addresses_are_called_by_https(ref: str, fetched: str) -> None:
    assert str(HOSTS.address(ref)) == fetched


@pytest.mark.parametrize(
    "ref",
    [
        "", "a", "/a", "//zdn.vn/a", "ftp://zdn.vn/a", "file:///etc/passwd", "gopher://zdn.vn/", "data:,a",
        "https://zdn.vn.evil.example/a", "https://evilzdn.vn/a", "https://evil.example/zdn.vn", "https://zdn.vn:8443/a",
        "https://zdn.vn@evil.example/a", "https://user@zdn.vn/a", "https://127.0.0.1/a", "http://127.0.0.1:8/a",
        "http://127.0.0.1/a", "http://localhost:9/a", "https://[::1]/a", "https://[::ffff:127.0.0.1]:9/", "http://2130706433:9/",
        "https://evil.example#.zdn.vn", "https://evil.example\\.zdn.vn/", "https://evil.example?.zdn.vn", "http://zdn.vn:99999/a",
        "https://zdn.vn./a", "https://[zdn.vn/a", "http://127.0.0.1:9@evil.example/a",
    ],
)  # fmt: skip
async def test_no_other_address_is_called(ref: str) -> None:
    assert HOSTS.address(ref) is None
    with pytest.raises(FileGone, match="none may be fetched"):
        await fetch(ref, 10, HOSTS)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("14.225.0.1", True), ("2400:6540::1", True), ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.1.2.3", False),
        ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False), ("fe80::1%eth0", False), ("fc00::1", False),
        ("::ffff:10.0.0.1", False), ("::ffff:169.254.169.254", False), ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False), ("2001:0:4136:e378:8000:63bf:f5ff:fffe", False), ("ff02::1", False), ("name", False),
    ],
)  # fmt: skip
def test_only_addresses_of_the_open_internet_are_public(address: str, *, public: bool) -> None:
    assert is_public(address) is public


def test_a_name_with_one_private_address_is_refused_whole() -> None:
    def found(*addresses: str) -> list[ResolveResult]:
        return [
            ResolveResult(hostname="f1.zdn.vn", host=each, port=443, family=socket.AF_INET, proto=0, flags=0)
            for each in addresses
        ]

    assert len(OnlyPublic.judged("f1.zdn.vn", found("14.225.0.1", "14.225.0.2"))) == 2
    with pytest.raises(OSError, match="private network"):
        OnlyPublic.judged("f1.zdn.vn", found("14.225.0.1", "127.0.0.1"))


async def test_a_name_that_leads_to_this_machine_is_not_called() -> None:
    with pytest.raises(FileUnavailable):
        await fetch("https://localhost/a", 10, FileHosts.of("localhost"))


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://169.254.169.254/latest", "none may be fetched"), ("https://127.0.0.1/a", "none may be fetched"),
        ("http://evil.example/a", "none may be fetched"), ("file:///etc/passwd", "none may be fetched"),
        ("/again", "again and again"), ("/good", ""),
    ],
)  # fmt: skip
async def test_each_redirect_is_judged_like_the_first_address(target: str, reason: str) -> None:
    async def redirect(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": target})

    async def good(_request: web.Request) -> web.Response:
        return web.Response(body=b"good")

    app = web.Application()
    app.add_routes([web.get("/a", redirect), web.get("/again", redirect), web.get("/good", good)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        if reason:
            with pytest.raises((FileGone, FileUnavailable), match=reason):
                await fetch(f"{base}/a", 10, FileHosts.of(base))
        else:
            assert await fetch(f"{base}/a", 10, FileHosts.of(base)) == b"good"
    finally:
        await runner.cleanup()
