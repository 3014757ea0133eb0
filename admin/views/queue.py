"""The queue of petitions: filters, order, pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlencode

from aiohttp import web

from admin.calls import Call
from admin.pages import Page
from offices.staff import Right, may
from petitions.lifecycle import OPEN, Status
from petitions.names import names
from storage.petition_pages import Lateness, Order, Queue, Wanted, queue
from storage.reference import Reference

SECTION = "petitions"
EVERY = "all"


@dataclass(frozen=True)
class Paging:
    """Which page of how many."""

    number: int
    pages: int
    rows: int


@dataclass(frozen=True)
class QueuePage(Page):
    """The queue: `typed` is what the filters hold, `back` and `on` the addresses of the pages beside."""

    queue: Queue
    typed: dict[str, str]
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


@dataclass(frozen=True)
class QueueFragment(QueuePage):
    """The rows alone, for a browser that replaces only them."""

    template: ClassVar[str] = "queue_rows.html"


async def show(call: Call) -> web.StreamResponse:
    """Show a page of the queue; htmx is given the rows alone."""
    typed = {name: call.query(name) for name in ("status", "unit", "lateness", "text", "order")}
    wanted = wanted_of(typed, call.query("page"))
    found = await call.read(lambda connection: queue(connection, call.reference, call.me, wanted, call.now))
    is_fragment = call.request.headers.get("HX-Request") == "true"
    response = call.page(_page(call, typed, found, QueueFragment if is_fragment else QueuePage), SECTION)
    response.headers["Vary"] = "HX-Request, Cookie"
    return response


def wanted_of(typed: dict[str, str], page: str) -> Wanted:
    """Read the filters; what is not on the lists is left out, so an old address still opens."""
    return Wanted(
        statuses=_statuses(typed["status"]),
        unit=typed["unit"] or None,
        lateness=Lateness(typed["lateness"]) if typed["lateness"] in set(Lateness) else None,
        text=typed["text"][:200],
        order=Order(typed["order"]) if typed["order"] in set(Order) else Order.DUE,
        page=int(page) if page.isdecimal() and len(page) < 7 else 1,  # noqa: PLR2004 - a million pages are enough
    )


def _statuses(typed: str) -> tuple[Status, ...]:
    if typed == EVERY:
        return ()
    return (Status(typed),) if typed in set(Status) else OPEN


def _page(call: Call, typed: dict[str, str], found: Queue, kind: type[QueuePage]) -> QueuePage:
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
        latenesses=[("", t("common.all")), *((each.value, t(f"lateness.{each.value}")) for each in Lateness)],
        orders=[(each.value, t(f"queue.order_{each.value}")) for each in Order],
        paging=Paging(found.page, found.pages, found.total),
        back=f"/admin/petitions?{urlencode({**filters, 'page': found.page - 1})}",
        on=f"/admin/petitions?{urlencode({**filters, 'page': found.page + 1})}",
        now=call.now,
        reference=call.reference,
        is_filtered=bool(filters),
        status_names=dict(statuses),
    )
