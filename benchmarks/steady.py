"""How soon updates are acknowledged at a steady load, and whether memory stays flat; how soon it starts and stops.

    uv run python benchmarks/steady.py                          # 300 updates a second for half a minute, twice
    uv run python benchmarks/steady.py --telegram away --rate 100 --seconds 1800    # the soak: half an hour

People walk (one rating each) whether or not the service is quick: an update that is late makes the next ones late, too,
and the wait is counted from when it was to be sent. The service is `langnghe run` as a process, with its sender.

    answers   Telegram is the tests' fake, in a process of its own, and enforces its limits on sending
    away      nobody listens where Telegram should: all that is to be sent gathers

`late` is the part of the waits that is the load's own: how long after its time an update was written.
"""

import argparse
import asyncio
import itertools
import json
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.walks import walk
from benchmarks.walks.checking import check
from benchmarks.walks.phones import FIRST_PERSON, Mailbox, Wire
from benchmarks.walks.serving import prepare
from benchmarks.walks.upstream import answering
from benchmarks.walks.walk import Json
from langnghe import collector
from tests.faults.served import Served, config_of, free_port

THINKING = 0.3
"""Seconds that a person looks at a question."""
LINES = 100
"""Connections that deliver; Telegram uses up to a hundred."""
NOBODY = "http://127.0.0.1:9"


@dataclass
class Steady:
    """The load: walks begin at a steady rate.

    waits  seconds from when an update was to be sent to its 200
    late   seconds of them until it was written
    """

    mailbox: Mailbox
    wires: asyncio.Queue[Wire]
    waits: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    walks: int = 0
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def walk_at(self, rate: float, seconds: float) -> None:
        """Begin `rate` walks a second, evenly, and wait for all of them to end."""
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(int(rate * seconds)):
                await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
                group.create_task(self._walk(number, began + number / rate))

    async def close(self) -> None:
        """Close every connection."""
        while not self.wires.empty():
            writer = self.wires.get_nowait().writer
            writer.close()
            await writer.wait_closed()
        self.mailbox.connection.close()

    async def _walk(self, number: int, at: float) -> None:
        self.walks += 1
        person, update_id = FIRST_PERSON + number, next(self.ids)
        await self._send(walk.opening(update_id, person), at)
        for step in range(len(walk.ENDINGS)):
            data = walk.chosen(self.mailbox.reply_to(update_id)["buttons"], step, number)
            at = max(at + THINKING, time.perf_counter())
            await asyncio.sleep(at - time.perf_counter())
            update_id = next(self.ids)
            await self._send(walk.press(update_id, person, 2 * step + 2, data), at)

    async def _send(self, update: Json, at: float) -> None:
        wire = await self.wires.get()
        self.late.append(time.perf_counter() - at)
        try:
            await wire.post(update)
        finally:
            self.wires.put_nowait(wire)
        self.waits.append(time.perf_counter() - at)


async def measure(rate: float, seconds: float, *, answers: bool) -> dict[str, Any]:
    """Run the service under the load, with a Telegram that answers or none; WrongCountError for a wrong count."""
    with tempfile.TemporaryDirectory(prefix="langnghe-steady-") as name:
        folder = Path(name)
        database = folder / "langnghe.db"
        await prepare(f"sqlite:///{database}")
        async with _upstream(int(rate / walk.UPDATES * seconds), answers=answers) as base:
            config = config_of(folder, f"sqlite:///{database}", free_port())
            served = Served(config.model_copy(update={"telegram_api_base": base}))
            await served.start()
            return await _under_load(served, database, rate, seconds)


@asynccontextmanager
async def _upstream(walks: int, *, answers: bool) -> AsyncIterator[str]:
    if answers:
        async with answering(walks) as base:
            yield base
    else:
        yield NOBODY


async def _under_load(served: Served, database: Path, rate: float, seconds: float) -> dict[str, Any]:
    """Let people walk, end the service, and count."""
    # A start is no steady load: its pages are loaded when it takes updates already (benchmarks/restart.py).
    async with aiohttp.request("GET", f"http://127.0.0.1:{served.config.http_port}/") as page:
        page.raise_for_status()
    memory: list[int] = []
    noting = asyncio.create_task(_note_memory(served.pid, seconds / 20, memory))
    steady = Steady(Mailbox.of(database), await _wires(served.config.http_port))
    collector.settle()  # or the load stands still for a tenth of a second to look through all that it has imported
    began = time.perf_counter()
    await steady.walk_at(rate / walk.UPDATES, seconds)
    took = time.perf_counter() - began
    await steady.close()
    noting.cancel()
    told = time.perf_counter()
    code = await served.stop()
    stopped = time.perf_counter() - told
    check("the service", database, steady.walks)
    return {
        "offered_per_second": rate,
        "acknowledged": len(steady.waits),
        "acknowledged_per_second": round(len(steady.waits) / took, 1),
        **_quantiles(steady.waits),
        **_quantiles(steady.late, "late_"),
        "memory_mb": memory,
        "seconds_to_stop": round(stopped, 2),
        "exit_code": code,
    }


async def _note_memory(pid: int, every: float, notes: list[int]) -> None:
    while True:
        notes.append(_resident(pid))
        await asyncio.sleep(every)


def _resident(pid: int) -> int:
    """Return the memory that a process occupies, in megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1_000_000


async def _wires(port: int) -> asyncio.Queue[Wire]:
    wires: asyncio.Queue[Wire] = asyncio.Queue()
    for _ in range(LINES):
        wires.put_nowait(await Wire.open(port))
    return wires


def _quantiles(waits: list[float], of: str = "") -> dict[str, float]:
    """Return the waits in milliseconds that half, 99 % and 99.9 % of the updates do not exceed."""
    ordered = sorted(waits)
    shares = {f"{of}p50_ms": 0.5, f"{of}p99_ms": 0.99, f"{of}p99_9_ms": 0.999}
    return {name: round(1000 * ordered[int(len(ordered) * share)], 1) for name, share in shares.items()}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=300.0, help="updates a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--telegram", choices=("answers", "away"), help="only this one")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = {
        which: asyncio.run(measure(given.rate, given.seconds, answers=which == "answers"))
        for which in ("answers", "away")
        if given.telegram in (None, which)
    }
    if given.json:
        print(json.dumps(found))
    else:
        for which, figures in found.items():
            print(f"Telegram {which}", *(f"{name:26} {value}" for name, value in figures.items()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
