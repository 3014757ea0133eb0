"""What a file of a million answers costs, beside a bare csv.writer over the same rows.

    uv run python benchmarks/export.py                    # a million answers, three rounds: two to three minutes
    uv run python benchmarks/export.py --answers 50000 --json

Each file is written by the product's own code in a process of its own: one join, streamed from SQLite into csv.writer
as it is (bare); and each kind that can be exported, with names, guarded texts and the sheet of the method. Rounds
take all of them one after the other; times are medians. Exit code 1 when a promise is broken: 150 MB resident at the
most, CSV in 1.3 and XLSX in 2.5 times the time of the bare one.
"""

import argparse
import asyncio
import csv
import json
import os
import re
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import create_engine

from admin.reports.export import KINDS, write_file
from admin.reports.order import Order
from admin.words import Words, load_texts
from benchmarks.crowd import YEAR, fill
from offices.presets import load_preset
from storage import units
from storage.database import Database
from storage.reference import load
from storage.tables import metadata
from surveys.periods import year_period

BARE = "bare csv.writer"
MOST_TIMES = {"csv": 1.3, "xlsx": 2.5}
MOST_MB = 150
NOW = datetime(YEAR, 12, 31, tzinfo=UTC)
_ROWS = """
    SELECT rating.id, day, unit, field, service, procedure, verified, assisted, channel, questionnaire, version, state,
           item, score, choice, amount, text
    FROM rating JOIN answer ON answer.rating_id = rating.id
    WHERE day BETWEEN ? AND ? ORDER BY rating.id, item
"""
_RESIDENT = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)

Figures = dict[str, Any]


def measure(answers: int, rounds: int) -> Figures:
    """Fill a SQLite file and write each kind `rounds` times; seconds, MB resident at the most, bytes."""
    with tempfile.TemporaryDirectory(prefix="langnghe-export-") as name:
        database = Path(name) / "export.db"
        engine = create_engine(f"sqlite:///{database}")
        metadata.create_all(engine)
        with engine.begin() as connection:
            units.install_preset(connection, load_preset("commune-2025"), now=NOW)
            given = fill(connection, answers)
        engine.dispose()
        load_before = os.getloadavg()[0]
        runs = [{kind: _in_a_process(kind, database) for kind in (BARE, *KINDS)} for _ in range(rounds)]
    kinds = {kind: _together([each[kind] for each in runs]) for kind in runs[0]}
    if {each["rows"] for each in kinds.values()} != {given}:
        raise RuntimeError("not every answer is in every file")
    for each in kinds.values():
        each["times"] = round(each["seconds"] / kinds[BARE]["seconds"], 2)
    return {"answers": given, "rounds": rounds, "load": round(load_before, 1), "kinds": kinds, "broken": broken(kinds)}


def broken(kinds: dict[str, Figures]) -> list[str]:
    """Tell the promises that are broken."""
    told = [
        f"{kind}: {kinds[kind]['times']:.2f} times the bare csv.writer"
        for kind, most in MOST_TIMES.items()
        if kinds[kind]["times"] > most
    ]
    return told + [f"{kind}: {each['mb']} MB" for kind, each in kinds.items() if each["mb"] >= MOST_MB]


def _together(runs: list[Figures]) -> Figures:
    return {
        "seconds": round(median(each["seconds"] for each in runs), 3),
        "cpu_seconds": round(median(each["cpu_seconds"] for each in runs), 3),
        "mb": max(each["mb"] for each in runs),
        "file_mb": runs[0]["file_mb"],
        "rows": runs[0]["rows"],
    }


def _in_a_process(kind: str, database: Path) -> Figures:
    """Write one file in a process of its own, which begins with what this one has imported."""
    context = get_context("fork")
    end, other = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(other, kind, database))
    process.start()
    other.close()
    try:
        found: Figures = end.recv()
    except EOFError:
        raise RuntimeError(f"{kind} was not written") from None
    finally:
        process.join()
        end.close()
    return found


def _send(end: Any, kind: str, database: Path) -> None:
    end.send(write(kind, database))


def write(kind: str, database: Path) -> Figures:
    """Write one file and tell what it took."""
    file = database.with_suffix(".out")
    began, cpu = time.perf_counter(), time.process_time()
    rows = None
    if kind == BARE:
        _bare(database, file)
    else:
        rows = asyncio.run(_ours(kind, database, file))
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "mb": _resident(),
        "file_mb": round(file.stat().st_size / 1e6, 1),
        "rows": _lines(file) if rows is None else rows,
    }


def _lines(file: Path) -> int:
    with file.open("rb") as opened:
        return sum(1 for _ in opened)


def _bare(database: Path, file: Path) -> None:
    period = year_period(YEAR)
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        rows = sqlite3.connect(database).execute(_ROWS, (period.start.isoformat(), period.end.isoformat()))
        writer.writerows(rows)


async def _ours(kind: str, database: Path, file: Path) -> int:
    store = await Database.open(f"sqlite:///{database}")
    try:
        reference = await store.read(load)
        order = Order(reference, Words(load_texts(), "vi"), NOW, year_period(YEAR))
        return await write_file(store.read, order, "ratings", file, kind, lambda _done, _number: None)
    finally:
        await store.close()


def _resident() -> int:
    """Return the most MB that this process held; getrusage would tell of the one that started it."""
    found = _RESIDENT.search(Path("/proc/self/status").read_text(encoding="utf-8"))
    if found is None:
        raise SystemExit("the memory of a process is read as Linux tells it")
    return round(int(found[1]) * 1024 / 1e6)


def _show(found: Figures) -> None:
    print(f"{found['answers']:,} answers, {found['rounds']} rounds, load {found['load']}")
    print(f"{'':>16} {'seconds':>8} {'times':>6} {'CPU s':>7} {'MB':>5} {'file MB':>8}")
    for kind, each in found["kinds"].items():
        print(
            f"{kind:>16} {each['seconds']:>8.2f} {each['times']:>6.2f} {each['cpu_seconds']:>7.2f} {each['mb']:>5} "
            f"{each['file_mb']:>8.1f}"
        )
    for line in found["broken"]:
        print(f"BROKEN {line}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.answers, given.rounds)
    if given.json:
        print(json.dumps(found, indent=1))
    else:
        _show(found)
    sys.exit(1 if found["broken"] else 0)


if __name__ == "__main__":
    main()
