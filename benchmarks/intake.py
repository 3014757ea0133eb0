"""How many updates a second the bot takes durably, beside the usual stack and the database's limit.

    uv run python benchmarks/intake.py            # about a minute
    uv run python benchmarks/intake.py --json

What is measured, and how to read it: docs/performance.md. Refuses to print a figure of a stack that lost or
repeated anything.
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.walks import raw
from benchmarks.walks.checking import WrongCountError, check
from benchmarks.walks.serving import prepare
from benchmarks.walks.walk import UPDATES

ROOT = Path(__file__).parents[1]
OURS, USUAL, GROUPED, EACH = "langnghe", "usual", "sqlite_group", "sqlite_each"
TITLES = {
    OURS: "Lắng Nghe: webhook to commit",
    USUAL: "(a) PTB + ORM session per update",
    GROUPED: "(b) sqlite3, 100 updates a commit",
    EACH: "(b2) sqlite3, a commit each",
}
LONGEST_START = 60
LONGEST_LOAD = 180

Figures = dict[str, float]


@dataclass(frozen=True)
class Settings:
    """How much is measured.

    seconds     of each stack in each round, after the warm-up
    most_walks  a chat walks at most so often in a round
    """

    chats: int = 100
    seconds: float = 5.0
    rounds: int = 3
    most_walks: int = 10_000


async def measure(settings: Settings) -> dict[str, list[Figures]]:
    """Measure every stack in each round, one after the other; WrongCountError when one lost something."""
    found: dict[str, list[Figures]] = {name: [] for name in TITLES}
    with tempfile.TemporaryDirectory(prefix="langnghe-benchmark-") as folder:
        bench = Bench(Path(folder), settings)
        await prepare(f"sqlite:///{bench.empty}")
        for number in range(settings.rounds):
            found[OURS].append(await bench.server("ours", number))
            found[USUAL].append(await bench.server("usual", number))
            found[GROUPED].append(await bench.raw(settings.chats, number))
            found[EACH].append(await bench.raw(1, number))
    return found


@dataclass(frozen=True)
class Bench:
    """Measures one stack after the other, each over its own copy of one empty database."""

    folder: Path
    settings: Settings

    @property
    def empty(self) -> Path:
        """The database that every stack starts from."""
        return self.folder / "empty.db"

    async def server(self, module: str, number: int) -> Figures:
        """Measure a server of benchmarks/walks."""
        database = self._copy(f"{module}-{number}")
        server = await _start(f"benchmarks.walks.{module}", "--database", str(database), stdin=asyncio.subprocess.PIPE)
        assert server.stdin is not None
        try:
            async with asyncio.timeout(LONGEST_START):
                port = await _line(server)
            figures = await self._load(port, database)
        finally:
            server.stdin.close()
            cpu_seconds = await _line(server)
            await server.wait()
        check(module, database, int(figures["walks"]))
        return {**figures, "cpu_ms": 1000 * float(cpu_seconds) / (UPDATES * figures["walks"])}

    async def raw(self, together: int, number: int) -> Figures:
        """Measure plain sqlite3 with so many updates in each commit."""
        database = self._copy(f"raw-{together}-{number}")
        most = self.settings.most_walks * self.settings.chats
        figures = await asyncio.to_thread(raw.measure, database, self.settings.seconds / 3, most, together)
        check(f"sqlite3 by {together}", database, int(figures["walks"]))
        return figures

    def _copy(self, name: str) -> Path:
        return Path(shutil.copy(self.empty, self.folder / f"{name}.db"))

    async def _load(self, port: str, database: Path) -> Figures:
        phones = await _start(
            "benchmarks.walks.phones", "--port", port, "--database", str(database),
            "--chats", str(self.settings.chats), "--seconds", str(self.settings.seconds),
            "--most-walks", str(self.settings.most_walks), stdin=None,
        )  # fmt: skip
        async with asyncio.timeout(LONGEST_LOAD):
            printed, _ = await phones.communicate()
        if phones.returncode != 0:
            raise RuntimeError("the phones gave up, see above")
        figures: Figures = json.loads(printed)
        return figures


async def _start(module: str, *arguments: str, stdin: int | None) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdin=stdin, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )


async def _line(server: asyncio.subprocess.Process) -> str:
    assert server.stdout is not None
    line = (await server.stdout.readline()).decode().strip()
    if not line:
        raise RuntimeError("the server ended, see above")
    return line


def report(found: dict[str, list[Figures]], settings: Settings) -> dict[str, Any]:
    """Sum up: the median of each figure, its range over the rounds, and the median of the rounds' ratios."""
    stacks = {
        name: {
            **{key: round(median(each[key] for each in rounds), 2) for key in rounds[0]},
            "slowest_round": round(min(each["updates_per_second"] for each in rounds), 1),
            "fastest_round": round(max(each["updates_per_second"] for each in rounds), 1),
        }
        for name, rounds in found.items()
    }
    return {
        "stacks": stacks,
        "ratios": {f"{OURS}/{name}": round(_ratio(found[OURS], found[name]), 3) for name in (USUAL, GROUPED, EACH)},
        "cpu_ratio_to_usual": round(stacks[USUAL]["cpu_ms"] / stacks[OURS]["cpu_ms"], 2),
        "rows_per_update": raw.STATEMENTS_OF_A_WALK / UPDATES,
        "chats": settings.chats,
        "rounds": settings.rounds,
        "seconds_each": settings.seconds,
        "machine": _machine(),
    }


