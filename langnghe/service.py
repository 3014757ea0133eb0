"""The service: all that it takes to take events, built here; what goes on beside that is loaded when it is used.

A start serves as soon as this is built. So whoever imports this module should not load what no event needs.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from bot.channels.receiving import Receiver
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.receiving import telegram_receiver
from bot.conversations import Conversations
from bot.intake import Intake
from bot.leasing import Leasing
from bot.messages import Clock
from bot.scripts import SCRIPTS
from bot.words import Words, load_texts
from langnghe import store
from langnghe.channels import Channels, channels_of
from langnghe.clock import utc_now
from langnghe.config import Config
from langnghe.housekeeping import plan_housekeeping
from storage import channel_states
from storage.database import Database
from storage.files import FolderStore
from storage.reference import ReferenceHolder
from storage.vault import Vault

if TYPE_CHECKING:
    from bot.channels.web.chat import WebChat
    from langnghe.work import Work

TELEGRAM_WEBHOOK = "/webhook/telegram"


@dataclass(frozen=True)
class Service:
    """Everything that runs, over one open database."""

    config: Config
    clock: Clock
    database: Database
    reference: ReferenceHolder
    words: Words
    talk: Conversations
    intake: Intake
    files: FolderStore
    channels: Channels
    leasing: Leasing
    beats: dict[str, float]

    @property
    def telegram(self) -> TelegramChannel | None:
        """The Telegram bot."""
        return self.channels.telegram

    @cached_property
    def web_chat(self) -> "WebChat":
        """The chat on our own pages."""
        from bot.channels.web.chat import WebChat  # noqa: PLC0415 - loaded when chats are served already
        from bot.channels.web.settings import WebSettings  # noqa: PLC0415

        settings = WebSettings(
            public_url=self.config.public_url,
            secret_key=self.config.secret_key.get_secret_value(),
            trusted_proxies=self.config.trusted_proxies,
            zalo_account=self.config.zalo_oa_id,
        )
        return WebChat(self.database, self.intake, self.files, self.reference, self.clock, settings)

    @cached_property
    def work(self) -> "Work":
        """What a worker does."""
        from langnghe.work import Work  # noqa: PLC0415 - loaded when chats are served already

        return Work(self)

    def receiver(self) -> Receiver:
        """Return what takes the raw updates of the Telegram bot."""
        telegram = self.bot()
        return telegram_receiver(
            bot=lambda: telegram.identity,
            accept=self.intake.accept,
            dead_letter=self.intake.bury_raw,
            press_heard=telegram.answer_press_soon,
            clock=self.clock,
        )

    def bot(self) -> TelegramChannel:
        """Return the Telegram bot; RuntimeError where there is none."""
        if self.telegram is None:
            raise RuntimeError("there is no Telegram bot: TELEGRAM_BOT_TOKEN is not set")
        return self.telegram


@asynccontextmanager
async def open_service(config: Config, clock: Clock = utc_now, *, looked: bool = False) -> AsyncIterator[Service]:
    """Open the database, bring its tables up to date, and build everything over it.

    looked  somebody has just looked for damage in it

    Raises NotInstalledError when it holds no authority yet; StoreUnavailable; DataError.
    """
    async with AsyncExitStack() as stack:
        await store.prepare(config, looked=looked)
        database = await Database.open(config.database_url)
        stack.push_async_callback(database.close)
        yield await stack.enter_async_context(service_over(database, config, clock))


@asynccontextmanager
async def service_over(database: Database, config: Config, clock: Clock) -> AsyncIterator[Service]:
    """Build everything over an open database of this version. Raises NotInstalledError, StoreUnavailable, DataError."""
    async with AsyncExitStack() as stack:
        reference = ReferenceHolder()
        await database.read(reference.refresh)
        await database.write(lambda connection: _begin(connection, config, clock()))
        service = _build(config, clock, database, reference, await _leasing(config, clock, database, stack))
        stack.push_async_callback(service.channels.close)
        yield service


def _begin(connection: Connection, config: Config, now: datetime) -> None:
    """Plan the night, and forget how accounts were that are in the settings no more."""
    plan_housekeeping(connection, now)
    for channel, token in (("telegram", config.telegram_bot_token), ("zalo_bot", config.zalo_bot_token)):
        number = token.get_secret_value().partition(":")[0] if token else ""
        channel_states.forget_others(connection, channel, number)
    channel_states.forget_others(connection, "zalo", config.zalo_oa_id)


async def _leasing(config: Config, clock: Clock, database: Database, stack: AsyncExitStack) -> Leasing:
    """Make what keeps our leases, over connections of its own, where it waits for no other work."""
    if database.dialect == "sqlite":
        # Only one process serves the file (`only_server`), so a lease of an earlier one is nobody's.
        return Leasing(database, clock, alone=True)
    own = await Database.open(config.database_url)
    stack.push_async_callback(own.close)
    return Leasing(own, clock)


def _build(config: Config, clock: Clock, database: Database, reference: ReferenceHolder, leasing: Leasing) -> Service:
    words = Words(load_texts(), reference.name_of)
    vault = Vault(config.secret_key.get_secret_value())
    talk = Conversations(SCRIPTS, words, config.token_key, vault, sends_by_phone=config.zalo_spend == "billed")
    silence = timedelta(minutes=config.zalo_human_minutes)
    files = FolderStore(config.data_dir / "files", config.spare_bytes)
    return Service(
        config=config, clock=clock, database=database, reference=reference, words=words, talk=talk,
        intake=Intake(database, talk, reference, clock, by_hand_for=silence),
        files=files, channels=channels_of(config, database, files, leasing, clock), leasing=leasing, beats={},
    )  # fmt: skip
