"""Slips with rating codes, printed at the counter: QR code, link and the code to be typed."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from admin.calls import Call
from admin.forms import Form
from admin.pages import Page
from admin.problems import words_of
from admin.qr import Code, code_of
from offices.counters import may_give_slip
from offices.errors import DomainError
from offices.fields import Field, Scope
from offices.units import Unit
from storage import slips
from storage.slips import Giving, Slip, SlipsRefusedError, Wanted
from surveys.tokens import shown

SECTION = "slips"
PATH = "/admin/slips"


@dataclass(frozen=True)
class SlipsPage(Page):
    """The form; `faults` are the dossiers for which there can be no slip, with the reason."""

    units: Sequence[Unit]
    fields: Sequence[Field]
    most: int
    typed: Form
    problem: str = ""
    faults: Sequence[tuple[str, str]] = ()
    template: ClassVar[str] = "slips.html"


@dataclass(frozen=True)
class PrintedSlip:
    """One slip as it is printed; `code` is what people type."""

    slip: Slip
    unit: Unit
    code: str
    address: str
    qr: Code


@dataclass(frozen=True)
class SlipSheet(Page):
    """Slips to be printed; `bot` is the name of the Telegram bot, `zalo` the account's address, where there is one.

    back, from_where  address and name of the page that they were asked for on
    """

    printed: Sequence[PrintedSlip]
    back: str
    from_where: str
    chat: str
    bot: str | None
    zalo: str | None
    template: ClassVar[str] = "slip_sheet.html"


async def show(call: Call) -> web.StreamResponse:
    """Show the form."""
    return call.page(_page(call, Form()), SECTION)


async def give(call: Call) -> web.StreamResponse:
    """Give the slips out and show them, once: their codes stand in this answer only."""
    form = call.form
    wanted = Wanted(
        form.text("dossiers").splitlines(), form.text("unit"), form.text("field"), assisted=bool(form.text("assisted"))
    )
    giving = Giving(call.me, call.reference, call.context.token_key, call.now, secrets.randbits)
    try:
        given = await call.write(lambda connection: slips.give_out(connection, giving, wanted))
    except SlipsRefusedError as refused:
        faults = [(each.typed, words_of(each.error, call.words, call.reference)) for each in refused.faults]
        return call.refused(_page(call, form, words_of(refused, call.words, call.reference), faults), SECTION)
    except DomainError as error:
        return call.refused(_page(call, form, words_of(error, call.words, call.reference)), SECTION)
    return call.page(sheet_of(call, given, PATH, "slips"), SECTION)


def sheet_of(call: Call, given: Sequence[Slip], back: str, section: str) -> SlipSheet:
    """Make the page that slips are printed from."""
    settings = call.context.settings
    zalo = f"zalo.me/{settings.zalo_account}" if settings.zalo_account else None
    printed = [_printed(call, slip) for slip in given]
    where = call.words.t(f"nav.{section}")
    return SlipSheet(printed, back, where, f"{settings.public_url}/chat", settings.telegram_bot(), zalo)


def _printed(call: Call, slip: Slip) -> PrintedSlip:
    address = f"{call.context.settings.public_url}/r/{slip.token}"
    unit = call.reference.directory.unit(slip.visit.unit)
    return PrintedSlip(slip, unit, shown(slip.token), address, code_of(address))


def _page(call: Call, form: Form, problem: str = "", faults: Sequence[tuple[str, str]] = ()) -> SlipsPage:
    directory = call.reference.directory
    return SlipsPage(
        units=[unit for unit in directory.on(call.today) if may_give_slip(call.me, unit.code, directory, call.today)],
        fields=[each for each in call.reference.fields if each.scope is Scope.ADMINISTRATIVE],
        most=slips.MOST,
        typed=form,
        problem=problem,
        faults=faults,
    )
