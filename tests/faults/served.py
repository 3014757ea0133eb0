"""The service as a process of its own, so that it can be killed, stopped and made to fail like any other."""

import asyncio
import multiprocessing
import os
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from pydantic import SecretStr

from benchmarks.walks import walk
from bot import leasing
from bot.messages import Clock
from langnghe.app import serve
from langnghe.clock import utc_now
from langnghe.config import Config
from tests.faults.haste import Haste

STARTS_WITHIN = 30.0
STOPS_WITHIN = 10.0
"""Seconds from SIGTERM to the end (security.md O6)."""

_processes = multiprocessing.get_context("forkserver")
# Every start but the first costs a tenth of a second: the modules, also the late ones, are loaded once, then forked.
_processes.set_forkserver_preload(
    ["langnghe.app", "langnghe.work", "langnghe.pages", "bot.channels.web.preview", "bot.channels.telegram.client"]
)


def free_port() -> int:
    """Return a port that nobody listens on; the service keeps it through all its restarts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def config_of(folder: Path, url: str, port: int) -> Config:
    """Return the settings of a webhook bot whose Telegram does not answer: only the intake is looked at."""
    return Config(
        data_dir=folder,
        database_url=url,
        http_port=port,
        public_url=f"http://127.0.0.1:{port}",
        secret_key=SecretStr("0123456789abcdef" * 4),
        telegram_bot_token=SecretStr(walk.TOKEN),
        telegram_api_base="http://127.0.0.1:9",
        telegram_mode="webhook",
        telegram_webhook_secret=SecretStr(walk.SECRET),
    )


def _serve(config: Config, role: str, lease_seconds: float, haste: Haste | None, clock: Clock) -> None:
    leasing.TERM = timedelta(seconds=lease_seconds)
    if haste is not None:
        haste.take_hold()
    asyncio.run(serve(config, role, clock))


@dataclass
class Served:
    """One service; `process` is what runs now, if anything does.

    lease_seconds  how long its leases last, for tests that wait for their end
    haste          shorter waits for a channel, for tests of its faults
    clock          what it takes for the time; it is sent to its process
    """

    config: Config
    role: str = "all"
    lease_seconds: float = leasing.TERM.total_seconds()
    haste: Haste | None = None
    clock: Clock = utc_now
    process: ForkServerProcess | None = None
    starts: int = 0

    @property
    def is_running(self) -> bool:
        """Whether there is a process, running or paused."""
        return self.process is not None and self.process.is_alive()

    @property
    def pid(self) -> int:
        """The number of the running process."""
        assert self.process is not None
        assert self.process.pid is not None
        return self.process.pid

    async def start(self) -> None:
        """Start, and wait until it answers."""
        settings = (self.config, self.role, self.lease_seconds, self.haste, self.clock)
        self.process = _processes.Process(target=_serve, args=settings, daemon=True)
        self.process.start()
        self.starts += 1
        async with asyncio.timeout(STARTS_WITHIN):
            while not await self._answers():
                assert self.process.is_alive(), f"it ended at its start with {self.process.exitcode}"
                await asyncio.sleep(0.01)

    async def ended(self, within: float = 60.0) -> int:
        """Wait for the end; return the exit code, negative for a signal."""
        assert self.process is not None
        async with asyncio.timeout(within):
            while self.process.is_alive():  # noqa: ASYNC110 - a process tells nobody that it ends
                await asyncio.sleep(0.005)
        code = self.process.exitcode
        assert code is not None
        return code

    async def kill(self) -> None:
        """End it at once, as a lost power supply would."""
        os.kill(self.pid, signal.SIGKILL)
        await self.ended()

    async def stop(self) -> int:
        """Ask it to end; return the exit code."""
        os.kill(self.pid, signal.SIGTERM)
        return await self.ended(STOPS_WITHIN)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.config.http_port)
        except OSError:
            return False
        writer.close()
        return True


@asynccontextmanager
async def strace(pid: int, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Watch a running process, and make its system calls fail, while the block runs."""
    watcher = await asyncio.create_subprocess_exec("strace", "-f", "-qq", "-p", str(pid), *options)
    try:
        async with asyncio.timeout(10):
            while not _is_traced(pid) and watcher.returncode is None:  # noqa: ASYNC110 - nor when it is watched
                await asyncio.sleep(0.005)
        yield watcher
    finally:
        if watcher.returncode is None:
            watcher.send_signal(signal.SIGINT)
        await watcher.wait()


def _is_traced(pid: int) -> bool:
    try:
        states = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    except (FileNotFoundError, ProcessLookupError):
        return True  # it has ended meanwhile: nothing is left to wait for
    return all("TracerPid:\t0" not in state for state in states)


def failing(calls: Sequence[str], error: str, first: int = 1) -> tuple[str, ...]:
    """Return what makes strace fail system calls with an error, from the `first` on."""
    names = ",".join(calls)
    return ("-o", "/dev/null", "-e", f"trace={names}", "-e", f"inject={names}:error={error}:when={first}+")


def killing(call: str, number: int) -> tuple[str, ...]:
    """Return what makes strace kill the process as it is about to make its `number`-th such call."""
    return ("-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}")
