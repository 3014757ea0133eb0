"""Live updates: who waits for lines of which chat, woken by one query for all of them."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bot.loops import news
from storage import web_messages
from storage.database import Database, StoreUnavailable

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between looks when this process writes nothing: another one may have written."""
TOGETHER = 0.05
"""Seconds in which the commits of a busy moment are looked at as one."""


class TooManyStreams(Exception):  # noqa: N818 - a state, said as one
    """No more pages can be kept up to date at once; the page asks again by itself."""


class Watcher:
    """One open page that waits for the lines of its chat."""

    def __init__(self) -> None:
        """Begin without news."""
        self.newest = 0
        self._news = asyncio.Event()

    def tell(self, newest: int) -> None:
        """Note the number of the chat's newest line."""
        if newest > self.newest:
            self.newest = newest
            self._news.set()

    def wake(self) -> None:
        """End the waiting without news."""
        self._news.set()

    async def wait(self, seconds: float) -> None:
        """Return when there is news, or after `seconds`."""
        await news(self._news, seconds)
        self._news.clear()


class LineWatch:
    """Wakes the pages whose chats have new lines; looks only while pages are open."""

    def __init__(self, database: Database, most: int) -> None:
        """Watch at most `most` pages at once."""
        self._database, self._most = database, most
        self._watchers: dict[int, set[Watcher]] = {}
        self._changed = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self.is_closing = False
        database.on_commit(self._changed.set)

    @contextmanager
    def watching(self, chat_id: int) -> Iterator[Watcher]:
        """Watch a chat while the block runs. Raises TooManyStreams."""
        if self.is_closing or sum(map(len, self._watchers.values())) >= self._most:
            raise TooManyStreams
        watcher = Watcher()
        self._watchers.setdefault(chat_id, set()).add(watcher)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield watcher
        finally:
            self._watchers[chat_id].discard(watcher)
            if not self._watchers[chat_id]:
                del self._watchers[chat_id]

    async def close(self) -> None:
        """Let every page go, so that the server can stop."""
        self.is_closing = True
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.wake()
        if self._looking:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    async def _look(self) -> None:
        while self._watchers:
            await news(self._changed, LOOK_EVERY)
            self._changed.clear()
            await self._tell_newest()
            await asyncio.sleep(TOGETHER)

    async def _tell_newest(self) -> None:
        chats = list(self._watchers)
        try:
            newest = await self._database.read(lambda connection: web_messages.newest(connection, chats))
        except StoreUnavailable:
            log.warning("the store is away: %d chat pages wait", len(chats))
            return
        for chat_id, line in newest.items():
            for watcher in self._watchers.get(chat_id, ()):
                watcher.tell(line)
