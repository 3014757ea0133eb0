"""Loading modules while something else goes on."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import Thread

QUICK_TURNS = 0.0005
"""Seconds after which a thread that only computes, as loading does, lets another one go on; Python's own are ten times
as long, and an event changes threads half a dozen times."""


@contextmanager
def loading_beside(module: str) -> Iterator[None]:
    """Load a module in a thread while the block runs: of use where it reads much that is no Python.

    Errors are left to whoever imports it next.
    """
    thread = Thread(target=_load, args=(module,), name=f"loading-{module}")
    thread.start()
    try:
        yield
    finally:
        thread.join()


@contextmanager
def quick_turns() -> Iterator[None]:
    """Let threads change quickly during the block, so that events are taken while much is loaded beside them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(QUICK_TURNS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _load(module: str) -> None:
    try:
        import_module(module)
    except ImportError:
        return
