"""The office's pages and the portal, over what runs; imported when the chat is served already."""

from typing import TYPE_CHECKING

from aiohttp import web

from admin.context import AdminContext, Settings
from admin.routes import admin_routes
from admin.words import load_texts
from langnghe.zalo_tokens import consent_of

if TYPE_CHECKING:
    from langnghe.app import Service


def page_routes(service: "Service") -> list[web.RouteDef]:
    """Return the routes of all pages. Raises DataError for a catalogue that is not whole."""
    config = service.config

    def name() -> str | None:  # the bot learns its name only once it has reached Telegram
        return service.telegram.identity.username if service.telegram else None

    settings = Settings(config.public_url, name, config.trusted_proxies, config.zalo_oa_id)
    consent = consent_of(config, service.database, service.clock) if config.has_zalo else None
    return admin_routes(
        AdminContext(
            service.database, service.clock, service.reference, load_texts(), settings, config.token_key, service.files,
            config.exports_folder,
            zalo=consent,
        )
    )  # fmt: skip
