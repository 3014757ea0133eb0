"""`langnghe zalo`: consent from the command line, tokens brought along, and how they stand."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlsplit

import pytest

from langnghe import store
from langnghe.config import load_config
from langnghe.zalo_tokens import back_to, oauth_of, vault_of
from storage import zalo_tokens
from tests.fakes.zalo import Console, FakeZalo
from tests.langnghe.office import as_json, call, done, refused

CONSOLE = Console()


@pytest.fixture
def account(office: object, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - there must be one
    monkeypatch.setenv("ZALO_APP_ID", CONSOLE.app_id)
    monkeypatch.setenv("ZALO_APP_SECRET", CONSOLE.app_secret)
    monkeypatch.setenv("ZALO_OA_ID", CONSOLE.oa_id)
    monkeypatch.setenv("ZALO_PKCE_VERIFIER", "sample-verifier-of-43-characters-0123456789a")


@pytest.fixture
async def fake(account: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeZalo]:  # noqa: ARG001
    async with FakeZalo() as server:
        monkeypatch.setenv("ZALO_OAUTH_BASE", server.bases.oauth)
        yield server


@pytest.mark.usefixtures("office")
def test_without_an_account_it_says_what_to_set() -> None:
    status, line = refused("zalo", "status")
    assert status == 2
    assert "ZALO_OA_ID" in line


@pytest.mark.usefixtures("account")
def test_before_anybody_consented_the_status_says_how() -> None:
    result = call("zalo", "status")
    assert result.exit_code == 1
    assert "langnghe zalo authorize" in result.stdout
    assert '"token_missing"' in call("zalo", "status", "--json").stdout


@pytest.mark.usefixtures("account")
def test_tokens_of_the_explorer_are_kept_encrypted_and_due_at_once() -> None:
    done("zalo", "import-token", stdin="sample access\nsample refresh\n")
    vault = vault_of(load_config())
    kept = store.read(lambda c: zalo_tokens.open_pair(c, vault, CONSOLE.oa_id))
    assert kept is not None
    state, pair = kept
    assert (pair.access, pair.refresh) == ("sample access", "sample refresh")
    assert state.refresh_at == state.obtained_at
    told = as_json("zalo", "status")
    assert (told["version"], told["good"], told["problem"]) == (1, True, None)
    assert "sample" not in done("zalo", "status")


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("pasted", ["  \nrefresh\n", "access\n \n"])
def test_blanks_take_the_place_of_no_pair(pasted: str) -> None:
    done("zalo", "import-token", stdin="sample access\nsample refresh\n")
    result = call("zalo", "import-token", stdin=pasted)
    assert result.exit_code == 2
    assert "không có gì thay đổi" in result.stderr
    assert as_json("zalo", "status")["version"] == 1


async def test_the_code_of_a_consent_becomes_a_pair(fake: FakeZalo) -> None:
    asked = dict(parse_qsl(urlsplit(oauth_of(load_config()).consent_url(back_to(load_config()), "s")).query))
    code = fake.world.oauth.consent(asked)
    pasted = f"{asked['redirect_uri']}?oa_id={CONSOLE.oa_id}&code={code}"
    said = await asyncio.to_thread(done, "zalo", "authorize", stdin=pasted + "\n")
    assert f"{fake.bases.oauth}/v4/oa/permission?" in said
    assert fake.world.oauth.pair is not None
    assert (await asyncio.to_thread(as_json, "zalo", "status"))["good"]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("https://x.example/?code=a&state=other", "lần đồng ý khác"),
        ("https://x.example/?code=a&oa_id=12345", "OA 12345"),
        ("https://x.example/?oa_id=" + CONSOLE.oa_id, "không có mã"),
        ("http://[?code=a", "không có mã"),
    ],
)
def test_an_address_of_something_else_is_refused(pasted: str, said: str) -> None:
    result = call("zalo", "authorize", stdin=pasted + "\n")
    assert result.exit_code == 2
    assert said in result.stderr
