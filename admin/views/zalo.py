"""The Zalo Official Account: its tokens and its administrator's consent, its templates, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.auth.consent import is_own_state, new_state
from admin.calls import Call, see_other
from admin.context import ZaloConsent
from admin.pages import Page
from admin.problems import words_of
from offices.errors import DomainError
from storage import channel_states, outbox, phone_consent, zalo_attempts, zalo_templates, zalo_tokens
from storage.zalo_attempts import Spending
from storage.zalo_templates import Template
from storage.zalo_tokens import TokenState

SECTION = "zalo"
PATH = "/admin/zalo"
LONGEST_CODE = 2000


@dataclass(frozen=True)
class Choice:
    """A kind of news, the templates that can tell it as (number, words), and the one that does; empty for none."""

    news: str
    options: Sequence[tuple[str, str]]
    chosen: str


@dataclass(frozen=True)
class Money:
    """What the month has cost, how much waits for people to write, how many telephone numbers were left for news."""

    spending: Spending
    waiting: int
    numbers: int


@dataclass(frozen=True)
class Known:
    """What the store tells of the account.

    why_dead     why its tokens are of no use, in words; None while they are good
    is_list_due  nobody has asked for the list of templates since the tokens came
    list_fails   why it did not come when it was asked for, in words; None when it did
    """

    tokens: TokenState | None
    why_dead: str | None
    money: Money
    templates: Sequence[Template]
    choices: Sequence[Choice]
    listed_at: datetime | None
    is_list_due: bool
    list_fails: str | None


@dataclass(frozen=True)
class ZaloPage(Page):
    """The account of the settings, None where there is none; `problem` is a key under `zalo.state_…`."""

    account: ZaloConsent | None
    known: Known | None = None
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


async def choose(call: Call) -> web.StreamResponse:
    """Tell each kind of news by the template chosen for it from now on, or by none."""
    wanted = {news: call.form.text(news) for news in zalo_templates.KINDS_OF_NEWS}
    try:
        await call.write(lambda c: zalo_templates.choose(c, wanted, actor=call.actor, now=call.now))
    except DomainError as error:
        return call.refused(await _page(call, words_of(error, call.words, call.reference)), SECTION)
    return see_other(PATH, done="templates_chosen")


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
    known = await call.read(lambda connection: _known(call, connection, account.oa_id))
    link = account.link(new_state(call.token, call.now))
    return ZaloPage(account, known, zalo_tokens.problem_of(known.tokens, call.now), link, refusal)


def _known(call: Call, connection: Connection, oa_id: str) -> Known:
    listed, chosen = zalo_templates.every(connection), zalo_templates.choices(connection)
    choices = [
        Choice(news, _options(call, listed, news), chosen.get(news, "")) for news in zalo_templates.KINDS_OF_NEWS
    ]
    money = Money(
        zalo_attempts.spending(connection, call.now), outbox.count_held(connection), phone_consent.count(connection)
    )
    tokens, asked = zalo_tokens.look(connection, oa_id), channel_states.find(connection, *zalo_templates.place(oa_id))
    is_due = asked is None or (tokens is not None and asked.checked_at < tokens.obtained_at)
    why_dead = _reason(call, "reason", tokens.reason) if tokens else None
    list_fails = None if asked is None or is_due else _reason(call, "list_fails", asked.reason)
    return Known(tokens, why_dead, money, listed, choices, zalo_templates.seen_at(connection), is_due, list_fails)


def _reason(call: Call, kind: str, reason: str | None) -> str | None:
    """Put a reason of ours into words; one that we have no words for is what Zalo said, and told as such."""
    if reason is None:
        return None
    key = f"zalo.{kind}_{reason}"
    return call.words.t(key) if call.words.has(key) else call.words.t("zalo.said", said=reason)


def _options(call: Call, listed: Sequence[Template], news: str) -> list[tuple[str, str]]:
    priced = [(each.id, f"{each.name} ({call.words.count(each.price)} đ)") for each in listed if each.fits(news)]
    return [("", call.words.t("zalo.no_template")), *priced]
