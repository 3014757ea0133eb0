"""What goes wrong at the page, told plainly; and the headers that every answer carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from offices.errors import DomainError
from storage.database import StoreUnavailable
from storage.posted import FormRefused
from wording.catalogue import Catalogue, Param

POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
    "img-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'"
)
STATUS_OF_FORM = {"form_too_large": 413, "form_too_slow": 408, "too_many_files": 422}
RETRY_STORE = 10
"""Seconds after which a store that was away is asked again."""
RETRY_QUOTA = 3600
"""The same for an allowance that is spent, and for a disk that is full."""


@dataclass
class Problem(Exception):  # noqa: N818 - what a person is told, not a fault
    """A request that is answered with words of the page catalogue (`errors.<key>`).

    retry_after   seconds, None where trying again is no use
    new_token     the form is out of date: the page gets the token of this session
    alone         there is no chat page to show it on
    """

    status: int
    key: str
    params: Mapping[str, Param] = field(default_factory=dict)
    retry_after: int | None = None
    new_token: bool = False
    alone: bool = False


def problem_of(error: Exception, error_id: str) -> Problem:
    """Say how an error of a handler is told; `error_id` finds it in the log when it is ours."""
    match error:
        case Problem():
            return error
        case FormRefused():
            return Problem(STATUS_OF_FORM.get(error.key, 400), error.key, error.params)
        case StoreUnavailable() | OSError():
            return Problem(503, "store_away", retry_after=RETRY_STORE)
        case web.HTTPException() if error.status < 500:  # noqa: PLR2004 - what the client did
            return Problem(error.status, "not_found" if error.status == 404 else "form_broken", alone=True)  # noqa: PLR2004
    return Problem(500, "failed", {"id": error_id})


def refused_file(why: DomainError) -> Problem:
    """Say how a file that was not kept is told: the words come from `why`, here is when to try again."""
    match why.key:
        case "too_fast":
            return Problem(429, "file", retry_after=int(str(why.params["seconds"])))
        case "upload_quota":
            return Problem(429, "file", retry_after=RETRY_QUOTA)
        case "storage_full":
            return Problem(503, "file", retry_after=RETRY_QUOTA)
    return Problem(422, "file")


def words_of(problem: Problem, catalogue: Catalogue, language: str) -> str:
    """Put a problem into words."""
    return catalogue.text(f"errors.{problem.key}", language, problem.params)


def words_of_file(name: str, why: DomainError, catalogue: Catalogue, language: str) -> str:
    """Put into words why a file was not taken."""
    reason = catalogue.text(f"errors.{why.key}", language, why.params)
    return catalogue.text("errors.file", language, {"name": name[:80], "why": reason})


def see_other(address: str) -> web.Response:
    """Lead the browser on, by GET whatever it came with."""
    return web.Response(status=303, headers={"Location": address})


def secure_headers(*, https: bool) -> dict[str, str]:
    """Return the headers of every page: nothing of others runs in it, nothing of it is kept or told."""
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
