"""One request as the views see it: who asks, in which language, with which form; and how they answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection

from admin.auth.door import Access, may_enter
from admin.context import AdminContext
from admin.forms import Form, read_number
from admin.pages import Alarm, Frame, NavItem, Page
from admin.words import Words
from offices.staff import Staff
from storage.reference import Reference
from storage.sessions import Session, form_token
from wording.formats import LOCAL

T = TypeVar("T")


@dataclass(frozen=True)
class Section:
    """One entry of the navigation with the door of its first page."""

    item: NavItem
    access: Access


@dataclass(frozen=True)
class Call:
    """A request that has come through its door.

    token    the session's token, or the visitor's cookie: forms carry what is derived from it
    address  of the page that this is about: the request's own, for a form that of the page it stands on
    alarms   what does not work now, as far as it concerns who asks
    """

    request: web.Request
    context: AdminContext
    reference: Reference
    words: Words
    now: datetime
    token: str
    address: str
    sections: tuple[Section, ...] = ()
    session: Session | None = None
    alarms: tuple[Alarm, ...] = ()
    form: Form = field(default_factory=Form)

    @property
    def me(self) -> Staff:
        """The official who asks; only pages behind a door have one."""
        if self.session is None:
            raise web.HTTPForbidden
        return self.session.staff

    @property
    def actor(self) -> str:
        """The official as the audit trail names him."""
        return f"staff:{self.me.id}"

    @property
    def today(self) -> date:
        """The date in Vietnam."""
        return self.now.astimezone(LOCAL).date()

    def query(self, name: str) -> str:
        """Give a parameter of the address; a missing one is empty."""
        return self.request.query.get(name, "").strip()

    def part(self, name: str) -> str:
        """Give a part of the path."""
        return self.request.match_info[name]

    def number(self, name: str) -> int:
        """Give a part of the path that is the number of something; HTTPNotFound when it is none."""
        number = read_number(self.part(name))
        if number is None:
            raise web.HTTPNotFound
        return number

    async def read(self, job: Callable[[Connection], T]) -> T:
        """Read from the store."""
        return await self.context.database.read(job)

    async def write(self, job: Callable[[Connection], T]) -> T:
        """Change the store in one transaction."""
        return await self.context.database.write(job)

    def page(self, page: Page, section: str = "", status: int = 200) -> web.Response:
        """Answer with a page."""
        html = self.context.templates.html(page, frame_of(self, section))
        return web.Response(text=html, content_type="text/html", charset="utf-8", status=status)

    @property
    def wants_fragment(self) -> bool:
        """Whether htmx asks, which replaces only what moves on a page."""
        return self.request.headers.get("HX-Request") == "true"

    def moving(self, page: Page, state: str, section: str) -> web.Response:
        """Answer with what moves; htmx is told to show all anew once its state is not the one in the address."""
        response = self.page(page, section)
        if self.wants_fragment and state != self.query("state"):
            response.headers["HX-Refresh"] = "true"
        response.headers["Vary"] = "HX-Request, Cookie"
        return response

    def refused(self, page: Page, section: str = "") -> web.Response:
        """Answer with a form that was not accepted: what was typed stands in it again, with what is wrong."""
        return self.page(page, section, status=422)


def frame_of(call: Call, section: str) -> Frame:
    """Make what stands around a page for this reader."""
    directory = call.reference.directory
    official = call.session.staff if call.session else None
    unit = directory.unit(official.unit).name if official and official.unit in directory else None
    done = call.query("done")
    return Frame(
        words=call.words,
        reference=call.reference,
        authority=call.words.name(directory.unit(call.reference.root).name),
        path=call.address,
        form_token=form_token(call.token),
        section=section,
        navigation=[each.item for each in call.sections if official and may_enter(each.access, official)],
        person=official.name if official else None,
        unit=call.words.name(unit) if unit else None,
        done=done if call.words.has(f"done.{done}") else None,
        alarms=call.alarms,
    )


def see_other(path: str, **query: str) -> web.Response:
    """Send the browser on after a form was accepted, so that reloading does not send it again."""
    address = f"{path}?{urlencode(query)}" if query else path
    return web.Response(status=303, headers={"Location": address})
