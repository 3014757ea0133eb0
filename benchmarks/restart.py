"""How soon the service serves again after a kill, over a database of a million answers, and how soon it stops.

    uv run python benchmarks/restart.py                    # two minutes
    uv run python benchmarks/restart.py --answers 100000 --rounds 3 --json

`langnghe run` is started as an operator starts it, from nothing: the time holds Python, all imports, the check of the
database and what SQLite reads back from its log. It is killed while it takes updates, started again, and so on; the
last time it is asked to end.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median

from benchmarks.filling import fill
from benchmarks.walks import walk
from benchmarks.walks.phones import FIRST_PERSON, Wire
from benchmarks.walks.serving import prepare
from tests.faults.served import free_port

LANGNGHE = str(Path(sys.executable).parent / "langnghe")
LONGEST_START = 60.0
LOADED_SECONDS = 2.0
"""How long it takes updates before it is killed."""
LINES = 20

Figures = dict[str, float]


async def measure(answers: int, rounds: int) -> Figures:
    """Start and kill it `rounds` times and end it once; AssertionError for an end that was not orderly."""
    with tempfile.TemporaryDirectory(prefix="langnghe-restart-") as name:
        database = Path(name) / "langnghe.db"
        await prepare(f"sqlite:///{database}")
        await asyncio.to_thread(fill, database, answers)
        port, starts = free_port(), list[float]()
        for number in range(rounds):
            process, seconds = await _started(Path(name), port)
            starts.append(seconds)
            await _send(port, number)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        process, seconds = await _started(Path(name), port)
        starts.append(seconds)
        stopped = await _stopped(process)
    first, *again = starts
    return {
        "answers": answers,
        "first_start_seconds": round(first, 2),
        "serving_again_seconds": round(median(again), 2),
        "slowest_of_all": round(max(starts), 2),
        "stopped_seconds": round(stopped, 2),
    }


async def _started(folder: Path, port: int) -> tuple[asyncio.subprocess.Process, float]:
    """Start the service; return it and the seconds until it took an update."""
    environment = {
        "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "DATA_DIR": str(folder), "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}", "SECRET_KEY": "0123456789abcdef" * 4,
        "TELEGRAM_BOT_TOKEN": walk.TOKEN, "TELEGRAM_API_BASE": "http://127.0.0.1:9", "TELEGRAM_MODE": "webhook",
        "TELEGRAM_WEBHOOK_SECRET": walk.SECRET,
    }  # fmt: skip
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        LANGNGHE, "run", env=environment, cwd=folder,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with asyncio.timeout(LONGEST_START):
        while not await _takes(port):
            if process.returncode is not None:
                raise RuntimeError(f"it ended at its start with {process.returncode}")
            await asyncio.sleep(0.005)
    return process, time.perf_counter() - began


async def _takes(port: int) -> bool:
    """Whether an update is acknowledged: the same one each time, so it counts once."""
    try:
        wire = await Wire.open(port)
    except OSError:
        return False
    try:
        await wire.post(walk.opening(1, FIRST_PERSON))
    except (ConnectionError, asyncio.IncompleteReadError):
        return False
    else:
        return True
    finally:
        await _close(wire)


async def _close(wire: Wire) -> None:
    wire.writer.close()
    with suppress(ConnectionError):
        await wire.writer.wait_closed()


async def _send(port: int, number: int) -> None:
    """Let people open the link of a poster until the time is over."""
    until = time.perf_counter() + LOADED_SECONDS

    async def one(line: int) -> None:
        wire, person = await Wire.open(port), (number * LINES + line) * 100_000
        while time.perf_counter() < until:
            person += 1
            await wire.post(walk.opening(person + 10, FIRST_PERSON + person))
        await _close(wire)

    async with asyncio.TaskGroup() as group:
        for line in range(LINES):
            group.create_task(one(line))


async def _stopped(process: asyncio.subprocess.Process) -> float:
    began = time.perf_counter()
    process.send_signal(signal.SIGTERM)
    code = await process.wait()
    if code != 0:
        raise RuntimeError(f"asked to end, it ended with {code}")
    return time.perf_counter() - began


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures = asyncio.run(measure(given.answers, given.rounds))
    print(json.dumps(figures) if given.json else "\n".join(f"{name:26} {value}" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
