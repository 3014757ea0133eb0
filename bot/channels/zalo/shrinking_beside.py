"""Pictures made anew by a process beside the service: whose memory they take, and who falls with a decoder."""

import asyncio
import logging

from storage.beside import child

log = logging.getLogger(__name__)

PROGRAM = "bot.channels.zalo.shrinking"
LONGEST_SECONDS = 30.0
"""How long one picture may take: the largest takes a second or two on a machine that has nothing else to do."""


async def made_anew(content: bytes, limit: int) -> bytes | None:
    """Return a picture as a JPEG of at most `limit` bytes; None where none can be made, for whatever reason."""
    try:
        async with asyncio.timeout(LONGEST_SECONDS), child(PROGRAM, {"limit": limit}, content) as process:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            made = await process.stdout.read()
            ended = await process.wait()
    except (OSError, TimeoutError) as error:
        log.error("no picture could be made anew: %s", type(error).__name__)  # noqa: TRY400 - the machine's fault
        return None
    if ended != 0 or not made:
        log.warning("a picture of %d bytes cannot be made anew (%d)", len(content), ended)
        return None
    return made
