"""Styles, scripts and pictures of the chat page, under names that hold a hash of their content."""

import hashlib
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from aiohttp import web

PREFIX = "/chat/static/"
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file that browsers may keep for good: another content has another name."""

    name: str
    body: bytes
    mime: str
    tag: str


class Assets:
    """The files of a folder, read once."""

    def __init__(self, folder: Traversable) -> None:
        """Read every file of `folder`."""
        self._by_plain_name = {file.name: _read(file) for file in folder.iterdir() if file.is_file()}
        self._by_name = {asset.name: asset for asset in self._by_plain_name.values()}

    def address(self, plain_name: str) -> str:
        """Return the address of `chat.css` as pages name it. Raises KeyError for a file that is not there."""
        return PREFIX + self._by_plain_name[plain_name].name

    def __iter__(self) -> Iterator[Asset]:
        return iter(self._by_name.values())

    async def serve(self, request: web.Request) -> web.Response:
        """Answer `GET /chat/static/{name}`."""
        asset = self._by_name.get(request.match_info["name"])
        if asset is None:
            return web.Response(status=404, headers={"X-Content-Type-Options": "nosniff"})
        headers = {"Cache-Control": FOREVER, "ETag": asset.tag, "X-Content-Type-Options": "nosniff"}
        if request.headers.get("If-None-Match") == asset.tag:
            return web.Response(status=304, headers=headers)
        charset = "utf-8" if asset.mime.startswith("text/") else None
        return web.Response(body=asset.body, content_type=asset.mime, charset=charset, headers=headers)


def _read(file: Traversable) -> Asset:
    body = file.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:12]
    stem, _, ending = file.name.rpartition(".")
    mime = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Asset(f"{stem}.{digest}.{ending}", body, mime, f'"{digest}"')
