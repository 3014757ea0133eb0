"""The tokens of the Zalo Official Account of the settings: who refreshes them, and how they are authorised."""

import logging
from dataclasses import dataclass

from bot.channels.zalo.http import NoAnswer, NotSent
from bot.channels.zalo.oauth import App, OAuthRefused, ZaloOAuth
from bot.channels.zalo.tokens import TokenKeeper
from bot.leasing import Leasing
from bot.messages import Clock
from langnghe.config import Config
from offices.errors import DomainError
from storage import zalo_tokens
from storage.database import Database
from storage.vault import Vault
from storage.zalo_replies import FOLDER, ReplyJournal

log = logging.getLogger(__name__)

CALLBACK_PATH = "/admin/zalo/callback"


def vault_of(config: Config) -> Vault:
    """Return what encrypts single fields of this service."""
    return Vault(config.secret_key.get_secret_value())


def oauth_of(config: Config) -> ZaloOAuth:
    """Return the client of Zalo's OAuth host."""
    app = App(
        config.zalo_app_id, config.zalo_app_secret.get_secret_value(), config.zalo_pkce_verifier.get_secret_value()
    )
    return ZaloOAuth(app, config.zalo_oauth_base)


def back_to(config: Config) -> str:
    """Return where Zalo is to lead the administrator with the code."""
    return f"{config.public_url}{CALLBACK_PATH}"


def keeper_of(config: Config, database: Database, leasing: Leasing, clock: Clock) -> TokenKeeper:
    """Return who keeps the account's tokens good in this process."""
    vault = vault_of(config)
    journal = ReplyJournal(config.data_dir / FOLDER, vault)
    return TokenKeeper(config.zalo_oa_id, oauth_of(config), database, vault, journal, leasing, clock)


@dataclass(frozen=True, slots=True)
class Consent:
    """The consent of the account's administrator: the link that asks for it, and the tokens that follow.

    back      where Zalo leads the administrator with the code; it stands in the console, letter by letter
    may_cost  whether messages may be sent for money
    cap       how much they may cost in a month, in VND
    """

    oa_id: str
    back: str
    may_cost: bool
    cap: int
    oauth: ZaloOAuth
    database: Database
    vault: Vault
    clock: Clock

    def link(self, state: str) -> str:
        """Return Zalo's page; `state` comes back with the code."""
        return self.oauth.consent_url(self.back, state)

    async def authorise(self, code: str, actor: str) -> int:
        """Exchange a code and keep the tokens; return the number of the pair.

        Raises DomainError `zalo_consent_refused`, `zalo_away`.
        """
        try:
            reply = await self.oauth.exchange(code)
        except OAuthRefused as error:
            raise DomainError("zalo_consent_refused", said=str(error)) from None
        except (NotSent, NoAnswer) as error:
            log.warning("Zalo gives no tokens for a consent: %s", error)
            raise DomainError("zalo_away") from None
        now = self.clock()
        return await self.database.write(
            lambda c: zalo_tokens.authorise(c, self.vault, self.oa_id, reply.pair, actor=actor, now=now)
        )


def consent_of(config: Config, database: Database, clock: Clock) -> Consent:
    """Return how the account of the settings is authorised."""
    return Consent(
        config.zalo_oa_id, back_to(config), config.zalo_spend == "billed", config.zalo_spend_cap,
        oauth_of(config), database, vault_of(config), clock,
    )  # fmt: skip
