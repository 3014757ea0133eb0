"""Files of petitions: handed over after a look at the rights on each request, as a download, never opened in place."""

from collections.abc import Iterator

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call
from admin.headers import protect
from petitions.model import File, Petition
from storage import pages
from storage.desks import petition_desk
from storage.served import serve_file

SANDBOX = "default-src 'none'; sandbox"


async def download(call: Call) -> web.StreamResponse:
    """Send a file of a petition that the official may see."""
    store = call.context.files

    def look(connection: Connection) -> tuple[str, File] | None:
        desk = petition_desk(connection, call.reference, call.now)
        petition = desk.see(call.part("code"), call.me)
        return next(_named(connection, petition, call.part("ref")), None)

    found = await call.read(look)
    if found is None or store is None:
        raise web.HTTPNotFound
    name, file = found
    response = web.StreamResponse()
    response.content_type = file.mime
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    protect(response, is_https=call.context.settings.is_https)
    response.headers["Content-Security-Policy"] = SANDBOX
    try:
        await serve_file(call.request, response, store, file.ref)
    except FileNotFoundError:
        raise web.HTTPNotFound from None
    return response


def _named(connection: Connection, petition: Petition, ref: str) -> Iterator[tuple[str, File]]:
    """Find a file among those that the sender gave and those of the drafts; with its name for people.

    Who looks at a petition again reads the earlier answers in its history, and so their files.
    """
    for sent in pages.files_of(connection, petition.id):
        if sent.ref == ref:
            file = File(sent.ref, sent.mime, sent.size)
            yield file.name_for(petition.code, sent.number), file
    drafts = pages.draft_files_of(connection, petition.id)
    for step in sorted(drafts, key=lambda step: (step != petition.draft_step, step)):
        of_draft = "tra-loi" if step == petition.draft_step else f"du-thao-{step}"
        for number, file in enumerate(drafts[step], start=1):
            if file.ref == ref:
                yield file.name_for(f"{petition.code}-{of_draft}", number), file
