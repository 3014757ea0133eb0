"""Large pictures are made anew beside the service: it neither grows nor waits nor falls with a decoder."""

import asyncio
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.channels.zalo import shrinking_beside
from bot.channels.zalo.shrinking_beside import made_anew
from tests.photos import CORNERS, corners, photo

LIMIT = 1_000_000


def children() -> set[str]:
    """Name the processes that this one has: also those of tests before, a browser or a database."""
    return set(Path("/proc/self/task").joinpath(str(_thread()), "children").read_text().split())


def _thread() -> int:
    return int(Path("/proc/self").readlink().name)


def megabytes() -> float:
    """Return the most memory that this process had at any time."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(told["VmHWM"].split()[0]) / 1024


def forget_most_megabytes() -> float:
    """Begin anew with the most memory so far; return what it is now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return megabytes()


def large_webp() -> bytes:
    """Return a WebP of 16 million points, of which decoding takes 250 MB."""
    written = BytesIO()
    Image.new("RGB", (3_990, 3_990), "green").save(written, "WEBP")
    return written.getvalue()


async def test_the_service_does_not_grow_with_a_large_picture() -> None:
    content = large_webp()
    before = forget_most_megabytes()
    made = await made_anew(content, LIMIT)
    assert made is not None
    assert megabytes() - before < 20


async def test_what_is_made_is_the_picture() -> None:
    made = await made_anew(photo("WEBP"), LIMIT)
    assert made is not None
    assert corners(made) == list(CORNERS)


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"", photo("JPEG")[:300]])
async def test_of_what_is_no_picture_none_is_made(content: bytes) -> None:
    assert await made_anew(content, LIMIT) is None


async def test_a_decoder_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrinking_beside, "PROGRAM", "tests.bot.channels.hanging")
    monkeypatch.setattr(shrinking_beside, "LONGEST_SECONDS", 0.5)
    others = children()
    assert await made_anew(photo(), LIMIT) is None
    assert children() <= others


async def test_a_decoder_that_falls_costs_a_picture_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrinking_beside, "PROGRAM", "tests.bot.channels.falling")
    assert await made_anew(photo(size=(3000, 2000), noisy=True), LIMIT) is None


async def test_who_is_told_to_stop_leaves_no_process_behind() -> None:
    others = children()
    making = asyncio.create_task(made_anew(large_webp(), LIMIT))
    while children() <= others:  # noqa: ASYNC110 - the kernel tells nothing
        await asyncio.sleep(0.005)
    making.cancel()
    await asyncio.gather(making, return_exceptions=True)
    assert children() <= others
