"""What was sent with a form: texts by name, read once, with a limit, cleaned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from offices.words import clean

MOST_DIGITS = 15
FORM_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data"}


@dataclass(frozen=True)
class Form:
    """The fields of a form; a missing one is empty."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Give a field, cleaned."""
        return clean(self.raw(name))

    def raw(self, name: str) -> str:
        """Give a field as it came: passwords and tokens."""
        return (self.fields.get(name) or [""])[0]

    def texts(self, name: str) -> list[str]:
        """Give all values of a field that may come several times, such as checkboxes."""
        return [clean(value) for value in self.fields.get(name, ())]

    def number(self, name: str) -> int | None:
        """Give a whole number; None when it is none."""
        return read_number(self.raw(name))

    def day(self, name: str) -> date | None:
        """Give a date as browsers send it, "2026-11-21"; None when it is none."""
        return read_day(self.raw(name))


def read_number(text: str) -> int | None:
    """Read a whole number such as a key of the store; None when it is none, or larger than any key."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if is_number else None


def read_day(text: str) -> date | None:
    """Read an ISO date; None when it is none."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


async def read_form(request: web.Request) -> Form:
    """Read the form of a request; files in it are ignored. HTTPBadRequest when it cannot be read."""
    if request.content_type not in FORM_TYPES:
        raise web.HTTPBadRequest
    try:
        sent = await request.post()
    except (ValueError, LookupError, HttpProcessingError) as error:
        raise web.HTTPBadRequest from error
    fields: dict[str, list[str]] = {}
    for name, value in sent.items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    return Form(fields)
