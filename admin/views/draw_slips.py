"""Codes of a draw for those whom no chat is known of: printed as slips or taken as a file, on record, shown once."""

import csv
import io

from aiohttp import web

from admin.calls import Call
from admin.problems import words_of
from admin.views.invitations import MOST_ROWS, MOST_SLIPS, PATH, SECTION, page_of, place_of
from admin.views.slips import sheet_of
from offices.errors import DomainError
from storage import invitations, slips
from storage.draws import Ordered
from storage.invitations import Printing, Slip
from surveys.tokens import shown
from wording.formats import LOCAL

_COLUMNS = ("unit", "field", "level", "dossier", "code", "link", "until")


async def give(call: Call) -> web.StreamResponse:
    """Give codes out and show them, once: they stand in this answer only."""
    number, form = call.number("number"), call.form
    is_file = form.text("as") == "csv"
    wanted = Printing(form.text("unit"), bool(form.text("again")), MOST_ROWS if is_file else MOST_SLIPS)
    key, by = call.context.token_key, Ordered(call.now, call.actor)
    try:
        given = await call.write(
            lambda connection: invitations.print_slips(connection, number, key, by, wanted),
        )
    except DomainError as error:
        problem = words_of(error, call.words, call.reference)
        page = await call.read(lambda connection: page_of(call, connection, None, problem, number))
        return call.refused(page, SECTION)
    if is_file:
        name = f"ma-danh-gia-{number}-{call.now.astimezone(LOCAL):%Y%m%d-%H%M}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=_file(call, given), content_type="text/csv", charset="utf-8", headers=headers)
    printed = [slips.Slip(invitations.visit_of(each.dossier), each.token, each.expires_at) for each in given]
    return call.page(sheet_of(call, printed, f"{PATH}?draw={number}", SECTION), SECTION)


def _file(call: Call, given: list[Slip]) -> bytes:
    """Write a line for each code, UTF-8 with BOM and CRLF, under the names of the columns."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([call.words.t(f"invitations.column_{name}") for name in _COLUMNS])
    for each in given:
        link = f"{call.context.settings.public_url}/r/{each.token}"
        until = each.expires_at.astimezone(LOCAL).date().isoformat()
        writer.writerow([*place_of(call, each.dossier.stratum), each.dossier.code, shown(each.token), link, until])
    return written.getvalue().encode("utf-8-sig")
