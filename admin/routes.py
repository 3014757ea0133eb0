"""The whole URL table of the office's pages and the portal: method, path, view, and who may come in."""

from aiohttp import web

from admin.auth.door import Door
from admin.calls import Section
from admin.context import AdminContext
from admin.pages import NavItem
from admin.site import Route, Site
from admin.views import dashboard, exports, me, petition, queue, sign_in, static
from offices.staff import Right

URLS: tuple[Route, ...] = (
    Route("GET", "/admin/static/{name}", static.show, Door.PUBLIC),
    Route("GET", "/admin/sign-in", sign_in.show, Door.PUBLIC),
    Route("POST", "/admin/sign-in", sign_in.enter, Door.PUBLIC),
    Route("POST", "/admin/sign-out", sign_in.leave, Door.SIGNED_IN),
    Route("GET", "/admin/me", me.show, Door.SIGNED_IN),
    Route("POST", "/admin/me/password", me.change_password, Door.SIGNED_IN),
    Route("POST", "/admin/me/end-session", me.end_session, Door.SIGNED_IN),
    Route("POST", "/admin/me/code", me.make_code, Door.SIGNED_IN),
    Route("POST", "/admin/me/unlink", me.unlink, Door.SIGNED_IN),
    Route("GET", "/admin", dashboard.show, Door.SIGNED_IN),
    Route("GET", "/admin/petitions", queue.show, Right.SEE_CASES),
    Route("GET", "/admin/petitions/{code}", petition.show, Right.SEE_CASES),
    Route("POST", "/admin/petitions/{code}/identity", petition.reveal, Right.REVEAL_IDENTITY),
    Route("POST", "/admin/petitions/{code}/{event}", petition.take, Right.SEE_CASES),
    Route("GET", "/admin/export", exports.show, Right.EXPORT),
    Route("GET", "/admin/export/{subject}.{ending}", exports.download, Right.EXPORT),
    Route("POST", "/language", sign_in.speak, Door.PUBLIC),
)

SECTIONS: tuple[Section, ...] = (
    Section(NavItem("dashboard", "/admin"), Door.SIGNED_IN),
    Section(NavItem("petitions", "/admin/petitions"), Right.SEE_CASES),
    Section(NavItem("exports", "/admin/export"), Right.EXPORT),
)


def admin_routes(context: AdminContext) -> list[web.RouteDef]:
    """Make the routes of all pages for the web server."""
    site = Site(context, SECTIONS)
    return [site.definition(route) for route in URLS]
