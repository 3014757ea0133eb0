"""The Official Account as this server has it: whose events are taken, and what takes them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.channels.receiving import Receiver
from bot.channels.zalo_alarm import SignatureAlarm
from bot.channels.zalo_parsing import CHANNEL, ZaloAccount, parse_event
from bot.channels.zalo_seal import Seal
from bot.channels.zalo_webhook import ZaloWebhook
from bot.intake import Intake
from bot.messages import Clock, Incoming
from langnghe.config import Config
from storage.database import Database

WEBHOOK_PATH = "/webhook/zalo"


def account_of(config: Config) -> ZaloAccount:
    """Return the account of the settings."""
    seal = Seal(config.secret_key.get_secret_value(), config.zalo_oa_id)
    return ZaloAccount(config.zalo_app_id, config.zalo_oa_id, seal, shares_phone=config.zalo_shared_phone == "trust")


def by_hand_for(config: Config) -> timedelta:
    """Return how long the bot is silent after an official answered by hand."""
    return timedelta(minutes=config.zalo_human_minutes)


def webhook(config: Config, database: Database, intake: Intake, clock: Clock) -> ZaloWebhook:
    """Return the webhook of the account."""
    zalo = account_of(config)

    def parse(raw: Any) -> Sequence[Incoming]:
        return parse_event(raw, zalo, clock())

    receiver = Receiver(CHANNEL, zalo.account, parse, intake.accept, intake.bury_raw)
    key = config.zalo_oa_secret_key.get_secret_value()
    return ZaloWebhook(zalo, key, receiver, clock, SignatureAlarm(database, clock))
