"""The parameters of a Bot API call, from a query, a form, a multipart body or JSON."""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.fakes.telegram.errors import Refused, bad_request


@dataclass(frozen=True)
class Upload:
    """A file that came with the call."""

    name: str
    mime: str
    content: bytes


@dataclass
class Params:
    """Named values as they came (text in forms), with typed readers that refuse as the server does."""

    values: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """Return a text, None when it is missing."""
        value = self.values.get(name)
        return None if value is None else str(value)

    def number(self, name: str, default: int | None = None) -> int:
        """Return a whole number. Raises Refused 400 when it is missing without a default, or none."""
        try:
            return int(str(self.values.get(name, default)))
        except ValueError as error:
            raise bad_request(f"invalid {name} specified") from error

    def flag(self, name: str) -> bool:
        """Return a truth value; missing means no."""
        return str(self.values.get(name, "")).lower() in {"true", "1"}

    def structure(self, name: str) -> Any:
        """Return a JSON value, parsed when it came as text; None when it is missing."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise bad_request(f"can't parse {name} JSON object") from error


async def read_params(request: web.Request) -> Params:
    """Return the parameters of a request. Raises Refused 400 for JSON that is none or not an object."""
    params = Params(dict(request.query))
    if request.content_type == "application/json":
        await _add_json(params, request)
    elif request.content_type == "multipart/form-data":
        await _add_parts(params, request)
    elif request.can_read_body:
        params.values.update(await request.post())
    return params


async def _add_parts(params: Params, request: web.Request) -> None:
    """Add the parts of a form with files, held in memory: nothing is left behind by one that breaks off."""
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        name, content = part.name or "", bytes(await part.read())
        if part.filename is None:
            params.values[name] = content.decode()
        else:
            mime = part.headers.get("Content-Type", "application/octet-stream")
            params.uploads[name] = Upload(part.filename, mime, content)


async def _add_json(params: Params, request: web.Request) -> None:
    """Add the members of a JSON body."""
    try:
        given = json.loads(await request.read())
    except ValueError as error:
        raise Refused(400, "Bad Request: can't parse JSON object") from error
    if not isinstance(given, dict):
        raise bad_request("JSON object expected")
    params.values.update(given)
