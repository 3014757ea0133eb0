"""Posters to print: QR codes that open the rating of a unit, by the quick questionnaire or another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from admin.calls import Call
from admin.pages import Page
from admin.qr import Code, code_of
from offices.links import LONGEST_PARAMETER, questionnaire_parameter, unit_parameter
from offices.units import Unit
from surveys.questionnaires import Questionnaire

SECTION = "posters"
USUAL = "quick"
"""The questionnaire of a link that names none."""


@dataclass(frozen=True)
class Link:
    """One way to the rating: its text is `posters.<key>`."""

    key: str
    address: str
    code: Code


@dataclass(frozen=True)
class PostersPage(Page):
    """The units to choose from."""

    units: Sequence[Unit]
    template: ClassVar[str] = "posters.html"


@dataclass(frozen=True)
class PosterPage(Page):
    """One poster."""

    unit: Unit
    links: Sequence[Link]
    asked: Questionnaire
    others: Sequence[Questionnaire]
    template: ClassVar[str] = "poster.html"


async def show_all(call: Call) -> web.StreamResponse:
    """Show the units of today."""
    return call.page(PostersPage(call.reference.directory.on(call.today)), SECTION)


async def show(call: Call) -> web.StreamResponse:
    """Show the poster of a unit that exists today."""
    unit = call.reference.directory.unit(call.part("unit"))
    if not unit.exists_on(call.today):
        raise web.HTTPNotFound
    offered = {each.code: each for each in call.reference.questionnaires.asked_of_visits(call.today)}
    asked = offered.get(call.query("questionnaire") or USUAL)
    if asked is None:
        raise web.HTTPNotFound
    others = [each for each in offered.values() if each is not asked]
    return call.page(PosterPage(unit, links_to(call, unit, asked.code), asked, others), SECTION)


def links_to(call: Call, unit: Unit, questionnaire: str) -> list[Link]:
    """List the ways to rate a unit: the web page always, Telegram where there is a bot and the link is short enough."""
    usual = questionnaire == USUAL
    start = unit_parameter(unit.code) if usual else questionnaire_parameter(questionnaire, unit.code)
    settings = call.context.settings
    ways = [("web", f"{settings.public_url}/chat?start={start}")]
    bot = settings.telegram_bot()
    if bot and len(start) <= LONGEST_PARAMETER:
        ways.append(("telegram", f"https://t.me/{bot}?start={start}"))
    return [Link(key, address, code_of(address)) for key, address in ways]
