"""Whom to call: petitions whose sender could not be told what happened, and what was told by telephone instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call, see_other
from admin.forms import read_number
from admin.pages import Page
from admin.paging import Paging, paging_of
from admin.problems import words_of
from offices.errors import DomainError
from offices.staff import Right, rights
from storage import call_list
from storage.call_list import LeftNumber, Untold
from storage.reference import Reference

SECTION = "calls"
PATH = "/admin/calls"
ROWS = 25


@dataclass(frozen=True)
class CallsPage(Page):
    """The list.

    sees_numbers  whether the reader may look at numbers that were left
    shown         the one that was asked for on this very request; its line may have gone to another page meanwhile
    """

    lines: Sequence[Untold]
    paging: Paging
    reference: Reference
    sees_numbers: bool
    shown: LeftNumber | None = None
    refusal: str = ""
    template: ClassVar[str] = "calls.html"

    @property
    def back(self) -> str:
        """The address of the page before."""
        return f"{PATH}?page={self.paging.number - 1}"

    @property
    def on(self) -> str:
        """The address of the page after."""
        return f"{PATH}?page={self.paging.number + 1}"


async def show(call: Call) -> web.StreamResponse:
    """Show who is to be told what."""
    return call.page(await call.read(lambda connection: _page(call, connection)), SECTION)


async def act(call: Call) -> web.StreamResponse:
    """Show a number, which is written down, or take a petition's news as told."""
    letter = call.number("letter")
    try:
        if call.part("act") == "number":
            return call.page(await call.write(lambda connection: _with_number(call, connection, letter)), SECTION)
        if call.part("act") == "told":
            directory = call.reference.directory
            await call.write(lambda c: call_list.tell(c, directory, call.me, letter, call.now))
            page = read_number(call.query("page")) or 1
            return see_other(PATH, done="told", **({"page": str(page)} if page > 1 else {}))
    except DomainError as error:
        refusal = words_of(error, call.words, call.reference)
        return call.refused(await call.read(lambda connection: _page(call, connection, refusal=refusal)), SECTION)
    raise web.HTTPNotFound


def _with_number(call: Call, connection: Connection, letter: int) -> CallsPage:
    directory, vault = call.reference.directory, call.context.vault
    shown = call_list.number_of(connection, directory, vault, call.me, letter, call.now)
    return _page(call, connection, shown)


def _page(call: Call, connection: Connection, shown: LeftNumber | None = None, refusal: str = "") -> CallsPage:
    directory = call.reference.directory
    paging = paging_of(call.query("page"), call_list.count(connection, directory, call.me, call.now), ROWS)
    skip = (paging.number - 1) * ROWS
    lines = call_list.some(connection, directory, call.me, call.now, skip=skip, limit=ROWS)
    sees = Right.REVEAL_IDENTITY in rights(call.me)
    return CallsPage(lines, paging, call.reference, sees, shown, refusal)
