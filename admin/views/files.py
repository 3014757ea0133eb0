"""Files of petitions: handed over after a look at the rights on each request, as a download, never opened in place."""

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call
from admin.headers import protect
from storage import pages
from storage.desks import petition_desk
from storage.pages import Attachment

SANDBOX = "default-src 'none'; sandbox"


async def download(call: Call) -> web.StreamResponse:
    """Send a file of a petition that the official may see."""
    store = call.context.files

    def look(connection: Connection) -> Attachment | None:
        petition = petition_desk(connection, call.reference, call.now).see(call.part("code"), call.me)
        return next((file for file in pages.files_of(connection, petition.id) if file.ref == call.part("ref")), None)

    file = await call.read(look)
    if file is None or store is None:
        raise web.HTTPNotFound
    response = web.StreamResponse()
    response.content_type = file.mime
    name = f"{call.part('code')}-{file.number}.{file.ref.rpartition('.')[2]}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    protect(response, is_https=call.context.settings.is_https)
    response.headers["Content-Security-Policy"] = SANDBOX
    try:
        await _send(call, response, file.ref)
    except FileNotFoundError:
        raise web.HTTPNotFound from None
    return response


async def _send(call: Call, response: web.StreamResponse, ref: str) -> None:
    """Send the pieces; the answer begins with the first one, so that a missing file is still told as such."""
    store = call.context.files
    if store is None:
        raise FileNotFoundError(ref)
    async for piece in store.read(ref):
        if not response.prepared:
            await response.prepare(call.request)
        await response.write(piece)
    if not response.prepared:
        await response.prepare(call.request)
    await response.write_eof()
