"""Files to take along: ratings and petitions of a period, as CSV, as a workbook with its method, or as Parquet.

A small one comes at once. A large one is ordered: a process of its own writes it while a page tells how far it is.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call, see_other
from admin.pages import Page
from admin.periods import CUSTOM, Choice, Chosen, chosen_by, offered
from admin.problems import words_of
from admin.reports.export import KINDS, SHEETS, Made, count, make, note
from admin.reports.order import Order, order_for
from offices.errors import DomainError
from offices.staff import Right, rights
from storage import file_orders
from storage.file_orders import FileOrder, Wanted
from surveys.periods import days_period

SECTION = "exports"
PATH = "/admin/export"
TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
AT_ONCE = 2_000
"""Ratings or petitions of a file that is waited for: some 10,000 answers take a tenth of a second and more."""


@dataclass(frozen=True)
class ExportsPage(Page):
    """The choice of a file, and the large ones of the last days."""

    chosen: Chosen
    periods: Sequence[Choice]
    custom: str
    with_words: bool
    orders: Sequence[FileOrder]
    now: datetime
    problem: str = ""
    subjects: Sequence[str] = tuple(SHEETS)
    formats: Sequence[str] = KINDS
    template: ClassVar[str] = "exports.html"

    def standing(self, order: FileOrder) -> str:
        """Name the state of an order, as the catalogue's keys say it."""
        return standing(order, self.now)


@dataclass(frozen=True)
class OrderPage(Page):
    """One large file: how far it is, and what can be done with it."""

    order: FileOrder
    now: datetime
    problem: str = ""
    template: ClassVar[str] = "export.html"

    @property
    def state(self) -> str:
        """Where it stands, as the catalogue's keys say it."""
        return standing(self.order, self.now)


@dataclass(frozen=True)
class ProgressFragment(OrderPage):
    """How far it is alone, for a browser that replaces only that."""

    template: ClassVar[str] = "export_progress.html"


def standing(order: FileOrder, now: datetime) -> str:
    """Name the state of an order: one that was ready and is not kept any more is over."""
    return order.state.value if order.kept_until is None or order.is_there(now) else "over"


async def show(call: Call) -> web.StreamResponse:
    """Show what can be exported."""
    return call.page(await _choice(call), SECTION)


async def order(call: Call) -> web.StreamResponse:
    """Hand a small file over; order a large one. What was taken, by whom and how many rows is written down first."""
    subject, ending = call.part("subject"), call.part("ending")
    if subject not in SHEETS or ending not in TYPES:
        raise web.HTTPNotFound
    period = chosen_by(call).period
    asked = order_for(call.me, call.reference, call.words, call.now, period)
    if await call.read(lambda connection: count(connection, asked, subject, AT_ONCE + 1)) > AT_ONCE:
        return await _ordered(call, Wanted(subject, ending, period.start, period.end, call.words.language))
    async with call.context.limits.exports:
        made = await make(call.read, asked, subject, ending)
    return await _handed(call, made, asked, subject, ending)


async def follow(call: Call) -> web.StreamResponse:
    """Show how far a file is; htmx is given that alone, or told to show all anew once it has come to an end."""
    page = await _page(call, ProgressFragment if call.wants_fragment else OrderPage)
    return call.moving(page, page.state, SECTION)


async def take(call: Call) -> web.StreamResponse:
    """Stop a file that is under way, or order one anew that came to nothing or is not kept any more."""
    number, step = call.number("number"), call.part("step")
    if step == "again":
        return await _ordered(call, (await _mine(call)).wanted)
    if step != "cancel":
        raise web.HTTPNotFound
    await call.write(lambda connection: file_orders.cancel(connection, number, call.me, call.now))
    return see_other(f"{PATH}/{number}")


async def download(call: Call) -> web.StreamResponse:
    """Hand a large file over, for the rights that it was ordered with; each time it is written down first."""
    found = await _mine(call)
    if found.granted != file_orders.granted_to(call.me):
        return call.refused(OrderPage(found, call.now, call.words.t("exports.rights")), SECTION)
    file = await asyncio.to_thread(_open, call, found)
    if file is None:
        return call.refused(OrderPage(found, call.now, call.words.t("exports.gone")), SECTION)
    asked = order_for(call.me, call.reference, call.words, call.now, days_period(found.since, found.until))
    return await _handed(call, Made(file, found.rows or 0), asked, found.subject, found.ending)


async def _handed(call: Call, made: Made, asked: Order, subject: str, ending: str) -> web.Response:
    try:
        await call.write(
            lambda connection: note(connection, asked, actor=call.actor, subject=subject, ending=ending, rows=made.rows)
        )
    except BaseException:
        made.file.close()
        raise
    name = f"{subject}-{asked.period.start:%Y%m%d}-{asked.period.end:%Y%m%d}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=made.file, content_type=TYPES[ending], headers=headers)


async def _ordered(call: Call, wanted: Wanted) -> web.StreamResponse:
    try:
        number = await call.write(lambda connection: file_orders.order(connection, wanted, call.me, call.now))
    except DomainError as error:
        return call.refused(await _choice(call, words_of(error, call.words, call.reference)), SECTION)
    return see_other(f"{PATH}/{number}")


async def _choice(call: Call, problem: str = "") -> ExportsPage:
    chosen = chosen_by(call)
    orders = await call.read(lambda connection: file_orders.latest(connection, call.me))
    with_words = Right.SEE_CASES in rights(call.me)
    return ExportsPage(chosen, offered(call, chosen), CUSTOM, with_words, orders, call.now, problem)


async def _page(call: Call, kind: type[OrderPage]) -> OrderPage:
    return kind(await _mine(call), call.now)


async def _mine(call: Call) -> FileOrder:
    """Return the order of the address, if it is the reader's own."""

    def look(connection: Connection) -> FileOrder | None:
        return file_orders.of(connection, call.number("number"), call.me)

    found = await call.read(look)
    if found is None:
        raise web.HTTPNotFound
    return found


def _open(call: Call, found: FileOrder) -> BufferedReader | None:
    folder, name = call.context.exports, found.file_name
    if folder is None or name is None or not found.is_there(call.now):
        return None
    try:
        return (folder / name).open("rb")
    except FileNotFoundError:
        return None
