"""The office's pages and the portal, over what runs; imported when the chat is served already."""

from collections.abc import Callable

from aiohttp import web

from admin.context import AdminContext, Settings
from admin.routes import admin_routes
from admin.words import load_texts
from bot.messages import Clock
from langnghe.config import Config
from langnghe.zalo_tokens import consent_of, vault_of
from storage.database import Database
from storage.files import FolderStore
from storage.reference import ReferenceHolder


def page_routes(
    config: Config,
    clock: Clock,
    database: Database,
    reference: ReferenceHolder,
    files: FolderStore,
    bot_name: Callable[[], str | None],
) -> list[web.RouteDef]:
    """Return the routes of all pages. Raises DataError for a catalogue that is not whole.

    bot_name  gives the name of the Telegram bot, None while it is not known
    """
    settings = Settings(config.public_url, bot_name, config.trusted_proxies, config.zalo_oa_id)
    consent = consent_of(config, database, clock) if config.has_zalo else None
    return admin_routes(
        AdminContext(
            database,
            clock,
            reference,
            load_texts(),
            settings,
            config.token_key,
            vault_of(config),
            files,
            config.exports_folder,
            zalo=consent,
        )
    )
