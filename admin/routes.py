"""The whole URL table of the office's pages and the portal: method, path, view, and who may come in."""

from aiohttp import web

from admin.auth.door import Door
from admin.calls import Section
from admin.context import AdminContext
from admin.pages import NavItem
from admin.site import Route, Site
from admin.views import (
    absent,
    audit,
    broadcast_drafts,
    broadcasts,
    comparison,
    dashboard,
    dead_letters,
    estimate,
    exports,
    files,
    integrity,
    invitations,
    me,
    periods,
    petition,
    portal,
    posters,
    questionnaire_drafts,
    questionnaire_publishing,
    questionnaires,
    queue,
    results,
    sign_in,
    slips,
    staff,
    static,
    units,
)
from offices.staff import Right

POSTERS = frozenset({Right.MANAGE_UNITS, Right.TRIAGE, Right.APPROVE})

QUESTIONNAIRES = frozenset({Right.MANAGE_SURVEYS, Right.SEE_FIGURES})
DRAFT = f"{questionnaires.PATH}/drafts/{{draft}}"

URLS: tuple[Route, ...] = (
    Route("GET", "/", portal.show, Door.PUBLIC),
    Route("GET", "/p", portal.look_up, Door.PUBLIC),
    Route("GET", "/p/{code}", portal.state, Door.PUBLIC),
    Route("POST", "/language", sign_in.speak, Door.PUBLIC),
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
    Route("GET", "/admin/comparison", comparison.show, Right.SEE_FIGURES),
    Route("GET", "/admin/estimate", estimate.show, Right.SEE_FIGURES),
    Route("GET", "/admin/invitations", invitations.show, Right.SEE_FIGURES),
    Route("GET", "/admin/integrity", integrity.show, Right.REVIEW_RATINGS),
    Route("POST", "/admin/integrity/check", integrity.ask, Right.REVIEW_RATINGS),
    Route("POST", "/admin/integrity/review", integrity.decide, Right.REVIEW_RATINGS),
    Route("GET", "/admin/periods", periods.show_all, Right.SEE_PERIODS),
    Route("GET", "/admin/periods/{plan}/{report}/{year}", periods.show, Right.SEE_PERIODS),
    Route("POST", "/admin/periods/{plan}/{report}/{year}", periods.close, Right.CLOSE_PERIODS),
    Route("GET", "/admin/periods/{plan}/{report}/{year}/{revision}.{ending}", periods.download, Right.SEE_PERIODS),
    Route("GET", "/admin/petitions", queue.show, Right.SEE_CASES),
    Route("GET", "/admin/petitions/{code}", petition.show, Right.SEE_CASES),
    Route("GET", "/admin/petitions/{code}/files/{ref}", files.download, Right.SEE_CASES),
    Route("POST", "/admin/petitions/{code}/identity", petition.reveal, Right.REVEAL_IDENTITY),
    Route("POST", "/admin/petitions/{code}/{event}", petition.take, Right.SEE_CASES),
    Route("GET", "/admin/broadcasts", broadcasts.show_all, Right.BROADCAST),
    Route("POST", "/admin/broadcasts", broadcast_drafts.write, Right.BROADCAST),
    Route("GET", "/admin/broadcasts/new", broadcast_drafts.new, Right.BROADCAST),
    Route("GET", "/admin/broadcasts/{number}", broadcasts.show, Right.BROADCAST),
    Route("GET", "/admin/broadcasts/{number}/edit", broadcast_drafts.edit, Right.BROADCAST),
    Route("POST", "/admin/broadcasts/{number}/edit", broadcast_drafts.change, Right.BROADCAST),
    Route("POST", "/admin/broadcasts/{number}/{step}", broadcasts.take, Right.BROADCAST),
    Route("GET", exports.PATH, exports.show, Right.EXPORT),
    Route("POST", f"{exports.PATH}/{{subject}}.{{ending}}", exports.order, Right.EXPORT),
    Route("GET", f"{exports.PATH}/{{number}}", exports.follow, Right.EXPORT),
    Route("GET", f"{exports.PATH}/{{number}}/file", exports.download, Right.EXPORT),
    Route("POST", f"{exports.PATH}/{{number}}/{{step}}", exports.take, Right.EXPORT),
    Route("GET", results.PATH, results.show, Right.APPROVE),
    Route("POST", results.PATH, results.write, Right.APPROVE),
    Route("GET", "/admin/slips", slips.show, Right.GIVE_SLIPS),
    Route("POST", "/admin/slips", slips.give, Right.GIVE_SLIPS),
    Route("GET", "/admin/posters", posters.show_all, POSTERS),
    Route("GET", "/admin/posters/{unit}", posters.show, POSTERS),
    Route("GET", questionnaires.PATH, questionnaires.show_all, QUESTIONNAIRES),
    Route("GET", f"{questionnaires.PATH}/compare", questionnaires.show_difference, QUESTIONNAIRES),
    Route("POST", f"{questionnaires.PATH}/drafts", questionnaire_drafts.begin, Right.MANAGE_SURVEYS),
    Route("GET", DRAFT, questionnaire_drafts.edit, Right.MANAGE_SURVEYS),
    Route("POST", DRAFT, questionnaire_drafts.save, Right.MANAGE_SURVEYS),
    Route("GET", f"{DRAFT}/text", questionnaire_drafts.edit_text, Right.MANAGE_SURVEYS),
    Route("POST", f"{DRAFT}/text", questionnaire_drafts.save_text, Right.MANAGE_SURVEYS),
    Route("GET", f"{DRAFT}/publish", questionnaire_publishing.review, Right.MANAGE_SURVEYS),
    Route("POST", f"{DRAFT}/publish", questionnaire_publishing.publish, Right.MANAGE_SURVEYS),
    Route("POST", f"{DRAFT}/discard", questionnaire_drafts.discard, Right.MANAGE_SURVEYS),
    Route("GET", f"{questionnaires.PATH}/{{code}}/{{version}}", questionnaires.show, QUESTIONNAIRES),
    Route("GET", "/admin/units", units.show, Right.MANAGE_UNITS),
    Route("POST", "/admin/units/{change}", units.change, Right.MANAGE_UNITS),
    Route("POST", "/admin/units/{change}/again", units.again, Right.MANAGE_UNITS),
    Route("GET", "/admin/staff", staff.show_all, Right.MANAGE_STAFF),
    Route("POST", "/admin/staff", staff.add, Right.MANAGE_STAFF),
    Route("GET", "/admin/staff/{staff}", staff.show, Right.MANAGE_STAFF),
    Route("POST", "/admin/staff/{staff}/move", staff.move, Right.MANAGE_STAFF),
    Route("POST", "/admin/staff/{staff}/active", staff.set_active, Right.MANAGE_STAFF),
    Route("POST", "/admin/staff/{staff}/password", staff.reset_password, Right.MANAGE_STAFF),
    Route("POST", "/admin/staff/{staff}/unlink", staff.unlink, Right.MANAGE_STAFF),
    Route("GET", "/admin/dead-letters", dead_letters.show, Right.MANAGE_CHANNELS),
    Route("POST", "/admin/dead-letters/retry-all", dead_letters.retry_all, Right.MANAGE_CHANNELS),
    Route("POST", "/admin/dead-letters/{letter}/{act}", dead_letters.act, Right.MANAGE_CHANNELS),
    Route("POST", "/admin/undelivered/{letter}/{act}", dead_letters.act_on_undelivered, Right.MANAGE_CHANNELS),
    Route("GET", "/admin/audit", audit.show, Right.SEE_AUDIT),
    Route("POST", "/admin/audit/verify", audit.verify, Right.SEE_AUDIT),
    Route("GET", "/admin/{rest:.*}", absent.show, Door.SIGNED_IN),
)

