"""Handing a kept file to a browser, piece by piece."""

import logging

from aiohttp import hdrs, web

from storage.files import FileStore

log = logging.getLogger(__name__)


async def serve_file(request: web.Request, response: web.StreamResponse, store: FileStore, ref: str) -> None:
    """Send a file as what `response` holds; the answer begins with the first piece.

    Raises FileNotFoundError for one that is gone and OSError for one that cannot be read, as long as nothing is out.
    Later only a connection that breaks off tells the browser that what it has is not all.
    """
    try:
        async for piece in store.read(ref):
            if not response.prepared:
                await response.prepare(request)
            if request.method == hdrs.METH_HEAD:
                break
            await response.write(piece)
    except ConnectionError:
        return  # the browser has gone
    except OSError as error:
        if not response.prepared:
            raise
        log.error("a file could not be read to its end: %s", type(error).__name__)  # noqa: TRY400 - the disk's fault
        if request.transport is not None:
            request.transport.abort()
