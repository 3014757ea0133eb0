"""Whether the service works: `/healthz` says that the process is alive, `/readyz` what works, `/metrics` how much.

`/readyz` is open, so it tells no more than words of one's own, and is answered anew once a second at most.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any

from aiohttp import web

from bot.leasing import Leasing
from bot.messages import Clock
from bot.tally import Tally
from langnghe import metrics
from langnghe.config import Config
from langnghe.metrics import Counted
from storage import channel_states, schema
from storage.channel_states import SYSTEM
from storage.database import Database
from storage.faults import fault_of
from storage.files import FolderStore

log = logging.getLogger(__name__)

PROBE = (SYSTEM, "probe")
LONGEST_CHECK = 3.0
FRESH_SECONDS = 1.0
BEAT_SECONDS = 120.0
"""A loop whose last round is longer ago stands still: rounds rest for seconds, and no step may take minutes."""
LOOPS = {"sender": "sending", "schedule": "the schedule"}
"""Name of a check -> the loop that it looks at."""


class Unwell(Exception):  # noqa: N818 - what a check found
    """What is wrong, in one word for whoever watches."""


@dataclass(frozen=True)
class Check:
    """One part of the service; what is not needed tells of trouble that another server would have, too."""

    look: Callable[[], Awaitable[object]]
    is_needed: bool = True


@dataclass
class Health:
    """The three addresses of one process; `beats` are the rounds of its loops, empty where none run."""

    config: Config
    clock: Clock
    database: Database
    files: FolderStore
    tally: Tally
    leasing: Leasing
    beats: Mapping[str, float]
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    told: tuple[float, dict[str, Any]] | None = None

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for the web server."""
        return [
            web.get("/healthz", self.alive),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.metrics),
        ]

    async def alive(self, _request: web.Request) -> web.Response:
        """Say that the process answers; whoever gets no answer starts it anew."""
        return web.json_response({"alive": True})

    async def ready(self, _request: web.Request) -> web.Response:
        """Answer 200 when all that is needed works, else 503, with each part and how long its check took."""
        report = await self.report()
        if report["ready"]:
            return web.json_response(report)
        return web.json_response(report, status=503, headers={"Retry-After": "5"})

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer with the figures, to those who may see them."""
        if not metrics.may_read(request, self.config):
            return web.Response(status=403, text="These figures are for this machine, or for METRICS_TOKEN.\n")
        now = self.clock()
        counted = Counted(self.tally, self.database.pulse, metrics.since(self.beats), self.leasing.holder)
        try:
            async with asyncio.timeout(LONGEST_CHECK):
                stored = await self.database.read(lambda connection: metrics.read_stored(connection, now))
        except Exception as error:  # noqa: BLE001 - the figures of the process are needed most when the store is away
            log.warning("the figures of the store cannot be read: %s", fault_of(error))
            stored = None
        return metrics.answer(counted, stored, now)

    async def report(self) -> dict[str, Any]:
        """Look at every part, or tell what was found less than a second ago."""
        async with self.lock:
            loop = asyncio.get_running_loop()
            if self.told is None or loop.time() - self.told[0] > FRESH_SECONDS:
                self.told = loop.time(), await self._look()
            return self.told[1]

    async def _look(self) -> dict[str, Any]:
        checks = self._checks()
        found = dict(zip(checks, await asyncio.gather(*map(_outcome, checks.values())), strict=True))
        is_ready = all(found[name]["ok"] for name, check in checks.items() if check.is_needed)
        if not is_ready:
            log.warning("not ready: %s", ", ".join(name for name in found if not found[name]["ok"]))
        return {"ready": is_ready, "checks": found}

    def _checks(self) -> dict[str, Check]:
        checks = {
            "store_readable": Check(lambda: self.database.read(channel_states.every)),
            "store_writable": Check(self._write),
            "schema": Check(lambda: schema.check(self.database)),
            "disk": Check(self._disk, is_needed=False),
        }
        if self.config.telegram_bot_token is not None:
            checks["telegram"] = Check(partial(self._channel, "telegram"), is_needed=False)
        if self.config.has_zalo:
            checks["zalo"] = Check(partial(self._channel, "zalo"), is_needed=False)
        if self.beats:
            checks |= {name: Check(partial(self._beats, loop)) for name, loop in LOOPS.items()}
        return checks

    async def _write(self) -> None:
        """Write one row and flush it: only so is a full disk noticed."""
        now = self.clock()
        await self.database.write(lambda connection: channel_states.put(connection, PROBE, problem=None, now=now))

    async def _disk(self) -> None:
        if not await asyncio.to_thread(self.files.has_room):
            raise Unwell("disk_nearly_full")

    async def _channel(self, channel: str) -> None:
        """Tell what whoever watches found wrong with a channel."""
        states = await self.database.read(channel_states.every)
        problems = [each.problem for each in states if each.problem and each.channel == channel]
        if problems:
            raise Unwell(problems[0])

    async def _beats(self, loop: str) -> None:
        last = self.beats.get(loop)
        if last is None or asyncio.get_running_loop().time() - last > BEAT_SECONDS:
            raise Unwell("stands_still")


async def _outcome(check: Check) -> dict[str, Any]:
    """Run one check, for a few seconds at most; what went wrong inside stays in the log."""
    begun = perf_counter()
    problem = ""
    try:
        async with asyncio.timeout(LONGEST_CHECK):
            await check.look()
    except Unwell as error:
        problem = str(error)
    except TimeoutError:
        problem = "too_slow"
    except Exception as error:  # noqa: BLE001 - whatever it is, this part does not work
        log.warning("a part is not ready: %s", fault_of(error))
        problem = "failed"
    found = {"ok": not problem, "needed": check.is_needed, "ms": round((perf_counter() - begun) * 1000, 1)}
    return found | {"problem": problem} if problem else found
