"""Posters to print: QR codes that open the rating of a unit, by the quick questionnaire or another."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from admin.calls import Call, see_other
from admin.pages import Page
from admin.qr import Code, code_of
from offices.links import LONGEST_PARAMETER, questionnaire_parameter, unit_parameter
from offices.units import Unit
from storage import entry_codes
from surveys.questionnaires import Questionnaire

SECTION = "posters"
USUAL = "quick"
"""The questionnaire of a link that names none."""


@dataclass(frozen=True)
class Link:
    """One way to the rating: its text is `posters.<key>`; `typed` is what has to be sent there, if anything."""

    key: str
    address: str
    code: Code
    typed: str = ""


@dataclass(frozen=True)
class PostersPage(Page):
    """The units to choose from."""

    units: Sequence[Unit]
    template: ClassVar[str] = "posters.html"


@dataclass(frozen=True)
class PosterPage(Page):
    """One poster; `wants_code` where Zalo is connected and the poster has no code for it yet."""

    unit: Unit
    links: Sequence[Link]
    asked: Questionnaire
    others: Sequence[Questionnaire]
    wants_code: bool
    template: ClassVar[str] = "poster.html"


async def show_all(call: Call) -> web.StreamResponse:
    """Show the units of today."""
    return call.page(PostersPage(call.reference.directory.on(call.today)), SECTION)


async def show(call: Call) -> web.StreamResponse:
    """Show the poster of a unit that exists today."""
    unit, asked, others = _chosen(call)
    typed = None
    if call.context.settings.zalo_account:
        start = start_of(unit, asked.code)
        typed = await call.read(lambda connection: entry_codes.of_start(connection, start))
    wants_code = bool(call.context.settings.zalo_account) and typed is None
    return call.page(PosterPage(unit, links_to(call, unit, asked.code, typed), asked, others, wants_code), SECTION)


async def make_code(call: Call) -> web.StreamResponse:
    """Make the code that is sent where a link carries nothing; a poster that has one keeps it."""
    unit, asked, _ = _chosen(call)
    start = start_of(unit, asked.code)
    await call.write(
        lambda connection: entry_codes.make(
            connection, start, actor=call.actor, now=call.now, random_bits=secrets.randbits
        )
    )
    return see_other(f"/admin/posters/{unit.code}", questionnaire=asked.code)


def _chosen(call: Call) -> tuple[Unit, Questionnaire, list[Questionnaire]]:
    """Return the unit and the questionnaire of the address, and the other ones. Raises HTTPNotFound."""
    unit = call.reference.directory.unit(call.part("unit"))
    if not unit.exists_on(call.today):
        raise web.HTTPNotFound
    offered = {each.code: each for each in call.reference.questionnaires.asked_of_visits(call.today)}
    asked = offered.get(call.query("questionnaire") or USUAL)
    if asked is None:
        raise web.HTTPNotFound
    return unit, asked, [each for each in offered.values() if each is not asked]


def start_of(unit: Unit, questionnaire: str) -> str:
    """Return what a link to the rating of a unit by a questionnaire carries."""
    if questionnaire == USUAL:
        return unit_parameter(unit.code)
    return questionnaire_parameter(questionnaire, unit.code)


def links_to(call: Call, unit: Unit, questionnaire: str, typed: str | None) -> list[Link]:
    """List the ways to rate a unit: the web page always, Telegram where there is a bot and the link is short enough.

    typed  the poster's code: with it there is a way by Zalo, over a page that says what to send
    """
    start = start_of(unit, questionnaire)
    settings = call.context.settings
    ways = [("web", f"{settings.public_url}/chat?start={start}", "")]
    bot = settings.telegram_bot()
    if bot and len(start) <= LONGEST_PARAMETER:
        ways.append(("telegram", f"https://t.me/{bot}?start={start}", ""))
    if typed:
        ways.append(("zalo", f"{settings.public_url}/r/{typed}", typed))
    return [Link(key, address, code_of(address), code) for key, address, code in ways]
