"""Work that one process at a time does: it runs while this process holds the lease, and is stopped before it ends.

Time is counted by a steady clock that nobody sets: the holder counts from before its last renewal, and stops after
four fifths of the term; the others count from when they saw that renewal, and take over after the whole term. So two
run at once only when a process is paused; what it then still begins is stopped by the lease's number (`Held.check`).
"""

import asyncio
import logging
import math
import os
import secrets
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.messages import Clock
from storage import leases
from storage.database import Database, StoreUnavailable
from storage.faults import fault_of
from storage.leases import Lease, LeaseLost

log = logging.getLogger(__name__)

TERM = timedelta(seconds=15)
SAFE_PART = 0.8
"""Part of the term after which a holder that could not renew stops by itself."""
RENEWALS_PER_TERM = 3
LOOKS_PER_TERM = 15
"""How often a process that waits looks: after an orderly stop of the holder, it goes on within a second."""
LAST_WORDS_SECONDS = 2.0
"""How long giving a lease back may take: the end of the process does not wait for a database that is away."""

Work = Callable[["Held"], Awaitable[None]]
Steady = Callable[[], float]


def steady_seconds() -> float:
    """Read a clock that nobody sets and that counts while the machine sleeps, where there is one; any origin."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


@dataclass(eq=False, slots=True)
class Held:
    """A lease in our hands.

    ends  by the steady clock: nothing that needs the lease may begin after it
    """

    lease: Lease
    ends: float
    steady: Steady

    @property
    def is_ours(self) -> bool:
        """Whether the lease cannot be anybody else's yet."""
        return self.steady() < self.ends

    def check(self, connection: Connection) -> None:
        """Let the transaction go on only under this very lease. Raises LeaseLost."""
        leases.check(connection, self.lease.name, self.lease.epoch)

    async def prove(self, database: Database) -> None:
        """Make sure, right before something outside the database is changed, that the lease is ours.

        Raises LeaseLost, also when its time is over by our own clock; StoreUnavailable.
        """
        await database.write(self.check)
        if not self.is_ours:
            raise LeaseLost(self.lease.name)


def _own_name() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(slots=True)
class Leasing:
    """Takes leases for this process and keeps them.

    database  where nothing else waits: a renewal must not stand in line behind a thousand events
    holder    how this process is named to the others
    alone     no other process can be at work on this database: what a killed one held is taken over at once, and
              a store that is slow or away is no reason to stop
    """

    database: Database
    clock: Clock
    alone: bool = False
    term: timedelta = field(default_factory=lambda: TERM)
    holder: str = field(default_factory=_own_name)
    steady: Steady = steady_seconds

    async def while_held(self, name: str, work: Work) -> None:
        """Do the work whenever the lease is ours, until it ends by itself or the caller is cancelled.

        The work is cancelled when the lease is lost, and begins anew when it is ours again; so it does after it has
        raised anything.
        """
        watch = Watch(self.holder, self.term.total_seconds(), alone=self.alone)
        while True:
            held = await self._take(name, watch)
            if held is not None and await self._carry_out(held, work):
                return
            await asyncio.sleep(self.term.total_seconds() / LOOKS_PER_TERM)

    async def _take(self, name: str, watch: "Watch") -> Held | None:
        try:
            found = await self.database.read(lambda connection: leases.read(connection, name))
            begun = self.steady()
            if not watch.is_over(found, begun, self.clock()):
                return None
            lease = await self.database.write(partial(self._acquire, name=name, dead=found))
        except StoreUnavailable:
            return None
        except Exception as error:  # noqa: BLE001 - the last resort of this loop: it tries again
            log.error("lease %s could not be asked for: %s", name, fault_of(error))  # noqa: TRY400
            return None
        if lease is None:
            return None
        log.info("lease %s is ours, number %d", name, lease.epoch)
        return Held(lease, begun + self._safe_seconds(), self.steady)

    def _acquire(self, connection: Connection, name: str, dead: Lease | None) -> Lease | None:
        return leases.acquire(connection, name, self.holder, now=self.clock(), term=self.term, dead=dead)

    async def _carry_out(self, held: Held, work: Work) -> bool:
        """Do the work as long as the lease lasts; say whether it came to its end."""
        task = asyncio.ensure_future(work(held))
        try:
            await self._keep(held, task)
            if task.done():
                task.result()
                return True
        except (LeaseLost, StoreUnavailable) as error:
            log.warning("work under lease %s stops: %s", held.lease.name, type(error).__name__)
        except Exception:
            log.exception("work under lease %s failed", held.lease.name)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._let_go(held)
        log.info("lease %s, number %d, is not ours any more", held.lease.name, held.lease.epoch)
        return False

    async def _keep(self, held: Held, task: "asyncio.Future[None]") -> None:
        """Renew until the work ends or time runs out. Raises LeaseLost."""
        pause = self.term.total_seconds() / RENEWALS_PER_TERM
        while held.is_ours:
            await asyncio.wait({task}, timeout=pause)
            if task.done():
                return
            pause = self.term.total_seconds() / (RENEWALS_PER_TERM if await self._renewed(held) else LOOKS_PER_TERM)

    async def _renewed(self, held: Held) -> bool:
        begun = self.steady()
        try:
            async with asyncio.timeout(max(0.0, min(held.ends - begun, self.term.total_seconds()))):
                held.lease = await self.database.write(
                    lambda connection: leases.renew(connection, held.lease, now=self.clock(), term=self.term)
                )
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the lease ends by itself if it does not pass
            log.warning("lease %s could not be renewed: %s", held.lease.name, fault_of(error))
            return False
        held.ends = begun + self._safe_seconds()
        return True

    async def _let_go(self, held: Held) -> None:
        """Give the lease back; one that cannot be given back ends by itself."""
        try:
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await self.database.write(lambda connection: leases.release(connection, held.lease))
        except Exception as error:  # noqa: BLE001 - the work is over; nothing may keep its end from being told
            log.warning("lease %s could not be given back, so it ends by itself: %s", held.lease.name, fault_of(error))

    def _safe_seconds(self) -> float:
        return math.inf if self.alone else self.term.total_seconds() * SAFE_PART


@dataclass(slots=True)
class Watch:
    """What a process that waits for a lease has seen of it.

    The lease's own end is believed once, at the first look: by then it may be long over. From then on only standing
    still for a whole term counts, by our steady clock, so that no clock which is wrong or set makes holders change.
    """

    holder: str
    seconds: float
    alone: bool = False
    seen: Lease | None = None
    since: float = 0.0

    def is_over(self, found: Lease | None, steady: float, now: datetime) -> bool:
        """Say whether the lease may be taken."""
        if found is None or found.holder in (None, self.holder):
            return True
        if found != self.seen:
            is_first_look = self.seen is None
            self.seen, self.since = found, steady
            return is_first_look and (self.alone or found.until <= now)
        return steady - self.since >= self.seconds
