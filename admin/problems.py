"""When a page cannot be given: plain words, a number to quote, and nothing about the inside."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from aiohttp import web

from admin.calls import Call
from admin.pages import Page
from admin.words import Words
from offices.errors import DomainError
from petitions.errors import ChangedMeanwhileError, NotFoundError, NotYoursError, WrongStatusError
from storage.database import StoreUnavailable
from storage.facts import Ref
from storage.reference import Reference

log = logging.getLogger(__name__)

RETRY_SECONDS = "10"
LONG_TEXT = 40

STATUS_OF: Mapping[type[DomainError], int] = {
    NotFoundError: 404,
    NotYoursError: 403,
    WrongStatusError: 409,
    ChangedMeanwhileError: 409,
}
NOT_FOUND_KEYS = frozenset({"unit_unknown", "staff_unknown", "field_unknown", "dead_letter_unknown"})
SETTLED_KEYS = frozenset({"dead_letter_settled", "undelivered_unknown"})
NAMED_FACTS = frozenset({"unit", "field", "status", "event", "reason"})
"""Facts of errors that are codes of something with a name; people read the name."""

TEXTS = {
    400: "bad",
    401: "signed_out",
    403: "forbidden",
    404: "absent",
    405: "absent",
    409: "conflict",
    413: "too_large",
    429: "too_many",
    503: "away",
}


@dataclass(frozen=True)
class Way:
    """A way on from a problem: its text is `problem.ways.<key>`."""

    key: str
    path: str


@dataclass(frozen=True)
class ProblemPage(Page):
    """Tells what went wrong; `typed` are the texts that must not be lost with the form."""

    title: str
    text: str
    id: str
    ways: Sequence[Way]
    typed: tuple[str, ...] = ()
    template: ClassVar[str] = "problem.html"


def status_of(error: DomainError) -> int:
    """Give the status of a refusal; whatever is not said otherwise is a form that was not accepted."""
    if error.key in NOT_FOUND_KEYS:
        return 404
    if error.key in SETTLED_KEYS:
        return 409
    return next((status for kind, status in STATUS_OF.items() if isinstance(error, kind)), 422)


def words_of(error: DomainError, words: Words, reference: Reference) -> str:
    """Put a refusal into words; codes of units, statuses and the like by their names."""
    key = f"errors.{error.key}"
    if not words.has(key):
        log.warning("no words for the refusal %s", error.key)
        return words.t("errors.other")
    facts = {
        name: reference.name_of(Ref(name, fact), words.language)
        if name in NAMED_FACTS and isinstance(fact, str)
        else fact
        for name, fact in error.params.items()
    }
    return words.t(key, **facts)


def place_of(request: web.Request) -> str:
    """Name the page of a request for the log: codes, links and numbers in its address are somebody's secrets."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else '-'}"


def problem(call: Call, status: int, text: str = "") -> web.Response:
    """Answer with a problem; `text` says more than the status does."""
    name = TEXTS.get(status, "failed")
    number = secrets.token_hex(4)
    log.info("problem %s: %s gave %s", number, place_of(call.request), status)
    page = ProblemPage(
        title=call.words.t(f"problem.{name}.title"),
        text=text or call.words.t(f"problem.{name}.text"),
        id=number,
        ways=ways_on(call, status),
        typed=typed(call),
    )
    response = call.page(page, status=status)
    if status in (429, 503):
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


def ways_on(call: Call, status: int) -> list[Way]:
    """List where to go from a problem, the best first: through the door, back to the page of the form, to the start."""
    start = Way("start", "/admin" if call.session else "/")
    if status == web.HTTPUnauthorized.status_code:
        return [Way("sign_in", f"/admin/sign-in?{urlencode({'next': call.address})}")]
    if call.request.method != "POST" or status == web.HTTPNotFound.status_code:
        return [start]
    return [Way("page", call.address), start]


def answer_error(call: Call, error: Exception) -> web.StreamResponse:
    """Turn an exception of a view into an answer; what nobody expected is logged with its number."""
    match error:
        case DomainError():
            return problem(call, status_of(error), words_of(error, call.words, call.reference))
        case StoreUnavailable():
            return problem(call, 503)
        case web.HTTPException():
            return problem(call, error.status) if error.status >= web.HTTPBadRequest.status_code else error
    log.error("%s failed", place_of(call.request), exc_info=error)
    return problem(call, 500)


def typed(call: Call) -> tuple[str, ...]:
    """List the longer texts of the form; short ones are typed again at once, passwords never shown."""
    named = ((name, value) for name, values in call.form.fields.items() for value in values)
    texts = (value for name, value in named if not name.startswith(("form_token", "password")))
    return tuple(text for text in texts if "\n" in text or len(text) > LONG_TEXT)
