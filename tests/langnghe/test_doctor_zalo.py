"""`langnghe doctor --zalo` against the strict fake: each thing that can be wrong is told with its way out."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from sqlalchemy import Connection

from bot.channels.zalo.webhook import SIGNATURE_HEADER
from langnghe.checks.zalo import zalo
from langnghe.checks.zalo_hook import webhook
from langnghe.config import Config
from langnghe.service import Service
from langnghe.words import Words
from langnghe.zalo import WEBHOOK_PATH
from storage import channel_states, zalo_tokens
from tests.conversations.world import World
from tests.conversations.zalo_face import ZaloFace, authorise
from tests.fakes.zalo import Account, FakeZalo, Template
from tests.langnghe.office import call


@dataclass
class Site:
    """A service that is connected with the fake; `settings` are those of whoever asks the doctor."""

    fake: FakeZalo
    world: World
    service: Service
    settings: dict[str, object] = field(default_factory=dict)

    async def found(self, settings: dict[str, object] | None = None) -> dict[str, tuple[str, str]]:
        """Return state and key of each check."""
        address = self.fake.world.courier.address.removesuffix(WEBHOOK_PATH)
        config: Config = self.world.config.model_copy(update={"public_url": address, **(settings or self.settings)})
        found = await asyncio.to_thread(lambda: list(zalo(config, self.world.watch())))
        assert all(each.told(Words(language)) for each in found for language in ("vi", "en"))
        return {each.check: (str(each.state), each.key) for each in found if each.key != "zalo_webhook_http"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    world = World(tmp_path, f"sqlite:///{tmp_path}/langnghe.db")
    async with FakeZalo(clock=world.watch) as fake:
        face = ZaloFace(fake)
        world = replace(world, settings={**face.settings, "zalo_pkce_verifier": SecretStr("v" * 43)})
        await world.install()
        fake.template(Template("301", "Cập nhật phản ánh"))
        async with world.service() as service, face.connected(service):
            yield Site(fake, world, service)


async def test_a_healthy_account_is_healthy(site: Site) -> None:
    await site.fake.person(1).types("Xin chào")
    await site.fake.settled()
    calls, exchanges = len(site.fake.calls), len(site.fake.world.oauth.exchanges)
    found = await site.found()
    assert {state for state, _ in found.values()} == {"good"}
    assert set(found) == {
        "zalo", "zalo_token", "zalo_signature", "zalo_webhook", "zalo_account", "zalo_package", "zalo_templates",
        "zalo_quota", "zalo_arrivals", "zalo_proof", "zalo_cloud",
    }  # fmt: skip
    assert found["zalo_arrivals"] == ("good", "zalo_arrivals")
    asked = {each.path for each in site.fake.calls[calls:]}
    assert asked == {"/v2.0/oa/getoa", "/template/all", "/message/quota", "/v2.0/oa/listrecentchat"}
    assert len(site.fake.world.oauth.exchanges) == exchanges, "no token is refreshed by looking"


def account(**facts: Any) -> Callable[[Site], None]:
    def change(site: Site) -> None:
        site.fake.world.account = replace(Account(), **facts)

    return change


def refused(path: str, number: int) -> Callable[[Site], None]:
    return lambda site: site.fake.next_answer(path, error=number, words="No")


BROKEN: dict[str, tuple[Callable[[Site], object], str, tuple[str, str]]] = {
    "not verified": (account(verified=False), "zalo_account", ("warning", "zalo_account_unverified")),
    "of type business": (account(type=2), "zalo_account", ("warning", "zalo_account_business")),
    "nothing that pays": (account(linked_zca=False), "zalo_cloud", ("warning", "zalo_cloud_missing")),
    "package over": (account(package_until="01/11/2026"), "zalo_package", ("wrong", "zalo_package_over")),
    "package ends soon": (account(package_until="30/11/2026"), "zalo_package", ("warning", "zalo_package")),
    "package unknown": (account(package_until=""), "zalo_package", ("warning", "zalo_package_unknown")),
    "no permission": (refused("/v2.0/oa/getoa", -212), "zalo_account", ("wrong", "zalo_account_fails")),
    "templates refused": (refused("/template/all", -135), "zalo_templates", ("warning", "zalo_templates_fail")),
    "no template": (
        lambda site: site.fake.world.templates.clear(), "zalo_templates", ("warning", "zalo_templates_none"),
    ),
    "no quota": (lambda site: setattr(site.fake.world, "daily", 0), "zalo_quota", ("warning", "zalo_quota")),
    "quota refused": (refused("/message/quota", -135), "zalo_quota", ("warning", "zalo_quota_fails")),
    "token refused": (lambda site: site.fake.world.oauth.issue(), "zalo_account", ("wrong", "zalo_refused")),
    "Zalo away": (
        lambda site: site.settings.update(zalo_openapi_base="http://127.0.0.1:9"), "zalo_account",
        ("wrong", "zalo_away"),
    ),
    "another account": (
        lambda site: site.settings.update(zalo_oa_id="123456789012345"), "zalo_token", ("wrong", "zalo_token_missing"),
    ),
    "another key of ours": (
        lambda site: site.settings.update(secret_key=SecretStr("another key: 0123456789 abcdefghijklm")), "zalo_token",
        ("wrong", "zalo_token_key"),
    ),
    "in set-up": (lambda site: site.settings.update(zalo_oa_secret_key=SecretStr("")), "zalo", ("wrong", "zalo_setup")),
    "the service has another key": (
        lambda site: site.settings.update(zalo_oa_secret_key=SecretStr("KhoaKhac")), "zalo_webhook",
        ("wrong", "zalo_webhook_key"),
    ),
    "nobody at the address": (
        lambda site: site.settings.update(public_url="http://127.0.0.1:9"), "zalo_webhook",
        ("wrong", "zalo_webhook_away"),
    ),
    "somebody else at the address": (
        lambda site: site.settings.update(public_url=site.fake.bases.files), "zalo_webhook",
        ("wrong", "zalo_webhook_other"),
    ),
    "no account": (lambda site: site.settings.update(zalo_oa_id=""), "zalo", ("wrong", "zalo_none")),
    "no proof key": (
        lambda site: site.settings.update(zalo_pkce_verifier=SecretStr("")), "zalo_proof",
        ("warning", "zalo_proof_missing"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
async def test_what_is_broken_is_told(site: Site, what: str) -> None:
    breaks, check, expected = BROKEN[what]
    breaks(site)
    assert (await site.found())[check] == expected


@pytest.mark.parametrize(("taken", "refused", "told"), [(200, 500, 500), (404, 401, 404), (502, 503, 502)])
async def test_the_status_is_told_that_is_not_ours(site: Site, taken: int, refused: int, told: int) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=refused if request.headers[SIGNATURE_HEADER] == f"mac={'0' * 64}" else taken)

    app = web.Application()
    app.router.add_post(WEBHOOK_PATH, answer)
    async with TestServer(app) as server:
        config: Config = site.world.config.model_copy(update={"public_url": str(server.make_url("")).rstrip("/")})
        [*_, found] = await webhook(config, site.world.watch())
    assert (found.key, found.facts["status"]) == ("zalo_webhook_other", told)


async def test_tokens_are_judged_by_their_age_and_their_end(site: Site) -> None:
    oa_id, now = site.fake.console.oa_id, site.world.watch
    now.passes(timedelta(hours=24))
    assert (await site.found())["zalo_token"] == ("warning", "zalo_token_late")
    now.passes(timedelta(days=60))
    assert (await site.found())["zalo_token"] == ("warning", "zalo_token_old")
    await site.service.database.write(lambda c: zalo_tokens.give_up(c, oa_id, 1, "refused Zalo -14014", now()))
    assert (await site.found())["zalo_token"] == ("wrong", "zalo_token_dead")
    await site.service.database.write(lambda c: zalo_tokens.forget_restored(c, now()))
    assert (await site.found())["zalo_token"] == ("wrong", "zalo_token_restored")
    await site.service.database.write(lambda c: authorise(c, site.fake, site.service))
    assert (await site.found())["zalo_token"] == ("good", "zalo_token")


@pytest.mark.parametrize(
    ("reason", "key"),
    [(None, "zalo_unsigned"), *((way, f"zalo_signed_{way}") for way in ("app_secret", "oa_first", "hmac"))],
)
async def test_it_is_told_which_key_signs(site: Site, reason: str | None, key: str) -> None:
    def put(connection: Connection) -> None:
        channel_states.put(connection, ("zalo", "webhook"), problem="unsigned", reason=reason, now=site.world.watch())

    await site.service.database.write(put)
    found = await site.found()
    assert found["zalo_signature"] == ("wrong", key)
    assert (await site.found())["zalo_signature"] == ("wrong", key), "our own event is no sign that Zalo signs rightly"


async def test_messages_that_do_not_arrive_are_noticed(site: Site) -> None:
    assert (await site.found())["zalo_arrivals"] == ("good", "zalo_arrivals_none")
    site.fake.human_writes(site.fake.person(2), "Chào Ông/Bà")
    assert (await site.found())["zalo_arrivals"] == ("good", "zalo_arrivals_answered")
    site.fake.world.courier.disabled = True
    await site.fake.person(1).types("Có ai không?")
    assert (await site.found())["zalo_arrivals"] == ("good", "zalo_arrivals"), "it may be on its way"
    site.world.watch.passes(timedelta(hours=1))
    assert (await site.found())["zalo_arrivals"] == ("wrong", "zalo_arrivals_missing")


@pytest.mark.usefixtures("office")
def test_the_command_tells_that_nothing_is_connected() -> None:
    result = call("doctor", "--zalo", "--json", "--lang", "en")
    found = {each["check"]: each for each in json.loads(result.stdout)["checks"]}
    assert (result.exit_code, found["zalo"]["state"]) == (1, "wrong")
    assert "docs/zalo.md" in found["zalo"]["line"]
    assert "zalo" not in {each["check"] for each in json.loads(call("doctor", "--json").stdout)["checks"]}
