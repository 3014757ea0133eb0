"""Checks of the Telegram bot, when there is one: does Telegram know it, and does it call us as it should."""

from collections.abc import Iterator

from bot.channels.telegram.calls import CallFailed, WebhookHealth
from bot.channels.telegram.channel import TelegramChannel
from langnghe.checks.finding import Finding, good, warning, wrong
from langnghe.config import Config
from langnghe.service import TELEGRAM_WEBHOOK

MANY = 100
"""Updates that wait at Telegram and mean that we are not fetching them."""


async def telegram(config: Config) -> list[Finding]:
    """Ask Telegram who the bot is and where it brings updates; changes nothing there."""
    if config.telegram_bot_token is None:
        return [good("telegram", "telegram_none")]
    channel = TelegramChannel(config.telegram_bot_token.get_secret_value(), config.telegram_api_base)
    try:
        name = str((await channel.introduce()).username)
        health = await channel.webhook_health()
    except CallFailed as failed:
        return [wrong("telegram", "telegram_fails", reason=failed.result.reason)]
    finally:
        await channel.close()
    return [good("telegram", "telegram", name=name), *_webhook(config, health)]


def _webhook(config: Config, health: WebhookHealth) -> Iterator[Finding]:
    ours = f"{config.public_url}{TELEGRAM_WEBHOOK}" if config.telegram_mode == "webhook" else ""
    if health.url != ours:
        yield warning("webhook", "webhook_other" if health.url else "webhook_unset", found=health.url, wanted=ours)
    elif health.last_error or health.pending > MANY:
        yield warning("webhook", "webhook_waits", pending=health.pending, error=health.last_error or "–")
    else:
        yield good("webhook", "webhook" if ours else "polling", url=ours)
