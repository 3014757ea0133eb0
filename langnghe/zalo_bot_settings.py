"""The settings of a Zalo bot; `.env.example` describes each of them."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_settings import BaseSettings

from langnghe import setting_values as values
from langnghe.settings_problems import Problem

API_BASE = "https://bot-api.zaloplatforms.com"

Address = Annotated[str, AfterValidator(values.web_address)]


class ZaloBotSettings(BaseSettings):
    """What connects one bot of the Zalo Bot Platform.

    zalo_bot_token   None = no bot
    zalo_bot_secret  what Zalo sends along with updates that it brings; None = we ask for them
    """

    zalo_bot_token: Annotated[SecretStr, AfterValidator(values.bot_token)] | None = None
    zalo_bot_secret: Annotated[SecretStr, AfterValidator(values.webhook_secret)] | None = None
    zalo_bot_api_base: Address = API_BASE


ZALO_BOT_SECRETS = frozenset({"ZALO_BOT_TOKEN", "ZALO_BOT_SECRET"})


def bot_missing_together(config: ZaloBotSettings) -> Iterator[Problem]:
    """Find what a bot still needs: a secret serves only with its token."""
    if config.zalo_bot_secret is not None and config.zalo_bot_token is None:
        yield Problem("ZALO_BOT_TOKEN", "zalo_bot_token_missing")