def _ratio(ours: list[Figures], theirs: list[Figures]) -> float:
    pairs = zip(ours, theirs, strict=True)
    return median(own["updates_per_second"] / other["updates_per_second"] for own, other in pairs)


def _machine() -> dict[str, str | int | None]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.machine()}",
    }


def table(summary: dict[str, Any]) -> str:
    """Write the summary as a table for people."""
    lines = [f"{'':36}{'updates/s':>10}{'range of rounds':>18}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}"]
    for name, title in TITLES.items():
        each = summary["stacks"][name]
        waits = "".join(f"{each[key]:>9.2f}" if key in each else f"{'':>9}" for key in ("p50_ms", "p99_ms", "cpu_ms"))
        span = f"{each['slowest_round']:,.0f} - {each['fastest_round']:,.0f}"
        lines.append(f"{title:36}{each['updates_per_second']:>10,.0f}{span:>18}{waits}")
    ratios = ", ".join(f"{name} {ratio:.2f}" for name, ratio in summary["ratios"].items())
    shape = f"{summary['rows_per_update']} rows an update, {summary['chats']} chats at once"
    machine = ", ".join(f"{name} {value}" for name, value in summary["machine"].items())
    return "\n".join(
        [
            *lines,
            f"ratios: {ratios}; CPU of {USUAL}/{OURS} {summary['cpu_ratio_to_usual']:.2f}",
            f"{shape}, median of {summary['rounds']} rounds of {summary['seconds_each']} s",
            machine,
        ]
    )


def main() -> int:
    """Measure and print; 1 when a stack did not store what was sent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=Settings.chats, help="chats at once")
    parser.add_argument("--seconds", type=float, default=Settings.seconds, help="of each stack in each round")
    parser.add_argument("--rounds", type=int, default=Settings.rounds)
    parser.add_argument("--most-walks", type=int, default=Settings.most_walks, help="of a chat in a round")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    given = parser.parse_args()
    settings = Settings(given.chats, given.seconds, given.rounds, given.most_walks)
    try:
        summary = report(asyncio.run(measure(settings)), settings)
    except WrongCountError as error:
        print(f"no figures: {error}", file=sys.stderr)
        return 1
    print(json.dumps(summary, ensure_ascii=False, indent=2) if given.json else table(summary))
    return 0


if __name__ == "__main__":
    sys.exit(main())