SECTIONS: tuple[Section, ...] = (
    Section(NavItem("dashboard", "/admin"), Door.SIGNED_IN),
    Section(NavItem("comparison", "/admin/comparison"), Right.SEE_FIGURES),
    Section(NavItem("estimate", "/admin/estimate"), Right.SEE_FIGURES),
    Section(NavItem("invitations", "/admin/invitations"), Right.SEE_FIGURES),
    Section(NavItem("integrity", "/admin/integrity"), Right.REVIEW_RATINGS),
    Section(NavItem("periods", "/admin/periods"), Right.SEE_PERIODS),
    Section(NavItem("petitions", "/admin/petitions"), Right.SEE_CASES),
    Section(NavItem("broadcasts", "/admin/broadcasts"), Right.BROADCAST),
    Section(NavItem("exports", exports.PATH), Right.EXPORT),
    Section(NavItem("results", results.PATH), Right.APPROVE),
    Section(NavItem("slips", "/admin/slips"), Right.GIVE_SLIPS),
    Section(NavItem("posters", "/admin/posters"), POSTERS),
    Section(NavItem("questionnaires", questionnaires.PATH), QUESTIONNAIRES),
    Section(NavItem("units", "/admin/units"), Right.MANAGE_UNITS),
    Section(NavItem("staff", "/admin/staff"), Right.MANAGE_STAFF),
    Section(NavItem("dead_letters", dead_letters.PATH), Right.MANAGE_CHANNELS),
    Section(NavItem("audit", "/admin/audit"), Right.SEE_AUDIT),
)


def admin_routes(context: AdminContext) -> list[web.RouteDef]:
    """Make the routes of all pages for the web server."""
    site = Site(context, SECTIONS)
    return [site.definition(route) for route in URLS]
