"""What all pages are given when the site starts: the store, the clock, the authority's reference data, the settings."""

from asyncio import Semaphore
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from admin.pages import Templates
from admin.rate_limit import RateLimit
from storage.database import Database
from storage.files import FileStore
from storage.reference import ReferenceHolder
from storage.vault import Vault
from surveys.tokens import TokenKey
from wording.catalogue import Catalogue

Clock = Callable[[], datetime]


def no_bot() -> str | None:
    """Say that there is no bot."""
    return None


@dataclass(frozen=True)
class Settings:
    """Where the site is reached.

    public_url       such as "https://langnghe.example"; no slash at its end
    telegram_bot     gives the name of the bot without "@"; None while it is not known: a bot learns its name late
    trusted_proxies  addresses whose X-Forwarded-For is believed
    zalo_account     id of the Zalo Official Account, empty where there is none
    """

    public_url: str
    telegram_bot: Callable[[], str | None] = no_bot
    trusted_proxies: frozenset[str] = frozenset()
    zalo_account: str = ""

    @property
    def is_https(self) -> bool:
        """Whether readers come over TLS: then cookies and headers say so."""
        return self.public_url.startswith("https://")


class ZaloConsent(Protocol):
    """The Zalo Official Account of the settings: how it is authorised, and what it may cost."""

    @property
    def oa_id(self) -> str:
        """The account's number."""
        ...

    @property
    def back(self) -> str:
        """Where Zalo leads the administrator back to; it stands in Zalo's console."""
        ...

    @property
    def may_cost(self) -> bool:
        """Whether messages may be sent for money."""
        ...

    @property
    def cap(self) -> int:
        """How much they may cost in a month, in VND."""
        ...

    def link(self, state: str) -> str:
        """Return Zalo's page of consent; `state` comes back with the code."""
        ...

    async def authorise(self, code: str, actor: str) -> int:
        """Exchange a code for tokens and keep them. Raises DomainError `zalo_consent_refused`, `zalo_away`."""
        ...


@dataclass(frozen=True)
class Limits:
    """How often one address may ask, beside the lock of each account; and how many files are written at once."""

    sign_in: RateLimit = field(default_factory=lambda: RateLimit(burst=20, per_minute=10))
    lookup: RateLimit = field(default_factory=lambda: RateLimit(burst=20, per_minute=10))
    exports: Semaphore = field(default_factory=lambda: Semaphore(1))


@dataclass(frozen=True)
class AdminContext:
    """Everything the pages stand on; made once by the app.

    files    without it no attachment can be opened
    exports  folder of the large files that were ordered; without it none can be fetched
    zalo     None where no Official Account is connected
    """

    database: Database
    clock: Clock
    reference: ReferenceHolder
    catalogue: Catalogue
    settings: Settings
    token_key: TokenKey
    vault: Vault
    files: FileStore | None = None
    exports: Path | None = None
    templates: Templates = field(default_factory=Templates)
    limits: Limits = field(default_factory=Limits)
    zalo: ZaloConsent | None = None
