"""Posters to print: QR codes that open the rating of a unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from admin.calls import Call
from admin.pages import Page
from admin.qr import Code, code_of
from offices.links import unit_parameter
from offices.units import Unit

SECTION = "posters"


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
    template: ClassVar[str] = "poster.html"


async def show_all(call: Call) -> web.StreamResponse:
    """Show the units of today."""
    return call.page(PostersPage(call.reference.directory.on(call.today)), SECTION)


async def show(call: Call) -> web.StreamResponse:
    """Show the poster of a unit that exists today."""
    unit = call.reference.directory.unit(call.part("unit"))
    if not unit.exists_on(call.today):
        raise web.HTTPNotFound
    return call.page(PosterPage(unit, links_to(call, unit)), SECTION)


def links_to(call: Call, unit: Unit) -> list[Link]:
    """List the ways to rate a unit: the web page always, Telegram where there is a bot."""
    start, settings = unit_parameter(unit.code), call.context.settings
    ways = [("web", f"{settings.public_url}/chat?start={start}")]
    bot = settings.telegram_bot()
    if bot:
        ways.append(("telegram", f"https://t.me/{bot}?start={start}"))
    return [Link(key, address, code_of(address)) for key, address in ways]
