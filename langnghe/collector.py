"""Python's collector of circular garbage, set for a program that makes much at its start and serves for months."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

BETWEEN_LOOKS = 5_000
"""New objects before the young ones are looked at: a few milliseconds for which everybody waits, 16 to 34 with four
times as many. An event leaves hardly any behind, so this is seldom either way."""


@contextmanager
def paused() -> Iterator[None]:
    """Collect nothing during the block: importing makes much and leaves next to no garbage, but is slower."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """Let the collector pass over all that the start has made: code, tables, texts, which stay until the end.

    Each full round went through these 140,000 objects and held all requests up for a tenth of a second. Call it when a
    process is ready to serve, and again when something large was loaded later.
    """
    gc.freeze()
    gc.set_threshold(BETWEEN_LOOKS, 20, 20)
