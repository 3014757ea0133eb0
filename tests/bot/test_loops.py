"""The loops of a worker: they go on whatever a round meets, and end when they are told to."""

import asyncio

import pytest

from bot.loops import keep_going, news


@pytest.mark.parametrize("ticks", range(6))
async def test_a_loop_ends_even_if_there_is_news_while_it_is_told_to(ticks: int) -> None:
    called, began = asyncio.Event(), asyncio.Event()

    async def a_round() -> int:
        began.set()
        called.clear()
        return 0

    loop = asyncio.create_task(keep_going("test", a_round, lambda: news(called, 60)))
    await began.wait()
    await asyncio.sleep(0.01)
    called.set()
    for _ in range(ticks):
        await asyncio.sleep(0)
    loop.cancel()
    ended, _ = await asyncio.wait([loop], timeout=2)
    assert ended, "the word to stop was lost"


async def test_news_or_the_time_end_a_rest() -> None:
    called = asyncio.Event()
    assert not await news(called, 0.01)
    called.set()
    assert await news(called, 60)
