"""A Telegram that answers, a process of its own: the strict fake of the tests, which knows those who will walk.

Prints its address, and ends when its standard input does.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from benchmarks.walks import walk
from benchmarks.walks.phones import FIRST_PERSON
from benchmarks.walks.serving import utc_now
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram.world import Query


@asynccontextmanager
async def answering(walks: int) -> AsyncIterator[str]:
    """Run the process during the block; gives the base of its addresses."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.walks.upstream", "--walks", str(walks),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


async def _answer(walks: int) -> None:
    """Answer to the people of these walks, with Telegram's limits on sending, and to each of their presses."""
    async with FakeTelegram(token=walk.TOKEN, paced=True) as fake:
        late = utc_now() + timedelta(days=1)
        for number in range(walks):
            fake.person(FIRST_PERSON + number).chat.started = True
        for number in range(1, walks * walk.UPDATES + 1):
            fake.world.queries[str(number)] = Query(str(number), FIRST_PERSON, late)
        print(fake.base, flush=True)
        await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--walks", type=int, required=True)
    asyncio.run(_answer(parser.parse_args().walks))
