"""Pages that are loaded while the chat is served already: the office's and the portal's are a fifth of a start."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from aiohttp import web
from yarl import URL

from langnghe import collector

log = logging.getLogger(__name__)

LoadRoutes = Callable[[], Iterable[web.RouteDef]]


class LatePages(web.AbstractResource):
    """Stands in a router for all addresses that nothing else there has; a request that comes too early waits.

    load  imports what the pages need and returns their routes; called once, in a thread
    """

    def __init__(self, load: LoadRoutes) -> None:
        """Load nothing yet."""
        super().__init__()
        self._load = load
        self._loading: asyncio.Task[web.UrlDispatcher] | None = None

    def begin(self) -> "asyncio.Task[web.UrlDispatcher]":
        """Begin to load, unless that was done; after a failure the next request tries again."""
        if self._loading is None or (self._loading.done() and self._loading.exception()):
            self._loading = asyncio.create_task(self._loaded())
        return self._loading

    @property
    def is_loaded(self) -> bool:
        """Whether its pages are there."""
        loading = self._loading
        return loading is not None and loading.done() and not loading.cancelled() and loading.exception() is None

    async def stop(self) -> None:
        """Wait for the thread, which nobody can end."""
        if self._loading is not None:
            await asyncio.wait([self._loading])

    async def resolve(self, request: web.Request) -> tuple[web.UrlMappingMatchInfo | None, set[str]]:
        """Find the page of a request, or the methods that its address has."""
        router = await asyncio.shield(self.begin())
        found = await router.resolve(request)
        if found.http_exception is None:
            return found, set()
        refused = found.http_exception
        return None, set(refused.allowed_methods) if isinstance(refused, web.HTTPMethodNotAllowed) else set()

    async def _loaded(self) -> web.UrlDispatcher:
        try:
            routes = await asyncio.to_thread(self._load_quietly)
        except Exception:
            log.exception("the pages could not be loaded")
            raise
        router = web.UrlDispatcher()
        router.add_routes(routes)
        collector.settle()
        return router

    def _load_quietly(self) -> Iterable[web.RouteDef]:
        with collector.paused():
            return self._load()

    @property
    def canonical(self) -> str:
        """The address under which it stands."""
        return "/"

    def url_for(self, **_kwargs: str) -> URL:
        """Return its address."""
        return URL(self.canonical)

    def add_prefix(self, prefix: str) -> None:
        """Refuse: its pages name their own whole addresses. Raises RuntimeError."""
        raise RuntimeError(f"the pages stand at the root, they cannot move under {prefix}")

    def get_info(self) -> Any:
        """Say where it stands."""
        return {"path": self.canonical}

    def raw_match(self, path: str) -> bool:
        """Whether it was added for just this path."""
        return path == self.canonical

    def __len__(self) -> int:
        """Count its own routes: none, they are found when a request comes."""
        return 0

    def __iter__(self) -> Iterator[web.AbstractRoute]:
        """Go through no routes."""
        return iter(())
