"""The audit trail: its entries, latest first, and whether the chain is whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call
from admin.pages import Page
from admin.words import Words
from petitions.names import names
from storage import audit, pages
from storage.audit import Fault
from storage.pages import AuditEntry

SECTION = "audit"
PAGE = 50


@dataclass(frozen=True)
class Check:
    """The outcome of recomputing the chain."""

    entries: int
    fault: Fault | None


@dataclass(frozen=True)
class AuditPage(Page):
    """Some entries; `before` is the number to go on from, None at the end."""

    entries: Sequence[AuditEntry]
    people: Mapping[str, str]
    text: str
    before: int | None
    check: Check | None
    template: ClassVar[str] = "audit.html"

    @staticmethod
    def did(action: str, words: Words) -> str | None:
        """Say what an action was; None for one that only another version of the program records."""
        subject, _, step = action.partition(".")
        if subject == "petition" and step in names("event"):
            return words.name(names("event")[step])
        key = f"recorded.{action}"
        return words.t(key) if words.has(key) else None

    @staticmethod
    def written(value: object) -> str:
        """Write a detail: lists with commas, nothing as a dash."""
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return "–" if value is None else str(value)


async def show(call: Call) -> web.StreamResponse:
    """Show entries whose subject, action or actor begins with what was typed."""
    text, before = call.query("text")[:PAGE], call.query("before")
    start = int(before) if before.isdecimal() and len(before) <= len(str(2**62)) else None
    return call.page(await call.read(lambda connection: _page(connection, text, start)), SECTION)


async def verify(call: Call) -> web.StreamResponse:
    """Recompute the whole chain and say whether anything was changed, removed or reordered."""

    def look(connection: Connection) -> AuditPage:
        entries, fault = audit.verify(connection)
        return _page(connection, "", None, Check(entries, fault))

    return call.page(await call.read(look), SECTION)


def _page(connection: Connection, text: str, before: int | None, check: Check | None = None) -> AuditPage:
    entries = pages.audit_entries(connection, begins=text, before=before, limit=PAGE + 1)
    shown = entries[:PAGE]
    ids = {entry.actor: int(entry.actor[6:]) for entry in shown if entry.actor[6:].isdecimal()}
    names = pages.names_of_staff(connection, ids.values())
    people = {actor: names[number] for actor, number in ids.items() if number in names and actor.startswith("staff:")}
    return AuditPage(shown, people, text, shown[-1].seq if len(entries) > PAGE else None, check)
