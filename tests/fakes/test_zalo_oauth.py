"""The fake's tokens: a refresh token serves once, and the old access token dies with it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession
from yarl import URL

from tests.fakes.zalo import FakeZalo, challenge_of

TOKEN = "/v4/oa/access_token"
VERIFIER = "v" * 43
CALLBACK = "http://127.0.0.1/admin/zalo/callback"


@pytest.fixture
async def fake() -> AsyncIterator[FakeZalo]:
    async with FakeZalo() as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession(trust_env=False) as session:
        yield session


async def exchange(fake: FakeZalo, http: ClientSession, *, secret: str | None = None, **form: str) -> Any:
    header = {"secret_key": fake.console.app_secret if secret is None else secret}
    async with http.post(fake.bases.oauth + TOKEN, data={"app_id": fake.console.app_id, **form}, headers=header) as got:
        assert got.status == 200
        return await got.json()


async def refresh(fake: FakeZalo, http: ClientSession, token: str) -> Any:
    return await exchange(fake, http, grant_type="refresh_token", refresh_token=token)


async def account(fake: FakeZalo, http: ClientSession, token: str) -> int:
    async with http.get(f"{fake.bases.openapi}/v2.0/oa/getoa", headers={"access_token": token}) as answer:
        return int((await answer.json())["error"])


async def code(fake: FakeZalo, http: ClientSession, **asked: str) -> URL:
    link = {"app_id": fake.console.app_id, "redirect_uri": CALLBACK, "code_challenge": challenge_of(VERIFIER), **asked}
    url = URL(f"{fake.bases.oauth}/v4/oa/permission").with_query(link)
    async with http.get(url, allow_redirects=False) as answer:
        return URL(answer.headers.get("Location", ""))


async def test_a_refresh_token_serves_once_and_the_old_access_token_dies(fake: FakeZalo, http: ClientSession) -> None:
    first = fake.world.oauth.issue()
    assert await account(fake, http, first.access) == 0
    second = await refresh(fake, http, first.refresh)
    assert second["expires_in"] == "90000" or second["expires_in"] == "89999"
    assert await account(fake, http, first.access) == -220
    assert await account(fake, http, second["access_token"]) == 0
    assert (await refresh(fake, http, first.refresh))["error"] == -14014
    assert [each.given for each in fake.world.oauth.exchanges] == [True, False]


async def test_a_refresh_token_may_be_taken_again_for_a_while(fake: FakeZalo, http: ClientSession) -> None:
    fake.world.oauth.grace = timedelta(minutes=1)
    first = fake.world.oauth.issue()
    assert await refresh(fake, http, first.refresh) == await refresh(fake, http, first.refresh)


async def test_a_reply_that_is_lost_has_rotated_the_pair(fake: FakeZalo, http: ClientSession) -> None:
    first = fake.world.oauth.issue()
    fake.next_answer(TOKEN, drop_connection=True, does_it=True)
    with pytest.raises(ClientError):
        await refresh(fake, http, first.refresh)
    assert await account(fake, http, first.access) == -220
    assert (await refresh(fake, http, first.refresh))["error"] == -14014


async def test_a_request_that_is_lost_has_not(fake: FakeZalo, http: ClientSession) -> None:
    first = fake.world.oauth.issue()
    fake.next_answer(TOKEN, drop_connection=True)
    with pytest.raises(ClientError):
        await refresh(fake, http, first.refresh)
    assert await account(fake, http, first.access) == 0
    assert "access_token" in await refresh(fake, http, first.refresh)


async def test_tokens_expire_by_the_clock(http: ClientSession) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    async with FakeZalo(clock=lambda: now) as fake:
        pair = fake.world.oauth.issue()
        now += timedelta(hours=25)
        assert await account(fake, http, pair.access) == -220
        now += timedelta(days=90)
        assert (await refresh(fake, http, pair.refresh))["error"] == -14014


@pytest.mark.parametrize("token", ["", "made up"])
async def test_another_token_is_invalid(fake: FakeZalo, http: ClientSession, token: str) -> None:
    fake.world.oauth.issue()
    assert await account(fake, http, token) == -216


async def test_a_bearer_header_is_no_token(fake: FakeZalo, http: ClientSession) -> None:
    header = {"Authorization": f"Bearer {fake.world.oauth.issue().access}"}
    async with http.get(f"{fake.bases.openapi}/v2.0/oa/getoa", headers=header) as answer:
        assert (await answer.json())["error"] == -216


async def test_a_code_serves_once_with_its_verifier(fake: FakeZalo, http: ClientSession) -> None:
    back = await code(fake, http, state="s1")
    assert (back.query["state"], back.query["oa_id"]) == ("s1", fake.console.oa_id)
    form = {"grant_type": "authorization_code", "code": back.query["code"], "code_verifier": VERIFIER}
    pair = await exchange(fake, http, **form)
    assert await account(fake, http, pair["access_token"]) == 0
    assert (await exchange(fake, http, **form))["error"] == -14010


async def test_a_code_with_another_verifier_is_spent(fake: FakeZalo, http: ClientSession) -> None:
    form = {"grant_type": "authorization_code", "code": (await code(fake, http)).query["code"]}
    assert (await exchange(fake, http, **form, code_verifier="w" * 43))["error"] == -14011
    assert (await exchange(fake, http, **form, code_verifier=VERIFIER))["error"] == -14010


async def test_the_console_decides_about_callback_and_challenge(fake: FakeZalo, http: ClientSession) -> None:
    fake.world.oauth.callback = CALLBACK
    assert not str(await code(fake, http, redirect_uri="http://127.0.0.1/other"))
    fake.world.oauth.challenge = challenge_of("another")
    assert not str(await code(fake, http))


async def test_the_secret_and_the_form_are_checked(fake: FakeZalo, http: ClientSession) -> None:
    pair = fake.world.oauth.issue()
    form = {"grant_type": "refresh_token", "refresh_token": pair.refresh}
    assert (await exchange(fake, http, secret=fake.console.oa_secret_key, **form))["error"] == -14004
    header = {"secret_key": fake.console.app_secret}
    asked = {"app_id": fake.console.app_id, **form}
    async with http.post(fake.bases.oauth + TOKEN, json=asked, headers=header) as answer:
        assert (await answer.json())["error"] == -14000
    assert "access_token" in await refresh(fake, http, pair.refresh), "nothing was used up"
