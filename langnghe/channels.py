"""The channels that the settings connect; of each that they do not, not even the code is loaded."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.channels.telegram.attachments import Files
from bot.channels.telegram.channel import TelegramChannel
from bot.file_links import FileLinks
from bot.leasing import Leasing
from bot.messages import Clock
from langnghe.config import Config
from storage.database import Database
from storage.files import FileStore

if TYPE_CHECKING:
    from bot.channels.zalo.channel import ZaloChannel
    from bot.channels.zalo.tokens import TokenKeeper
    from bot.channels.zalo_bot.channel import ZaloBotChannel


@dataclass(frozen=True, slots=True)
class Channels:
    """What is connected; None for what is not.

    official     the Official Account of Zalo
    zalo_tokens  who keeps that account's tokens good
    """

    telegram: TelegramChannel | None = None
    zalo_bot: "ZaloBotChannel | None" = None
    official: "ZaloChannel | None" = None
    zalo_tokens: "TokenKeeper | None" = None

    async def close(self) -> None:
        """Close every connection."""
        for each in (self.telegram, self.zalo_bot, self.official, self.zalo_tokens):
            if each:
                await each.close()


def channels_of(config: Config, database: Database, files: FileStore, leasing: Leasing, clock: Clock) -> Channels:
    """Return the channels of the settings; nothing is called yet. What they send of files lies in `files`."""
    token = config.telegram_bot_token
    sent = Files(files, FileLinks.of(config.public_url, config.secret_key.get_secret_value()), clock)
    telegram = TelegramChannel(token.get_secret_value(), config.telegram_api_base, files=sent) if token else None
    zalo_bot, official, keeper = None, None, None
    if config.zalo_bot_token:
        from langnghe import zalo_bot as bots  # noqa: PLC0415 - a channel that few connect

        zalo_bot = bots.channel_of(config, database, clock)
    if config.has_zalo:
        from langnghe import zalo  # noqa: PLC0415 - another one
        from langnghe.zalo_tokens import keeper_of  # noqa: PLC0415

        keeper = keeper_of(config, database, leasing, clock)
        official = zalo.channel_of(config, zalo.client_of(config, keeper), files, clock)
    return Channels(telegram, zalo_bot, official, keeper)
