"""Serving the pages' own files."""

from aiohttp import web

from admin.calls import Call
from admin.static_files import static_files


async def show(call: Call) -> web.StreamResponse:
    """Give a file; the address of its very version may be kept for ever."""
    file = static_files().get(call.part("name"))
    if file is None:
        raise web.HTTPNotFound
    is_this_version = call.query("v") == file.digest[:12]
    response = web.Response(body=file.body, content_type=file.content_type, charset="utf-8")
    response.headers["ETag"] = f'"{file.digest[:16]}"'
    if is_this_version:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
