"""The Official Account as this server has it: whose events are taken, how it is called, what a worker does for it."""

import logging
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.channels.receiving import Receiver
from bot.channels.untrusted_json import words
from bot.channels.zalo.alarm import SignatureAlarm
from bot.channels.zalo.attachments import Attachments
from bot.channels.zalo.carrier import ZaloCarrier
from bot.channels.zalo.channel import ZaloChannel
from bot.channels.zalo.client import Addresses, Tokens, ZaloClient
from bot.channels.zalo.feedback import EVENT as FEEDBACK
from bot.channels.zalo.feedback import RatingList, Ratings
from bot.channels.zalo.files import FileHosts
from bot.channels.zalo.listing import TemplateList
from bot.channels.zalo.parsing import CHANNEL, OF_TEMPLATES, ZaloAccount, parse_event
from bot.channels.zalo.reading_back import ReadBack
from bot.channels.zalo.routes import Policy
from bot.channels.zalo.seal import Seal
from bot.channels.zalo.strange import StrangeEvents
from bot.channels.zalo.webhook import SilentEvent, ZaloWebhook
from bot.delivery import Sender
from bot.file_links import FileLinks
from bot.intake import Intake
from bot.leasing import Leasing
from bot.messages import Clock, Incoming
from bot.words import Words
from langnghe.config import Config
from langnghe.zalo_tokens import vault_of
from storage import channel_states, zalo_templates
from storage.claims import Account
from storage.database import Database
from storage.files import FileStore

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/webhook/zalo"


def account_of(config: Config) -> ZaloAccount:
    """Return the account of the settings."""
    seal = Seal(config.secret_key.get_secret_value(), config.zalo_oa_id)
    return ZaloAccount(config.zalo_app_id, config.zalo_oa_id, seal, shares_phone=config.zalo_shared_phone == "trust")


def ratings_of(config: Config, database: Database, intake: Intake, clock: Clock) -> Ratings:
    """Return what takes ratings that are given under a message of Zalo's own kind."""
    return Ratings(database, intake.reference, intake.talk.words, config.token_key, clock)


def webhook(config: Config, database: Database, intake: Intake, clock: Clock) -> ZaloWebhook:
    """Return the webhook of the account."""
    zalo, receiver = account_of(config), receiver_of(config, intake, clock)
    key = config.zalo_oa_secret_key.get_secret_value()
    secret = config.zalo_app_secret.get_secret_value()
    ratings, again = ratings_of(config, database, intake, clock), partial(_list_again, database, zalo.account)
    silent: dict[str, SilentEvent] = {FEEDBACK: ratings.heard, **dict.fromkeys(OF_TEMPLATES, again)}
    strange = StrangeEvents(zalo.account, database, clock).keep
    return ZaloWebhook(zalo, key, receiver, clock, SignatureAlarm(database, clock), strange, secret, silent)


async def _list_again(database: Database, account: str, raw: Mapping[str, Any]) -> None:
    """Have the list of templates read anew, for Zalo tells of a change in it. Raises StoreUnavailable."""
    log.warning("Zalo tells of a change in templates: %s", words(dict(raw), "event_name"))
    await database.write(lambda c: channel_states.forget(c, *zalo_templates.place(account)))


def receiver_of(config: Config, intake: Intake, clock: Clock) -> Receiver:
    """Return what takes the events of the account, whichever way they come."""
    zalo = account_of(config)

    def parse(raw: Any) -> Sequence[Incoming]:
        return parse_event(raw, zalo, clock())

    return Receiver(CHANNEL, zalo.account, parse, intake.accept, intake.bury_raw)


def client_of(config: Config, tokens: Tokens) -> ZaloClient:
    """Return what calls Zalo for the account of the settings; nothing is called yet."""
    return ZaloClient(Addresses(config.zalo_oauth_base, config.zalo_openapi_base, config.zalo_business_base), tokens)


def policy_of(config: Config) -> Policy:
    """Return what messages may cost."""
    return Policy(config.zalo_spend == "billed", config.zalo_spend_cap, config.zalo_billed_price)


def channel_of(config: Config, client: ZaloClient, files: FileStore, clock: Clock) -> ZaloChannel:
    """Return what sends for the account of the settings; `files` has what goes with messages."""
    links = FileLinks.of(config.public_url, config.secret_key.get_secret_value())
    return ZaloChannel(
        client, account_of(config).seal, FileHosts.of(config.zalo_file_hosts), Attachments(client, files, links, clock),
        names_template=config.zalo_buttons == "template_type", picture=config.zalo_form_picture,
    )  # fmt: skip


def carrier_of(config: Config, channel: ZaloChannel, database: Database, words: Words, clock: Clock) -> ZaloCarrier:
    """Return what letters go through: the first way that is open, and allowed where it costs money."""
    return ZaloCarrier(channel, database, words, vault_of(config), policy_of(config), clock)


@dataclass(frozen=True, slots=True)
class ZaloWork:
    """The account's part of a worker. Of several workers one sends, under a lease."""

    channel: ZaloChannel
    sender: Sender
    leasing: Leasing
    templates: TemplateList
    ratings: RatingList
    read_back: ReadBack

    def loops(self) -> list[Coroutine[Any, Any, None]]:
        """Return what runs beside each other."""
        return [self.send(), self.templates.run(), self.ratings.run(), self.read_back.run()]

    async def send(self) -> None:
        """Send the account's letters whenever its lease is ours, so that its pace is kept by one process."""
        account: Account = (CHANNEL, self.channel.account)
        await self.leasing.while_held(f"sending:{CHANNEL}:{account[1]}", partial(self.sender.take_turn, account))
