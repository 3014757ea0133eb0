"""SIGTERM and SIGINT as an event, from their first on until the process has ended."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOPPING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told_to_stop() -> Iterator[asyncio.Event]:
    """Give what the signals set; once they have, no more of them disturbs the end of the process.

    The loop's own handlers are of no use here: whoever takes them away, the loop at its end too, leaves the signal's
    default for a moment, and a signal in that moment kills.
    """
    stopping = asyncio.Event()
    with _woken_by_signals(stopping.set):
        before = {each: signal.signal(each, _nothing) for each in STOPPING}
        try:
            yield stopping
        finally:
            for each, handler in before.items():
                signal.signal(each, signal.SIG_IGN if stopping.is_set() else handler)


def _nothing(*_: object) -> None:
    """Be a handler: only a signal with one of Python's own is written to where the loop reads."""


@contextmanager
def _woken_by_signals(then: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    reading, writing = socket.socketpair()
    with reading, writing:
        reading.setblocking(False)
        writing.setblocking(False)

        def read() -> None:
            reading.recv(4096)
            then()

        before = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        loop.add_reader(reading, read)
        try:
            yield
        finally:
            loop.remove_reader(reading)
            signal.set_wakeup_fd(before)
