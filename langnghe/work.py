"""What a worker does beside taking events: sending, due work, fetching, watching, and each channel's own part."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.broadcasting import Broadcaster
from bot.carrying import Channel
from bot.catching_up import CatchingUp
from bot.channels.telegram.calls import Commands
from bot.channels.telegram.parsing import CHANNEL as TELEGRAM
from bot.channels.telegram.parsing import events_of
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.feedback import RatingList
from bot.channels.zalo.listing import TemplateList
from bot.channels.zalo.parsing import CHANNEL as ZALO
from bot.channels.zalo.parsing import parse_event
from bot.channels.zalo.reading_back import ReadBack
from bot.channels.zalo_bot.channel import ZaloBotChannel
from bot.channels.zalo_bot.parsing import CHANNEL as ZALO_BOT
from bot.checking import Checker
from bot.delivery import Sender
from bot.fetching import Fetcher, FileSource
from bot.looking import LookBeside
from bot.messages import Incoming
from bot.retrying import Parser, Retrier
from bot.schedule import Schedule
from bot.sweeping import Sweeper
from bot.watching import Watcher
from langnghe import zalo, zalo_bot
from langnghe.exporting import Exporter
from langnghe.service import TELEGRAM_WEBHOOK, Service
from langnghe.telegram import TelegramWork, Webhook
from langnghe.whole_file import WholeFile
from langnghe.workers import Workers
from langnghe.zalo_bot import ZaloBotWork
from storage.schema import sqlite_path

COMMAND_NAMES = ("danhgia", "phananh", "tracuu", "dulieu", "ngonngu", "trogiup", "huy")


class _Connected(Channel, FileSource, Protocol):
    """A channel that takes letters and gives files."""


@dataclass(frozen=True)
class Work:
    """The parts of a worker; nothing runs before its `loops` do."""

    service: Service
    sender: Sender = field(init=False)
    schedule: Schedule = field(init=False)
    fetcher: Fetcher = field(init=False)

    def __post_init__(self) -> None:
        """Make what is looked at from outside, too."""
        its = self.service
        workers = Workers(its.reference, its.talk, its.config.token_key).by_kind()
        parts = {
            "sender": Sender(its.database, self._senders(), its.words, its.clock, tally=its.intake.tally),
            "schedule": Schedule(its.database, its.talk, its.reference, workers, its.clock),
            "fetcher": Fetcher(its.database, its.files, self._connected(), its.clock),
        }
        for name, part in parts.items():
            object.__setattr__(self, name, part)

    def loops(self) -> list[Coroutine[Any, Any, None]]:
        """Return what runs beside each other: sending, schedule, fetching, sweeping, broadcasting, checking, bots."""
        # What goes to a bot's chats is sent by whoever holds its lease; what goes onto our own page, by all.
        self.sender.turns = {}
        its, database, clock = self.service, self.service.database, self.service.clock
        loops = [
            self.sender.run(), self.schedule.run(), self.fetcher.run(),
            Sweeper(database, its.files, clock).run(),
            Broadcaster(database, its.reference, clock).run(),
            CatchingUp(database, its.talk, its.reference, clock).run(),
            self._retrier().run(), self._watcher().run(),
            Checker(database, clock, LookBeside(its.config.database_url)).run(),
        ]  # fmt: skip
        folder = its.config.exports_folder
        loops += Exporter(database, its.config.database_url, its.files, folder, clock).loops()
        if file := sqlite_path(its.config.database_url):
            loops.append(WholeFile(database, clock, file).look())
        return [*loops, *self._of_channels()]

    def _of_channels(self) -> list[Coroutine[Any, Any, None]]:
        """Return what each channel needs for itself."""
        channels, loops = self.service.channels, list[Coroutine[Any, Any, None]]()
        if channels.zalo_bot:
            loops += self._zalo_bot_work(channels.zalo_bot).loops()
        if channels.official:
            loops += self._zalo_work(channels.official).loops()
        if channels.zalo_tokens:
            loops.append(channels.zalo_tokens.run())
        if channels.telegram:
            loops += self._telegram_work().loops()
        return loops

    def _connected(self) -> dict[str, _Connected]:
        """Return what gives files and takes letters, by the name of its channel."""
        channels = self.service.channels
        found: dict[str, _Connected] = {}
        if channels.telegram:
            found[TELEGRAM] = channels.telegram
        if channels.zalo_bot:
            found[ZALO_BOT] = channels.zalo_bot
        if channels.official:
            found[ZALO] = channels.official
        return found

    def _senders(self) -> dict[str, Channel]:
        """Return what letters go through: for the Official Account, the first way that is open."""
        its, official = self.service, self.service.channels.official
        found: dict[str, Channel] = dict(self._connected())
        if official:
            found[ZALO] = zalo.carrier_of(its.config, official, its.database, its.words, its.clock)
        return found

    def _zalo_work(self, official: ZaloChannel) -> zalo.ZaloWork:
        its, account, client = self.service, official.account, official.client
        ratings = zalo.ratings_of(its.config, its.database, its.intake, its.clock)
        return zalo.ZaloWork(
            official, self.sender, its.leasing, TemplateList(account, client, its.database, its.clock),
            RatingList(account, client, ratings, its.database, its.clock),
            ReadBack(
                zalo.account_of(its.config), client, zalo.receiver_of(its.config, its.intake, its.clock), its.database,
                its.leasing, its.clock,
            ),
        )  # fmt: skip

    def _zalo_bot_work(self, bot: ZaloBotChannel) -> ZaloBotWork:
        its = self.service
        receiver = zalo_bot.receiver_of(bot, its.intake, its.clock, its.config.public_url)
        return ZaloBotWork(bot, receiver, self.sender, its.leasing, zalo_bot.webhook_of(its.config))

    def _retrier(self) -> Retrier:
        its = self.service

        def of_telegram(update: Any) -> Sequence[Incoming]:
            return events_of(update, its.bot().identity, its.clock())

        def of_zalo(event: Any) -> Sequence[Incoming]:
            return parse_event(event, zalo.account_of(its.config), its.clock())

        parsers: dict[str, Parser] = {TELEGRAM: of_telegram} if its.telegram else {}
        if its.config.has_zalo:
            parsers[ZALO] = of_zalo
        if bot := its.channels.zalo_bot:
            parsers[ZALO_BOT] = zalo_bot.receiver_of(bot, its.intake, its.clock, its.config.public_url).parse
        return Retrier(its.database, its.intake, its.clock, parsers)

    def _watcher(self) -> Watcher:
        its = self.service
        return Watcher(its.database, its.clock, self._telegram_work().deliveries() if its.telegram else None)

    def _telegram_work(self) -> TelegramWork:
        its, webhook = self.service, None
        if its.config.telegram_mode == "webhook" and its.config.telegram_webhook_secret:
            secret = its.config.telegram_webhook_secret.get_secret_value()
            webhook = Webhook(f"{its.config.public_url}{TELEGRAM_WEBHOOK}", secret)
        return TelegramWork(its.bot(), its.receiver(), self.sender, its.leasing, self._commands(), webhook)

    def _commands(self) -> Commands:
        def menu(language: str) -> list[tuple[str, str]]:
            return [(name, self.service.words.text(f"commands.{name}", language)) for name in COMMAND_NAMES]

        return Commands({"": menu("vi"), "vi": menu("vi"), "en": menu("en")})
