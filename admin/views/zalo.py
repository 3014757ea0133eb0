"""The Zalo Official Account: how its tokens stand, and its administrator's consent to new ones."""

from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from admin.auth.consent import is_own_state, new_state
from admin.calls import Call, see_other
from admin.context import ZaloConsent
from admin.pages import Page
from admin.problems import words_of
from offices.errors import DomainError
from storage import zalo_tokens
from storage.zalo_tokens import TokenState

SECTION = "zalo"
PATH = "/admin/zalo"
LONGEST_CODE = 2000


@dataclass(frozen=True)
class ZaloPage(Page):
    """The account of the settings, None where there is none; `problem` is a key under `alarms`."""

    account: ZaloConsent | None
    tokens: TokenState | None = None
    problem: str | None = None
    link: str = ""
    refusal: str = ""
    template: ClassVar[str] = "zalo.html"


@dataclass(frozen=True)
class ConsentPage(Page):
    """What Zalo led the administrator back with: one press, and the tokens are exchanged."""

    account: ZaloConsent
    code: str
    state: str
    template: ClassVar[str] = "zalo_consent.html"


async def show(call: Call) -> web.StreamResponse:
    """Show how the account stands."""
    return call.page(await _page(call), SECTION)


async def come_back(call: Call) -> web.StreamResponse:
    """Take the administrator's return from Zalo; nothing is changed before he presses."""
    account, code, state = call.context.zalo, call.query("code"), call.query("state")
    refusal = _refusal(call, account, code, state, call.query("oa_id"))
    if account is None or refusal:
        return call.refused(await _page(call, refusal), SECTION)
    return call.page(ConsentPage(account, code, state), SECTION)


async def authorise(call: Call) -> web.StreamResponse:
    """Exchange the code for tokens."""
    account, code, state = call.context.zalo, call.form.text("code"), call.form.text("state")
    refusal = _refusal(call, account, code, state, account.oa_id if account else "")
    if account is None or refusal:
        return call.refused(await _page(call, refusal), SECTION)
    try:
        await account.authorise(code, call.actor)
    except DomainError as error:
        return call.refused(await _page(call, words_of(error, call.words, call.reference)), SECTION)
    return see_other(PATH, done="zalo_authorised")


def _refusal(call: Call, account: ZaloConsent | None, code: str, state: str, oa_id: str) -> str:
    """Say why a return is not taken; empty when it is."""
    if account is None:
        return call.words.t("zalo.none")
    if not is_own_state(call.token, state, call.now):
        return call.words.t("zalo.state_wrong")
    if oa_id != account.oa_id:
        return call.words.t("zalo.other_account", found=oa_id, wanted=account.oa_id)
    return "" if 0 < len(code) <= LONGEST_CODE else call.words.t("zalo.code_missing")


async def _page(call: Call, refusal: str = "") -> ZaloPage:
    account = call.context.zalo
    if account is None:
        return ZaloPage(None, refusal=refusal)
    tokens = await call.read(lambda connection: zalo_tokens.look(connection, account.oa_id))
    link = account.link(new_state(call.token, call.now))
    return ZaloPage(account, tokens, zalo_tokens.problem_of(tokens, call.now), link, refusal)
