"""What each setting may be. A wrong value raises PydanticCustomError whose type is its text, `settings.<type>`."""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_core import PydanticCustomError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from langnghe.settings_problems import Problem

SHORTEST_SECRET = 32
SHORTEST_WEBHOOK_SECRET = 16
LAST_PORT = 65_535
LONGEST_NUMBER = 9
_FEWEST_DIFFERENT = 10  # a real random key has more; "changemechangeme…" has not
_BOT_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{10,}")
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # what Telegram takes as secret_token
_ZALO_NUMBER = re.compile(r"[0-9]{5,30}")
_PKCE_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_DOMAIN_CODE = re.compile(r"[A-Za-z0-9_-]{10,100}")
_DOMAIN_FILE = re.compile(r'zalo_verifier(.+)\.html|<meta\b[^>]*\bcontent="([^"]*)"[^>]*>')
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_NAME = re.compile(r"^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=", re.MULTILINE)
_ANYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound


def wrong(key: LiteralString, **facts: str) -> PydanticCustomError:
    """Make the error of a value for the caller to raise."""
    return PydanticCustomError(key, "the text stands in the catalogue", facts)


def shown(value: object) -> str:
    """Write a value as it may be shown: without the password of an address."""
    return re.sub(r"://[^@\s]*@", "://…@", str(value))


def folder(value: Path) -> Path:
    """Take any path but one that stands for nothing."""
    if not str(value).strip():
        raise wrong("folder")
    return value


def database_address(value: str) -> str:
    """Take the address of a SQLite file or of a PostgreSQL database; `postgres://` is the same as `postgresql://`."""
    address = re.sub(r"^postgres://", "postgresql://", value)
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise wrong("database_url") from None
    backend = url.get_backend_name()
    if backend not in {"sqlite", "postgresql"} or not url.database or url.database == ":memory:":
        raise wrong("database_url")
    if backend == "postgresql" and find_spec("psycopg") is None:
        raise wrong("database_driver")
    return address


def host(value: str) -> str:
    """Take an address or a host name to listen on."""
    try:
        ip_address(value)
    except ValueError:
        if not _HOST_NAME.fullmatch(value):
            raise wrong("host") from None
    return value


def is_loopback(address: str) -> bool:
    """Say whether only this machine can reach what listens there."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def port(value: object) -> int:
    """Take a port number."""
    text = str(value).strip()
    if not text.isascii() or not text.isdigit() or int(text) > LAST_PORT:
        raise wrong("port", last=str(LAST_PORT))
    return int(text)


def megabytes(value: object) -> int | None:
    """Take a number of megabytes."""
    if value is None:
        return None
    text = str(value).strip()
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER:
        raise wrong("megabytes")
    return int(text)


def web_address(value: str) -> str:
    """Take http(s)://host[:port], without a path; a slash at the end is dropped."""
    try:
        parts = urlsplit(value)
        right = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        raise wrong("web_address") from None
    if not right or parts.path.strip("/") or parts.query or parts.fragment or parts.username or " " in value:
        raise wrong("web_address")
    return value.rstrip("/")


def https_picture(value: str) -> str:
    """Take the https address of a picture, or nothing."""
    if value and not re.fullmatch(r"https://[^/?#@\s]+/[^\s]+", value):
        raise wrong("https_picture")
    return value


def own_address(listening: str, number: int) -> str:
    """Give the address under which this machine reaches a server that listens on `listening`."""
    name = "localhost" if listening in _ANYWHERE else f"[{listening}]" if ":" in listening else listening
    return f"http://{name}:{number}"


def addresses(value: object) -> frozenset[str]:
    """Take addresses separated by commas."""
    if isinstance(value, frozenset):
        return value
    given = [each.strip() for each in str(value).split(",") if each.strip()]
    try:
        return frozenset(str(ip_address(each)) for each in given)
    except ValueError:
        raise wrong("addresses") from None


def secret(value: SecretStr) -> SecretStr:
    """Take a key that nobody guesses by trying; nothing stands for no key."""
    text = value.get_secret_value()
    if text and (len(text) < SHORTEST_SECRET or len(set(text)) < _FEWEST_DIFFERENT):
        raise wrong("secret_key", shortest=str(SHORTEST_SECRET))
    return value


def bot_token(value: SecretStr) -> SecretStr:
    """Take a token as BotFather gives it."""
    if not _BOT_TOKEN.fullmatch(value.get_secret_value()):
        raise wrong("bot_token")
    return value


def webhook_secret(value: SecretStr) -> SecretStr:
    """Take what Telegram accepts as `secret_token`, and long enough."""
    text = value.get_secret_value()
    if not _WEBHOOK_SECRET.fullmatch(text) or len(text) < SHORTEST_WEBHOOK_SECRET:
        raise wrong("webhook_secret", shortest=str(SHORTEST_WEBHOOK_SECRET))
    return value


def mode(value: object) -> object:
    """Take one of the two ways to get updates."""
    if value not in {"polling", "webhook"}:
        raise wrong("telegram_mode")
    return value


def zalo_number(value: str) -> str:
    """Take a number as Zalo's console shows it, of an app or of an Official Account."""
    if value and not _ZALO_NUMBER.fullmatch(value):
        raise wrong("zalo_number")
    return value


def pkce_verifier(value: SecretStr) -> SecretStr:
    """Take a PKCE code verifier (RFC 7636, 4.1); nothing stands for none."""
    text = value.get_secret_value()
    if text and not _PKCE_VERIFIER.fullmatch(text):
        raise wrong("pkce_verifier")
    return value


def domain_code(value: str) -> str:
    """Take the code of Zalo's *Xác thực domain*, the name of the file it stands in, or the line that it is in there."""
    found = _DOMAIN_FILE.fullmatch(value.strip())
    code = (found[1] or found[2]) if found else value.strip()
    if code and not _DOMAIN_CODE.fullmatch(code):
        raise wrong("zalo_domain_code")
    return code


def file_hosts(value: str) -> str:
    """Take domains, and whole addresses of servers of one's own, separated by commas."""
    given = [each.strip() for each in value.split(",") if each.strip()]
    for each in given:
        if "://" in each:
            web_address(each)
        elif not _HOST_NAME.fullmatch(each) or "." not in each:
            raise wrong("file_hosts")
    return ",".join(each.rstrip("/").lower() for each in given)


def one_of(*wanted: str) -> Callable[[object], object]:
    """Take one of a few words."""

    def check(value: object) -> object:
        if value not in wanted:
            raise wrong("one_of", wanted=", ".join(wanted))
        return value

    return check


def amount(most: int) -> Callable[[object], int]:
    """Take a whole number from 0 to `most`."""

    def check(value: object) -> int:
        text = str(value).strip()
        if not text.isascii() or not text.isdigit() or len(text) > len(str(most)) or int(text) > most:
            raise wrong("amount", most=str(most))
        return int(text)

    return check


def only(wanted: str) -> Callable[[str], str]:
    """Take one value alone."""

    def check(value: str) -> str:
        if value != wanted:
            raise wrong("only", wanted=wanted)
        return value

    return check


def misspelt(env_file: Path, names: Sequence[str]) -> Iterator[Problem]:
    """Find the names in `.env` that are almost a setting's: they would silently be without effect."""
    if not env_file.is_file():
        return
    for name in _NAME.findall(env_file.read_text(encoding="utf-8")):
        close = get_close_matches(name.upper(), names, n=1, cutoff=0.85)
        if close and close[0] != name.upper():
            yield Problem(name, "misspelt", None, {"meant": close[0]})
