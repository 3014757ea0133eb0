"""How long a backup, its proof and its restoring take, and how much memory: of a database of a million answers.

    uv run python benchmarks/backup.py                     # some minutes, and 2 GB of room in the temporary folder
    uv run python benchmarks/backup.py --answers 100000 --json

The commands are run as an operator runs them, each in a process of its own; the database is SQLite.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.filling import ITEMS, fill

LANGNGHE = str(Path(sys.executable).parent / "langnghe")
KEY = "a sample key of a benchmark: 0123456789"
PASSWORD = "Cửa-sổ-mở-sáng-27\n"  # noqa: S105 - visibly a sample

Figures = dict[str, float]


def measure(answers: int) -> dict[str, Figures]:
    """Make the database, and measure each command over it; raises CalledProcessError when one fails."""
    with tempfile.TemporaryDirectory(prefix="langnghe-benchmark-") as folder:
        environment = {
            "PATH": os.environ["PATH"], "DATA_DIR": folder, "BACKUP_KEY": KEY, "LANG": "C.UTF-8",
            "TMPDIR": tempfile.gettempdir(),
        }  # fmt: skip
        setup = ["setup", "--preset", "commune-2025", "--login", "quantri", "--password-stdin"]
        _run(setup, environment, stdin=PASSWORD)
        fill(Path(folder) / "langnghe.db", answers)
        backup = str(Path(folder) / "one.backup")
        found = {
            "backup": _run(["backup", "--to", backup], environment),
            "verify": _run(["verify", backup], environment),
            "restore": _run(["restore", backup, "--replace"], environment),
        }
        found["backup"]["megabytes"] = Path(backup).stat().st_size / 1e6
        found["restore"]["megabytes"] = (Path(folder) / "langnghe.db").stat().st_size / 1e6
        return found


def _run(arguments: list[str], environment: dict[str, str], stdin: str = "") -> Figures:
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", _PEAK, LANGNGHE, *arguments]
    ended = subprocess.run(  # noqa: S603 - our own command
        command, env=environment, input=stdin, text=True, check=True, capture_output=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": time.monotonic() - began,
        "cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_megabytes": int(ended.stderr.splitlines()[-1]) / 1000,
    }


_PEAK = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(ended.returncode)
"""
"""Tells the highest memory of one command, in kB: children of this process are counted together."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.answers)
    if given.json:
        print(json.dumps({"answers": given.answers, **found}, indent=1))
        return
    print(f"{given.answers:,} answers of {given.answers // ITEMS:,} ratings")
    for name, figures in found.items():
        print(f"{name:8} " + "  ".join(f"{key} {value:,.1f}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
