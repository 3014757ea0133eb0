"""What taking over a list of dossiers costs, and reading their figures from the counts and from the dossiers.

    uv run python benchmarks/dossiers.py                  # 100 thousand and a million: some minutes, 1 GB of room
    uv run python benchmarks/dossiers.py --rows 20000 --json

`langnghe import-dossiers` takes over a CSV file, then the same one again, then one in which every hundredth dossier is
corrected; each in a process of its own. Then the figures of one unit and of the authority are read for a plan's year
from the counts, and by one look at every dossier; both must say the same, and so must the recount, or there is no
figure. Exit code 1 when reading at the most dossiers takes more than 1.5 times as long as at the fewest.
"""

import argparse
import asyncio
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from sqlalchemy import Connection, case, create_engine, func, select

from benchmarks.walks.serving import prepare
from offices.datafiles import Label
from storage import dossier_recount
from storage.dossier_figures import Dossiers, promptness
from storage.tables.dossiers import dossier
from surveys.periods import Period

LANGNGHE = str(Path(sys.executable).parent / "langnghe")
UNITS = ("xa-mau.kinh-te", "xa-mau.van-phong", "xa-mau.trung-tam", "xa-mau.van-hoa-xa-hoi")
FIELDS = ("land", "construction", "investment", "civil_status", "certification")
TODAY = date(2026, 11, 20)
DAYS, LONGEST = 480, 30
YEAR = Period(date(2025, 12, 15), date(2026, 12, 14), Label("Năm", "Year"))
CORRECTED_EVERY = 100
MOST_TIMES = 1.5
ROUNDS = 20

Figures = dict[str, Any]


def measure(rows: int) -> Figures:
    """Take over `rows` dossiers and read their figures."""
    with tempfile.TemporaryDirectory(prefix="langnghe-dossiers-") as name:
        folder = Path(name)
        address = f"sqlite:///{folder / 'langnghe.db'}"
        asyncio.run(prepare(address))
        first, second = folder / "first.csv", folder / "second.csv"
        _write(first, rows, corrected=False)
        _write(second, rows, corrected=True)
        found: Figures = {"rows": rows, "file_mb": round(first.stat().st_size / 1e6, 1)}
        found["load"] = round(os.getloadavg()[0], 1)
        for step, file in (("first", first), ("again", first), ("corrected", second)):
            found[step] = _taken_over(folder, file)
        engine = create_engine(address)
        with engine.connect() as connection:
            found |= _read(connection)
        engine.dispose()
    return found


def _write(file: Path, rows: int, *, corrected: bool) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["code", "procedure", "unit", "field", "level", "received", "due", "returned"])
        writer.writerows(_rows(rows, corrected=corrected))


def _rows(rows: int, *, corrected: bool) -> Iterator[list[str]]:
    """Give dossiers of sixteen months, a tenth of them late, a fiftieth open; corrected ones are a day later."""
    chance = Random(rows)  # noqa: S311 - the same list each time
    for number in range(rows):
        received = TODAY - timedelta(days=chance.randrange(LONGEST, DAYS))
        due, taken = chance.randint(1, LONGEST), chance.randint(0, LONGEST)
        ready = min(taken, due + chance.randint(1, 5)) if chance.random() < 1 / 10 else min(taken, due)
        if corrected and number % CORRECTED_EVERY == 0:
            ready += 1
        returned = min(received + timedelta(days=ready), TODAY)
        yield [
            f"MAU.01-{received:%y%m%d}-{number:07}", f"1.{number % 900:06}", chance.choice(UNITS),
            chance.choice(FIELDS), "commune", received.isoformat(), (received + timedelta(days=due)).isoformat(),
            "" if number % 50 == 1 else returned.isoformat(),
        ]  # fmt: skip


def _taken_over(folder: Path, file: Path) -> Figures:
    """Run the command; seconds, its CPU time, and what it says."""
    environment = {
        "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "DATA_DIR": str(folder), "SECRET_KEY": "0123456789abcdef" * 4,
    }  # fmt: skip
    before, began = os.times(), time.perf_counter()
    command = [LANGNGHE, "import-dossiers", str(file), "--json"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=folder)  # noqa: S603 - our own
    seconds, after = time.perf_counter() - began, os.times()
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:] or ended.stdout[-2000:])
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    told = json.loads(ended.stdout)
    counts = {name: told[name] for name in ("added", "changed", "unchanged")}
    return {"seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), **counts}


def _read(connection: Connection) -> Figures:
    """Read the figures both ways; milliseconds."""
    began = time.perf_counter()
    if not dossier_recount.compare(connection).is_equal:
        raise RuntimeError("the counts are not those of the dossiers")
    recounted = time.perf_counter() - began
    read: Figures = {"recount_seconds": round(recounted, 1)}
    for name, of in (("unit", Dossiers(UNITS[:1])), ("all", Dossiers())):
        found = promptness(connection, of, YEAR, TODAY)
        if (found.due, found.on_time) != _looked_at(connection, of):
            raise RuntimeError(f"{name}: counts and dossiers tell different figures")
        read[f"{name}_ms"] = _milliseconds(partial(promptness, connection, of, YEAR, TODAY))
        read[f"{name}_scan_ms"] = _milliseconds(partial(_looked_at, connection, of))
    return read


def _looked_at(connection: Connection, of: Dossiers) -> tuple[int, int]:
    """Count those due in the year that can be judged, and those in time, by one look at every dossier."""
    due, ready = dossier.c.due_on, dossier.c.returned_on
    judged = due.between(YEAR.start, YEAR.end) & (due < TODAY)
    query = select(func.count(), func.sum(case((ready <= due, 1), else_=0))).where(judged)
    if of.units is not None:
        query = query.where(dossier.c.unit.in_(of.units))
    number, good = connection.execute(query).one()
    return number, int(good)


def _milliseconds(read: Callable[[], object]) -> float:
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        read()
        spent.append(time.perf_counter() - began)
    return round(median(spent) * 1000, 2)


def broken(found: list[Figures]) -> list[str]:
    """Tell which readings take longer at the most dossiers than they may."""
    least, most = found[0], found[-1]
    return [
        f"{name}: {most[name]} ms at {most['rows']:,} dossiers, {least[name]} at {least['rows']:,}"
        for name in ("unit_ms", "all_ms")
        if most[name] > MOST_TIMES * least[name]
    ]


def _show(found: list[Figures]) -> None:
    for each in found:
        print(f"{each['rows']:,} dossiers, a file of {each['file_mb']} MB, load {each['load']}")
        for step in ("first", "again", "corrected"):
            told = each[step]
            print(f"  {step:>9}: {told['seconds']} s, {told['cpu_seconds']} s CPU; {told['added']:,} added, "
                  f"{told['changed']:,} changed, {told['unchanged']:,} unchanged")  # fmt: skip
        for name in ("unit", "all"):
            print(f"  {name:>9}: {each[f'{name}_ms']} ms from the counts, {each[f'{name}_scan_ms']} from the dossiers")
        print(f"    recount: {each['recount_seconds']} s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = [measure(rows) for rows in sorted(given.rows)]
    if given.json:
        print(json.dumps({"runs": found, "broken": broken(found)}, indent=1))
    else:
        _show(found)
        for line in broken(found):
            print(f"BROKEN {line}")
    sys.exit(1 if broken(found) else 0)


if __name__ == "__main__":
    main()
