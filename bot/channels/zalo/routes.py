"""Which ways a message may take to somebody in Zalo: pure, by the windows, the office's policy and the money left.

| since the person's last interaction | way |
|---|---|
| at most 48 hours | free message |
| at most 7 days | message for money, where the policy allows it and the month's money lasts |
| any time | approved template to the user id, for news that has one, by day |
| any time | the same template to the telephone number that the person left for this, by day |
| else | wait until the person writes again |

A way that is open by our own book may still be closed by Zalo's; so all that may do are named, the first one first.
What is free needs no look at the money, so it is asked about alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from offices.worktime import LOCAL
from storage.zalo_templates import Template

FREE_FOR = timedelta(hours=48)
BILLED_FOR = timedelta(days=7)
BILLED_PRICE = 55
"""VND for one message between 48 hours and 7 days by an older price list of Zalo's; ZALO_BILLED_PRICE says another."""
DAY_BEGINS, DAY_ENDS = 8, 20
"""Local hours between which we write to somebody who did not ask: Zalo delivers silently or not at all at night."""


class Way(StrEnum):
    """How a message goes that costs money."""

    BILLED = "billed"
    TEMPLATE = "template"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the office allows, and what it pays, in VND.

    may_cost      whether messages may cost money
    cap           how much in a month
    billed_price  of one message between 48 hours and 7 days
    """

    may_cost: bool
    cap: int
    billed_price: int = BILLED_PRICE


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a message and its chat.

    last_interaction  None: never, as far as we know
    is_news           it tells news: money is spent for nothing else
    parts             messages that Zalo would bill
    template          the one that tells this news; None: there is none
    has_phone         the person left a number for this kind of news
    spent             VND of this month
    is_in_doubt       it was perhaps sent for money already
    """

    last_interaction: datetime | None
    is_news: bool
    parts: int
    template: Template | None
    spent: int
    is_in_doubt: bool
    has_phone: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """The ways to try, in order; `why` says why there are no more: never, doubt, cap, none."""

    ways: tuple[Way, ...]
    why: str


def is_free(last_interaction: datetime | None, now: datetime, takes: timedelta = timedelta(0)) -> bool:
    """Say whether the person did something so lately that a message costs nothing which takes so long to send."""
    return last_interaction is not None and now + takes - last_interaction <= FREE_FOR


def route(facts: Facts, policy: Policy, now: datetime) -> Route:
    """Name the ways that a message may take now which is not free, or was not let through as one."""
    if not policy.may_cost:
        return Route((), "never")
    if not facts.is_news:
        return Route((), "none")
    if facts.is_in_doubt:
        return Route((), "doubt")
    possible = [Way.BILLED] if _is_billed(facts.last_interaction, now) else []
    if facts.template is not None:
        possible.append(Way.TEMPLATE)
        if facts.has_phone and facts.template.price_phone is not None:
            possible.append(Way.PHONE)
    payable = tuple(way for way in possible if facts.spent + price_of(way, facts, policy) <= policy.cap)
    return Route(payable, "cap" if possible and not payable else "none")


def _is_billed(last_interaction: datetime | None, now: datetime) -> bool:
    return last_interaction is not None and FREE_FOR < now - last_interaction <= BILLED_FOR


def price_of(way: Way, facts: Facts, policy: Policy) -> int:
    """Return what a way costs, in VND."""
    if way is Way.BILLED:
        return policy.billed_price * facts.parts
    if facts.template is None:
        return 0
    return facts.template.price if way is Way.TEMPLATE else facts.template.price_phone or 0


def until_day(now: datetime) -> timedelta:
    """Return how long a template has to wait for the day; nothing by day."""
    local = now.astimezone(LOCAL)
    if DAY_BEGINS <= local.hour < DAY_ENDS:
        return timedelta(0)
    begins = local.replace(hour=DAY_BEGINS, minute=0, second=0, microsecond=0)
    return (begins if begins > local else begins + timedelta(days=1)) - local


def until_next_day(now: datetime) -> timedelta:
    """Return how long it is until the numbers of a day begin anew."""
    local = now.astimezone(LOCAL)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1) - local
