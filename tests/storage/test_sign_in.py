"""Signing in: the right password opens, everything else is refused alike, and failures lock."""

import asyncio
import unicodedata
from datetime import datetime, timedelta
from functools import partial

import pytest
from argon2 import extract_parameters

from offices.errors import DomainError
from storage import staff
from storage.database import Database
from storage.passwords import NOBODY, check_password, hash_password, is_password
from storage.sign_in import LOCK, settle, sign_in
from tests.storage.officials import NOW, actions, add_official, install

PASSWORD = "mật khẩu mẫu rất dài"
STORED = hash_password(PASSWORD)


@pytest.fixture
async def commune(database: Database) -> Database:
    await database.write(install)
    await database.write(lambda c: add_official(c, password_hash=STORED))
    return database


async def refused(database: Database, login: str, password: str, now: datetime = NOW) -> dict[str, object]:
    with pytest.raises(DomainError, match="sign_in_refused") as caught:
        await sign_in(database, login, password, now)
    return dict(caught.value.params)


async def test_the_right_password_opens_and_is_noted(commune: Database) -> None:
    official = await sign_in(commune, " CanBo01", PASSWORD, NOW)
    account = await commune.read(lambda c: staff.account(c, official.id))
    assert (account.last_login_at, account.failed_count) == (NOW, 0)
    assert (await commune.read(actions))[-1] == "sign_in.done"


async def test_unknown_and_known_logins_are_refused_alike(commune: Database) -> None:
    assert await refused(commune, "nobody", PASSWORD) == await refused(commune, "canbo01", "sai")
    assert (await commune.read(actions))[-2:] == ["sign_in.failed", "sign_in.failed"]


@pytest.mark.parametrize("login", ["", "\x00", "\ud800", "x" * 10_000, "' OR 1=1 --"])
async def test_a_strange_login_is_refused_like_the_others(commune: Database, login: str) -> None:
    await refused(commune, login, "\ud800\x00")


async def test_attempts_at_the_same_moment_are_all_counted(commune: Database) -> None:
    attempt = partial(settle, login="canbo01", proven_hash=None, now=NOW)
    await asyncio.gather(*(commune.write(attempt) for _ in range(3)))
    account = await commune.read(lambda c: staff.by_login(c, "canbo01"))
    assert account is not None
    assert account.failed_count == 3


async def test_a_stopped_account_is_refused_like_the_others(commune: Database) -> None:
    account = await commune.read(lambda c: staff.by_login(c, "canbo01"))
    assert account is not None
    await commune.write(lambda c: staff.set_active(c, account.staff.id, active=False, now=NOW, actor="staff:9"))
    await refused(commune, "canbo01", PASSWORD)


async def test_failures_delay_then_lock_and_the_lock_ends(commune: Database) -> None:
    moment = NOW
    for wait in (0, 0, 5, 30, LOCK.total_seconds()):
        assert await commune.write(partial(settle, login="canbo01", proven_hash=None, now=moment)) is None
        account = await commune.read(lambda c: staff.by_login(c, "canbo01"))
        assert account is not None
        assert account.locked_until == (moment + timedelta(seconds=wait) if wait else None)
        moment += timedelta(seconds=wait)
    before_the_end = moment - timedelta(seconds=1)
    assert await commune.write(lambda c: settle(c, "canbo01", STORED, before_the_end)) is None
    assert await commune.write(lambda c: settle(c, "canbo01", STORED, moment)) is not None
    account = await commune.read(lambda c: staff.by_login(c, "canbo01"))
    assert account is not None
    assert (account.failed_count, account.locked_until) == (0, None)
    assert (await commune.read(actions))[-4:] == [
        "sign_in.failed",
        "sign_in.locked",
        "sign_in.while_locked",
        "sign_in.done",
    ]


async def test_five_more_failures_lock_again(commune: Database) -> None:
    moment = NOW
    for _ in range(10):
        await commune.write(partial(settle, login="canbo01", proven_hash=None, now=moment))
        moment += timedelta(hours=1)
    assert (await commune.read(actions)).count("sign_in.locked") == 2


async def test_a_password_changed_in_between_counts_as_wrong(commune: Database) -> None:
    assert await commune.write(lambda c: settle(c, "canbo01", "the hash before the change", NOW)) is None


def test_a_password_fits_however_its_letters_are_composed() -> None:
    assert is_password(unicodedata.normalize("NFD", PASSWORD), STORED)
    assert not is_password("mat khau mau rat dai", STORED)
    assert not is_password("\ud800", STORED)
    assert not is_password(PASSWORD, "not a hash")
    assert not is_password(PASSWORD, None)


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("ngắn", "password_too_short"),
        ("x" * 257, "password_too_long"),
        ("aaaaaaaaaaaaaa", "password_easy"),
        ("password1234", "password_easy"),
        ("matkhau123456", "password_easy"),
        ("canbo01canbo01", "password_easy"),
    ],
)
def test_an_easy_password_is_refused(password: str, refusal: str) -> None:
    with pytest.raises(DomainError, match=refusal):
        check_password(password, "canbo01")


def test_a_sentence_is_a_good_password() -> None:
    check_password("con trâu đi trước cái cày", "canbo01")


def test_no_account_takes_as_long_as_one() -> None:
    """The hash that is verified against for an unknown name asks for the same work as a real one."""
    assert extract_parameters(NOBODY) == extract_parameters(hash_password("Cửa-sổ-mở-sáng-27"))
    assert not is_password("Cửa-sổ-mở-sáng-27", None)
