"""What Zalo tells of the account: who it is, its package and money, templates, the day's quota, the newest chats."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.channels.untrusted_json import whole, words
from bot.channels.zalo.client import Answer, ZaloClient
from bot.channels.zalo.errors import reason_of
from bot.channels.zalo.parsing import id_of
from langnghe.checks.finding import Finding, good, warning, wrong
from langnghe.config import Config
from wording.catalogue import Param
from wording.formats import LOCAL

ENDS_SOON = timedelta(days=30)
MOST_TEMPLATES = 100
MOST_CHATS = 10
_FROM_A_PERSON = 1
_BUSINESS = 2
_NONE: tuple[Any, ...] = ("", None, False, "false")
"""How Zalo may write that nothing is linked: its pages show no sample."""


async def account(client: ZaloClient, config: Config, now: datetime) -> list[Finding]:
    """Say whose account answers, and whether it may do what it has to. Raises NotSent, NoAnswer, NoToken."""
    answer = await client.get("/v2.0/oa/getoa", {})
    if not answer.is_good:
        return [wrong("zalo_account", "zalo_account_fails", reason=reason_of(answer))]
    told = answer.data
    number = id_of(told.get("oaid")) or id_of(told.get("oa_id"))
    facts: dict[str, Param] = {"name": _text(told, "name"), "account": number, "wanted": config.zalo_oa_id}
    if number != config.zalo_oa_id:
        return [wrong("zalo_account", "zalo_account_other", **facts)]
    if told.get("is_verified") is not True:
        return [warning("zalo_account", "zalo_account_unverified", **facts)]
    is_business = _number(told.get("oa_type")) == _BUSINESS
    whose = (
        warning("zalo_account", "zalo_account_business", **facts)
        if is_business
        else good("zalo_account", "zalo_account", **facts)
    )
    return [whose, _package(told, now), *_cloud(told)]


def _cloud(told: Mapping[str, Any]) -> Iterator[Finding]:
    """Say whether there is an account that pays for templates; nothing where Zalo does not tell of it."""
    if "linked_ZCA" in told:
        is_linked = told["linked_ZCA"] not in _NONE
        yield (good if is_linked else warning)("zalo_cloud", "zalo_cloud" if is_linked else "zalo_cloud_missing")


def _package(told: Mapping[str, Any], now: datetime) -> Finding:
    facts: dict[str, Param] = {"package": _text(told, "package_name") or "–"}
    ends = _day(_text(told, "package_valid_through_date"))
    if ends is None:
        return warning("zalo_package", "zalo_package_unknown", **facts)
    today = now.astimezone(LOCAL).date()
    facts["ends"] = ends
    if ends < today:
        return wrong("zalo_package", "zalo_package_over", **facts)
    return (warning if ends - today <= ENDS_SOON else good)("zalo_package", "zalo_package", **facts)


async def may_be_sent(client: ZaloClient) -> list[Finding]:
    """Say whether ZBS templates can be sent today. Raises NotSent, NoAnswer, NoToken."""
    about = {"offset": 0, "limit": MOST_TEMPLATES, "status": 1, "filterPreset": 0}
    listed = await client.get("/template/all", about, business=True)
    quota = await client.get("/message/quota", {}, business=True)
    return [_templates(listed), _quota(quota)]


def _templates(listed: Answer) -> Finding:
    if not listed.is_good:
        return warning("zalo_templates", "zalo_templates_fail", reason=reason_of(listed))
    usable = [row for row in listed.rows if words(dict(row), "status") == "ENABLE"]
    return (good if usable else warning)(
        "zalo_templates", "zalo_templates" if usable else "zalo_templates_none", number=len(usable)
    )


def _quota(quota: Answer) -> Finding:
    left, daily = _number(quota.data.get("remainingQuota")), _number(quota.data.get("dailyQuota"))
    if not quota.is_good or left is None or daily is None:
        return warning("zalo_quota", "zalo_quota_fails", reason=reason_of(quota))
    return (good if left else warning)("zalo_quota", "zalo_quota", left=left, daily=daily)


async def newest_message(client: ZaloClient) -> tuple[datetime | None, bool]:
    """Return when somebody last wrote who has no answer yet, None when nobody did, and whether there are chats at all.

    Raises NotSent, NoAnswer, NoToken.
    """
    answer = await client.get("/v2.0/oa/listrecentchat", {"offset": 0, "count": MOST_CHATS})
    rows = answer.data.get("rows") or list(answer.rows)
    times = [
        moment
        for row in rows
        if isinstance(row, dict) and whole(row, "src") == _FROM_A_PERSON and (moment := whole(row, "time"))
    ]
    return (datetime.fromtimestamp(max(times) / 1000, UTC) if times else None), bool(rows)


def _text(told: Mapping[str, Any], name: str) -> str:
    return words(dict(told), name)


def _number(given: Any) -> int | None:
    text = str(given)
    return int(text) if text.isascii() and text.isdecimal() else None


def _day(written: str) -> date | None:
    try:
        return datetime.strptime(written, "%d/%m/%Y").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None
