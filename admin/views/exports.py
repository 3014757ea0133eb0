"""Files to take along: ratings and petitions of a period, as CSV, as a workbook with its method, or as Parquet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from admin.calls import Call
from admin.pages import Page
from admin.periods import CUSTOM, Choice, Chosen, chosen_by, offered
from admin.reports.export import make, note, order_of
from offices.staff import Right, rights

SECTION = "exports"
SUBJECTS = ("ratings", "petitions")
TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True)
class ExportsPage(Page):
    """The choice of a file."""

    chosen: Chosen
    periods: Sequence[Choice]
    custom: str
    with_words: bool
    subjects: Sequence[str] = SUBJECTS
    formats: Sequence[str] = tuple(TYPES)
    template: ClassVar[str] = "exports.html"


async def show(call: Call) -> web.StreamResponse:
    """Show what can be exported."""
    chosen = chosen_by(call)
    return call.page(ExportsPage(chosen, offered(call, chosen), CUSTOM, Right.SEE_CASES in rights(call.me)), SECTION)


async def download(call: Call) -> web.StreamResponse:
    """Hand a file over; what was taken, by whom and how many rows is written down first."""
    subject, ending = call.part("subject"), call.part("ending")
    if subject not in SUBJECTS or ending not in TYPES:
        raise web.HTTPNotFound
    period = chosen_by(call).period
    order = order_of(call, period)
    made = await make(call, order, subject, ending)
    await call.write(
        lambda connection: note(connection, order, actor=call.actor, subject=subject, ending=ending, rows=made.rows)
    )
    name = f"{subject}-{period.start:%Y%m%d}-{period.end:%Y%m%d}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=made.file, content_type=TYPES[ending], headers=headers)
