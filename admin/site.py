"""From a route to its handler: who asks, the door, the form, the view, the errors, the headers."""

import logging
from collections.abc import Awaitable, Callable, Container
from dataclasses import dataclass, replace
from functools import partial

from aiohttp import web
from sqlalchemy import Connection

from admin.alarms import alarms_for
from admin.auth import cookies
from admin.auth.door import Access, Door, may_enter
from admin.auth.forgery import is_own_form
from admin.calls import Call, Section, see_other
from admin.context import AdminContext
from admin.forms import Form, read_form, read_form_with_files, read_texts
from admin.headers import protect
from admin.problems import RETRY_SECONDS, answer_error, place_of, problem, typed
from admin.words import Words
from petitions.answering import LARGEST_FILE, MOST_FILES
from storage import channel_states, sessions
from storage.channel_states import ChannelState
from storage.reference import Reference
from storage.sessions import Session
from wording.catalogue import DEFAULT_LANGUAGE

log = logging.getLogger(__name__)

View = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Route:
    """One line of the URL table.

    takes_files  its form may bring files
    """

    method: str
    path: str
    view: View
    access: Access
    takes_files: bool = False


@dataclass(frozen=True)
class Site:
    """All pages over one context.

    pages  paths of the routes that show a page
    """

    context: AdminContext
    sections: tuple[Section, ...]
    pages: frozenset[str]

    def definition(self, route: Route) -> web.RouteDef:
        """Make the route of the web server."""

        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._answer(route, request)

        return web.route(route.method, route.path, answer)

    async def _answer(self, route: Route, request: web.Request) -> web.StreamResponse:
        try:
            call = await self._call(route, request)
        except Exception:  # before it is known who asks, there is only one thing to say
            log.exception("%s could not begin", place_of(request))
            return self._protected(_store_away())
        try:
            response = await self._through_door(route, call)
        except Exception as error:  # noqa: BLE001 - the outermost edge: nothing may come out but a page
            response = answer_error(call, error)
        if call.session is None:
            self._remember_visitor(request, response, call.token)
        return self._protected(response)

    async def _call(self, route: Route, request: web.Request) -> Call:
        """Find out who asks, with one look at the store; the session is touched when it was idle for a while."""
        context, now = self.context, self.context.clock()
        is_https = context.settings.is_https
        token = cookies.cookie_of(request, cookies.SESSION, is_https=is_https)

        def look(connection: Connection) -> tuple[Session | None, Reference, list[ChannelState]]:
            session = sessions.find(connection, token, now) if token else None
            states = channel_states.every(connection) if session else []
            return session, context.reference.refresh(connection), states

        session, reference, states = await context.database.read(look)
        if session and sessions.is_stale(session, now):
            await context.database.write(lambda connection: sessions.touch(connection, session, now))
        visitor = cookies.cookie_of(request, cookies.VISITOR, is_https=is_https) or cookies.new_visitor()
        language = cookies.cookie_of(request, cookies.LANGUAGE, is_https=is_https) or DEFAULT_LANGUAGE
        words = Words(context.catalogue, language if language in context.catalogue.languages else DEFAULT_LANGUAGE)
        refuses = context.database.pulse.refuses
        return Call(
            request=request,
            context=context,
            reference=reference,
            words=words,
            alarms=alarms_for(session.staff, states, words, now, refuses=refuses) if session else (),
            now=now,
            token=token if session and token else visitor,
            address=address_of_page(request, parts_below(route.path, self.pages)),
            sections=self.sections,
            session=session,
        )

    async def _through_door(self, route: Route, call: Call) -> web.StreamResponse:
        if route.access is not Door.PUBLIC and call.session is None:
            return await _to_sign_in(call)
        if call.session and not may_enter(route.access, call.session.staff):
            return problem(call, 403)
        if route.method != "POST":
            return await route.view(call)
        form = await self._form(route, call)
        filled = replace(call, form=form)
        if not self._is_own(call, form):
            return problem(filled, 403, call.words.t("problem.forged"))
        try:
            return await route.view(filled)
        except Exception as error:  # noqa: BLE001 - with the form at hand, so that its texts are not lost
            return answer_error(filled, error)

    async def _form(self, route: Route, call: Call) -> Form:
        store = self.context.files
        if not route.takes_files or store is None:
            return await read_form(call.request)
        is_own = partial(self._is_own, call)
        return await read_form_with_files(call.request, is_own, store, most=MOST_FILES, largest=LARGEST_FILE)

    def _is_own(self, call: Call, form: Form) -> bool:
        return is_own_form(call.request, call.token, form.raw("form_token"), self.context.settings.public_url)

    def _remember_visitor(self, request: web.Request, response: web.StreamResponse, visitor: str) -> None:
        is_https = self.context.settings.is_https
        known = cookies.cookie_of(request, cookies.VISITOR, is_https=is_https)
        name = cookies.cookie_name(cookies.VISITOR, is_https=is_https)
        if known is None and name not in response.cookies and "text/html" in response.headers.get("Content-Type", ""):
            cookies.set_cookie(response, cookies.VISITOR, visitor, is_https=is_https)

    def _protected(self, response: web.StreamResponse) -> web.StreamResponse:
        if response.prepared:  # a file that was sent piece by piece, with its own headers
            return response
        protect(response, is_https=self.context.settings.is_https)
        return response


async def _to_sign_in(call: Call) -> web.Response:
    """Send a stranger to the door; after signing in he comes to the page he wanted, never to another site.

    Whose session ended over a long text is given it back first; whose press came to nothing is told so at the door.
    """
    if call.request.method == "POST":
        filled = replace(call, form=await read_texts(call.request))
        if typed(filled):
            return problem(filled, web.HTTPUnauthorized.status_code)
    if call.address == "/admin":
        return see_other("/admin/sign-in")
    missed = {"missed": "yes"} if call.request.method == "POST" else {}
    return see_other("/admin/sign-in", next=call.address, **missed)


def parts_below(path: str, pages: Container[str]) -> int:
    """Count the parts at the end of a route's path that are none of the page's above it.

    >>> parts_below("/admin/staff/{staff}/move", {"/admin", "/admin/staff/{staff}"})
    1
    """
    parts = path.split("/")
    return next((n for n in range(len(parts) - 1) if "/".join(parts[: len(parts) - n]) in pages), len(parts) - 1)


def address_of_page(request: web.Request, below: int) -> str:
    """Give the address of the page on which a request was made, with its query."""
    path, mark, query = request.path_qs.partition("?")
    parts = path.split("/")
    return ("/".join(parts[: len(parts) - below]) or "/") + mark + query


def _store_away() -> web.Response:
    """Say without the store, whose words may not even be loaded, that it is away."""
    vietnamese = "Hệ thống đang tạm ngừng. Xin Ông/Bà thử lại sau ít phút."
    english = "The service is briefly away. Please try again shortly."
    return web.Response(status=503, text=f"{vietnamese}\n{english}\n", headers={"Retry-After": RETRY_SECONDS})
