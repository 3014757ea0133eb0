"""The queue of petitions: filters, order, pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlencode

from aiohttp import web

from admin.calls import Call
from admin.forms import read_number
from admin.pages import Page
from admin.paging import Paging
from offices.staff import Right, may
from petitions.lifecycle import OPEN, Status
from petitions.names import names
from storage.petition_lists import Filter, Lateness, Listed, Order, listed
from storage.petition_lists import Page as Queue
from storage.reference import Reference

SECTION = "petitions"
EVERY = "all"
SOON = "soon"
SOON_IS = timedelta(days=3)
LATENESSES = (Lateness.LATE.value, SOON, Lateness.IN_TIME.value, Lateness.WAITING.value)
LONGEST_SEARCH = 200


@dataclass(frozen=True)
class QueuePage(Page):
    """The queue: `typed` is what the filters hold, `back` and `on` the addresses of the pages beside."""

    queue: Queue
    typed: Mapping[str, str]
    statuses: Sequence[tuple[str, str]]
    units: Sequence[tuple[str, str]]
    latenesses: Sequence[tuple[str, str]]
    orders: Sequence[tuple[str, str]]
    paging: Paging
    back: str
    on: str
    now: datetime
    reference: Reference
    is_filtered: bool
    status_names: Mapping[str, str]
    template: ClassVar[str] = "queue.html"

    def standing(self, line: Listed) -> str:
        """Say how a petition stands against its clock: late, soon, in_time, waiting, closed."""
        return standing(line, self.now)


@dataclass(frozen=True)
class QueueFragment(QueuePage):
    """The rows alone, for a browser that replaces only them."""

    template: ClassVar[str] = "queue_rows.html"


async def show(call: Call) -> web.StreamResponse:
    """Show a page of the queue; htmx is given the rows alone."""
    typed = {name: call.query(name) for name in ("status", "unit", "lateness", "text", "order")}
    wanted, order, page = wanted_of(typed, call.now), order_of(typed["order"]), read_number(call.query("page")) or 1
    directory = call.reference.directory
    found = await call.read(lambda connection: listed(connection, directory, call.me, call.now, wanted, page, order))
    is_fragment = call.request.headers.get("HX-Request") == "true"
    response = call.page(_page(call, typed, found, QueueFragment if is_fragment else QueuePage), SECTION)
    response.headers["Vary"] = "HX-Request, Cookie"
    return response


def wanted_of(typed: Mapping[str, str], now: datetime) -> Filter:
    """Read the filters; what is not on the lists is left out, so an old address still opens."""
    is_soon = typed["lateness"] == SOON
    lateness = Lateness(typed["lateness"]) if typed["lateness"] in set(Lateness) else None
    return Filter(
        statuses=_statuses(typed["status"]),
        lateness=Lateness.IN_TIME if is_soon else lateness,
        unit=typed["unit"] or None,
        words=typed["text"][:LONGEST_SEARCH],
        due_before=now + SOON_IS if is_soon else None,
    )


def order_of(typed: str) -> Order:
    """Read the order; what is not on the list is the order of urgency."""
    return Order(typed) if typed in set(Order) else Order.URGENCY


def standing(line: Listed, now: datetime) -> str:
    """Say how a petition stands: its lateness, and of those in time which are due within three days."""
    is_soon = line.lateness is Lateness.IN_TIME and line.late_from <= now + SOON_IS
    return SOON if is_soon else line.lateness.value


def _statuses(typed: str) -> tuple[Status, ...]:
    if typed == EVERY:
        return ()
    return (Status(typed),) if typed in set(Status) else OPEN


def _page(call: Call, typed: Mapping[str, str], found: Queue, kind: type[QueuePage]) -> QueuePage:
    language, t = call.words.language, call.words.t
    directory = call.reference.directory
    seen = [unit for unit in directory if may(call.me, Right.SEE_CASES, unit.code, directory, call.today)]
    filters = {name: value for name, value in typed.items() if value}
    statuses = [(code, label[language]) for code, label in names("status").items()]
    return kind(
        queue=found,
        typed=typed,
        statuses=[("", t("queue.open")), *statuses, (EVERY, t("common.all"))],
        units=[("", t("common.all")), *((unit.code, call.words.name(unit.short_name)) for unit in seen)],
        latenesses=[("", t("common.all")), *((each, t(f"lateness.{each}")) for each in LATENESSES)],
        orders=[(each.value, t(f"queue.order_{each.value}")) for each in Order],
        paging=Paging(found.number, found.pages, found.total),
        back=f"/admin/petitions?{urlencode({**filters, 'page': found.number - 1})}",
        on=f"/admin/petitions?{urlencode({**filters, 'page': found.number + 1})}",
        now=call.now,
        reference=call.reference,
        is_filtered=bool(filters),
        status_names=dict(statuses),
    )
