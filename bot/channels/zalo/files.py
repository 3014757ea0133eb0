"""Files that people sent by Zalo, fetched from the addresses that its events name, and from nowhere else.

An address is trusted with nothing: only hosts that are allowed, https, no address of our own network, whatever a name
resolves to, and each redirect is judged like the first address (security.md F3).
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from bot.channels.authorities import authorities
from bot.channels.downloads import PATIENCE, FileUnavailable, check_status, read_limited
from bot.messages import FileGone

MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class FileHosts:
    """Where files may be fetched.

    domains  these and all below them, by https on its usual port
    origins  whole addresses of servers of one's own, such as `http://127.0.0.1:8000`; these may be anywhere
    """

    domains: frozenset[str]
    origins: frozenset[str] = frozenset()

    @classmethod
    def of(cls, setting: str) -> "FileHosts":
        """Read the setting ZALO_FILE_HOSTS: domains and addresses with commas between."""
        given = [each for each in setting.split(",") if each]
        return cls(
            frozenset(each for each in given if "://" not in each), frozenset(each for each in given if "://" in each)
        )

    def address(self, ref: str) -> URL | None:
        """Return where a file is to be fetched: http becomes https; None for an address that is not allowed."""
        try:
            url = URL(ref)
            origin = str(url.origin())
        except ValueError:
            return None
        if url.user is not None or url.password is not None:
            return None
        if origin in self.origins:
            return url
        host = (url.host or "").lower()
        is_usual = url.scheme in {"http", "https"} and url.explicit_port in {None, 80, 443}
        if not is_usual or not any(host == each or host.endswith(f".{each}") for each in self.domains):
            return None
        return url.with_scheme("https").with_port(None)

    def is_own(self, url: URL) -> bool:
        """Say whether an address is a server of one's own, which may stand in our network."""
        return str(url.origin()) in self.origins


class OnlyPublic(AbstractResolver):
    """Resolves names to addresses of the open Internet; the connection is made to what was judged."""

    def __init__(self) -> None:
        """Resolve as the system does."""
        self._system = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name. Raises OSError when any of them is of a private network."""
        found = await self._system.resolve(host, port, family)
        return self.judged(host, found)

    @staticmethod
    def judged(host: str, found: Sequence[ResolveResult]) -> list[ResolveResult]:
        """Return the addresses if all are public. Raises OSError."""
        if not all(is_public(each["host"]) for each in found):
            raise OSError(f"{host} leads into a private network")
        return list(found)

    async def close(self) -> None:
        """Nothing is held open."""
        await self._system.close()


def is_public(address: str) -> bool:
    """Say whether an address is one of the open Internet, in whatever notation it hides another one."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _hidden_in(found) if isinstance(found, IPv6Address) else None
    return all(each.is_global and not each.is_multicast for each in (found, *([inner] if inner else [])))


def _hidden_in(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one carries: mapped, 6to4, Teredo, NAT64."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


async def fetch(ref: str, limit: int, hosts: FileHosts) -> bytes:
    """Return what lies at an address, at most `limit` bytes.

    Raises FileGone for an address that is not allowed, a file that is gone or too large; FileUnavailable when the
    server does not answer. Errors do not name the address.
    """
    for _ in range(MOST_REDIRECTS + 1):
        url = hosts.address(ref)
        if url is None:
            raise FileGone("the file lies where none may be fetched")
        content, redirect = await _get(url, limit, is_own=hosts.is_own(url))
        if content is not None:
            return content
        ref = redirect
    raise FileUnavailable("the file is redirected again and again")


async def _get(url: URL, limit: int, *, is_own: bool) -> tuple[bytes | None, str]:
    """Return the content, or where it is redirected."""
    connector = aiohttp.TCPConnector(ssl=authorities(), resolver=None if is_own else OnlyPublic())
    try:
        async with (
            aiohttp.ClientSession(
                connector=connector, timeout=PATIENCE, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            ) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            if answer.status in _REDIRECTS and "Location" in answer.headers:
                return None, str(url.join(URL(answer.headers["Location"])))
            check_status(answer.status, "Zalo's file server")
            return await read_limited(answer.content, limit), ""
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise FileUnavailable(f"the download broke off: {type(error).__name__}") from None
