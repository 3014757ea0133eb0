"""Files that people sent, fetched from Telegram piece by piece under a limit."""

import aiohttp
from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot.channels.downloads import PATIENCE, FileUnavailable, check_status, read_limited
from bot.channels.telegram.errors import result_of
from bot.messages import FileGone, SendOutcome


async def fetch_file(bot: Bot, file_id: str, limit: int) -> bytes:
    """Return a file's content, at most `limit` bytes.

    The size that Telegram claims is checked before the download, the true one while it runs.
    Raises FileGone for a bigger or unknown file, FileUnavailable when Telegram does not answer.
    """
    try:
        found = await bot.get_file(file_id)
    except BadRequest as error:
        raise FileGone(str(error)) from error
    except TelegramError as error:
        refused = result_of(error).outcome is SendOutcome.CHANNEL_DOWN
        raise FileUnavailable("the bot's token is refused" if refused else str(error)) from error
    if not found.file_path:
        raise FileUnavailable("Telegram named no place for the file")
    if (found.file_size or 0) > limit:
        raise FileGone(f"{found.file_size} bytes are more than {limit}")
    return await _download(_address(bot, found.file_path), limit)


def _address(bot: Bot, path: str) -> str:
    """Return where a file lies, always below the server that was configured.

    The library leaves the path bare when a file of that name happens to exist in the working directory.
    """
    return path if path.startswith(f"{bot.base_file_url}/") else f"{bot.base_file_url}/{path}"


async def _download(address: str, limit: int) -> bytes:
    """Return what lies at `address`. Errors never name the address: it holds the token."""
    try:
        async with (
            aiohttp.ClientSession(timeout=PATIENCE) as session,
            session.get(address, allow_redirects=False) as answer,
        ):
            check_status(answer.status, "Telegram")
            return await read_limited(answer.content, limit)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise FileUnavailable(f"the download broke off: {type(error).__name__}") from None
