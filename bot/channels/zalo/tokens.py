"""The tokens of a Zalo Official Account, kept good by one process at a time.

Whoever finds the token refused or nearly over refreshes it, under a lease; everybody else waits for the pair that
follows. A refresh token can be used once: so what Zalo replied is on the disk before it is committed, and committed
before it is used; and where no reply came, the same token is tried again, for nobody knows whether Zalo took it. When
Zalo refuses it then, the pair is given up, and an administrator is called.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.channels.zalo.client import NoToken, Token
from bot.channels.zalo.http import NoAnswer, NotSent
from bot.channels.zalo.oauth import TOO_MANY, OAuthRefused, Reply, ZaloOAuth, pair_of
from bot.leasing import Held, Leasing, Steady, steady_seconds
from bot.loops import keep_going
from bot.messages import Clock
from storage import zalo_tokens
from storage.database import Database, StoreUnavailable
from storage.vault import Vault, VaultError
from storage.zalo_replies import ReplyJournal
from storage.zalo_tokens import Pair, TokenState

log = logging.getLogger(__name__)

CACHE_SECONDS = 60.0
YOUNG = timedelta(minutes=1)
"""A pair that is refused so soon after it came is not refreshed: the next one would be refused as well."""
PAUSES = (0.5, 1.5)
"""Between the tries of one refresh while no reply comes."""
WAIT_SECONDS = 25.0
"""How long a caller waits for the pair that follows: a message is under its own lease meanwhile."""
INSIST_SECONDS = 0.5
LOOK_SECONDS = 30.0
LAST_SECONDS = 5.0
"""How long the end of the process waits for a reply that is on its way."""


@dataclass(slots=True)
class TokenKeeper:
    """Gives tokens to the client and refreshes them; any number of processes may do so for one account.

    journal  where replies lie until they are committed; on this machine
    steady   a clock that nobody sets, for how long a token read from the store is believed
    """

    oa_id: str
    oauth: ZaloOAuth
    database: Database
    vault: Vault
    journal: ReplyJournal
    leasing: Leasing
    clock: Clock
    pauses: tuple[float, ...] = PAUSES
    steady: Steady = steady_seconds
    _known: tuple[Token, datetime, float] | None = None
    _task: "asyncio.Task[None] | None" = None
    _critical: set["asyncio.Task[None]"] = field(default_factory=set)

    async def run(self) -> None:
        """Refresh in good time until cancelled."""
        await keep_going("zalo token", self.round, partial(asyncio.sleep, LOOK_SECONDS))

    async def round(self) -> int:
        """Refresh the pair if its time has come, or commit one that a crash left in the journal; tell how it stands."""
        state = await self.state()
        if state is not None and (self._is_due(state) or await self._left_behind(state)):
            await self._renewed(state.version)
        now = self.clock()
        if await self.database.read(lambda c: zalo_tokens.is_news(c, self.oa_id, now)):
            await self.database.write(lambda c: zalo_tokens.note(c, self.oa_id, now))
        return 0

    async def close(self) -> None:
        """Wait a little for a reply that is on its way, and close the connections."""
        if waiting := [*self._critical, *([self._task] if self._task else [])]:
            await asyncio.wait(waiting, timeout=LAST_SECONDS)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await self.oauth.close()

    async def state(self) -> TokenState | None:
        """Return how the pair stands in the store."""
        return await self.database.read(lambda connection: zalo_tokens.look(connection, self.oa_id))

    async def current(self) -> Token:
        """Return the token in use. Raises NoToken; StoreUnavailable."""
        now = self.clock()
        if self._known and self.steady() - self._known[2] < CACHE_SECONDS and now < self._known[1]:
            return self._known[0]
        state, pair = await self._read()
        if state.expires_at <= now:
            if not state.is_good:
                raise NoToken(f"the tokens are dead: {state.reason}")
            await self._renewed(state.version)
            state, pair = await self._read()
            if state.expires_at <= now:
                raise NoToken("the token is over, and Zalo gave no new one yet")
        return self._remember(state, pair)

    async def after_refusal(self, refused: Token) -> Token:
        """Return the token that follows a refused one. Raises NoToken; StoreUnavailable."""
        self._known = None
        state, pair = await self._read()
        if state.version <= refused.version:
            if not state.is_good:
                raise NoToken(f"the tokens are dead: {state.reason}")
            # One of the future came while the clock was ahead: it is old, or Zalo would not refuse it.
            if timedelta(0) <= self.clock() - state.obtained_at < YOUNG:
                raise NoToken("Zalo refuses a token that it has just given")
            await self._renewed(state.version)
            state, pair = await self._read()
        if state.version <= refused.version:
            raise NoToken(f"the tokens are dead: {state.reason}" if not state.is_good else "Zalo gave no new token yet")
        return self._remember(state, pair)

    def _remember(self, state: TokenState, pair: Pair) -> Token:
        token = Token(pair.access, state.version)
        self._known = (token, state.expires_at, self.steady())
        return token

    async def _read(self) -> tuple[TokenState, Pair]:
        try:
            found = await self.database.read(lambda c: zalo_tokens.open_pair(c, self.vault, self.oa_id))
        except VaultError:
            raise NoToken("the tokens were kept under another SECRET_KEY") from None
        if found is None:
            raise NoToken("the Official Account was not authorised yet")
        return found

    def _is_due(self, state: TokenState) -> bool:
        return state.is_good and state.refresh_at <= self.clock()

    async def _left_behind(self, state: TokenState) -> bool:
        return await asyncio.to_thread(self.journal.find, self.oa_id, state.version) is not None

    async def _renewed(self, version: int) -> None:
        """Wait until pair number `version` was followed or cannot be; a refresh that has begun goes on by itself."""
        if self._task is None or self._task.done():
            name = f"zalo-token:{self.oa_id}"
            self._task = asyncio.create_task(self.leasing.while_held(name, partial(self._renew, version)))
        await asyncio.wait({self._task}, timeout=WAIT_SECONDS)

    async def _renew(self, version: int, held: Held) -> None:
        """Replace pair number `version`, unless somebody has: the work of the lease.

        From the request to the commit nothing stops it: a reply that is thrown away was the only good pair.
        """
        task = asyncio.create_task(self._replace(version, held))
        self._critical.add(task)
        task.add_done_callback(self._critical.discard)
        await asyncio.shield(task)

    async def _replace(self, version: int, held: Held) -> None:
        state = await self.state()
        if state is None or state.version != version:
            return
        if (text := await asyncio.to_thread(self.journal.find, self.oa_id, version)) is not None:
            await self._commit(version, pair_of(text))
            return
        if not state.is_good:
            return
        try:
            pair = (await self._read())[1]
        except NoToken:
            await self._give_up(version, "key")
            return
        await held.prove(self.database)
        try:
            reply = await self._ask(pair.refresh, held)
        except OAuthRefused as error:
            if error.code != TOO_MANY:
                await self._give_up(version, str(error))
            return
        except (NotSent, NoAnswer) as error:
            log.warning("Zalo gives no new token, it is asked again: %s", error)
            return
        with suppress(OSError):  # a full disk is no reason to throw the pair away
            await asyncio.to_thread(self.journal.keep, self.oa_id, version, reply.text)
        await self._commit(version, reply.pair)

    async def _ask(self, refresh: str, held: Held) -> Reply:
        """Ask for the next pair, with the same token again while no reply comes and the lease is ours."""
        for pause in self.pauses:
            try:
                return await self.oauth.refresh(refresh)
            except (NotSent, NoAnswer) as error:
                log.info("no reply of Zalo to a refresh: %s", error)
                await asyncio.sleep(pause)
                if not held.is_ours:  # another process asks with this token now
                    raise
        return await self.oauth.refresh(refresh)

    async def _commit(self, version: int, pair: Pair) -> None:
        now = self.clock()

        def job(connection: Connection) -> bool:
            return zalo_tokens.follow(connection, self.vault, self.oa_id, pair, after=version, now=now)

        kept = await self._insist(job)
        log.info("Zalo's pair number %d %s", version + 1, "is in use" if kept else "came after another one")
        await asyncio.to_thread(self.journal.forget, self.oa_id, version)

    async def _insist(self, job: Callable[[Connection], bool]) -> bool:
        """Store what Zalo has told once and for all, however long the store is away."""
        while True:
            with suppress(StoreUnavailable):
                return await self.database.write(job)
            await asyncio.sleep(INSIST_SECONDS)

    async def _give_up(self, version: int, reason: str) -> None:
        now = self.clock()
        if await self._insist(lambda c: zalo_tokens.give_up(c, self.oa_id, version, reason, now)):
            log.error("ALARM zalo: the tokens are dead: %s", reason, extra={"alarm": "zalo.token_dead"})
