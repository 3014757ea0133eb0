"""The parts that the handlers of the web chat share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Protocol

from sqlalchemy import Connection

from bot.channels.web.limits import Limits
from bot.channels.web.live import LineWatch
from bot.channels.web.pages import Frame, Pages, load_texts
from bot.channels.web.quota import Quota
from bot.channels.web.session import Visit, form_token
from bot.channels.web.settings import ACCOUNT, CHANNEL, WebSettings
from bot.channels.web.static import Assets
from bot.file_links import FileLinks
from bot.messages import Capabilities, Clock, Incoming
from storage import chats, conversations, web_messages
from storage.chats import Chat
from storage.database import Database
from storage.files import FileStore
from storage.reference import NotInstalledError, ReferenceHolder
from storage.web_messages import Line
from wording.catalogue import DEFAULT_LANGUAGE

CAPABILITIES = Capabilities(longest_text=1_000_000, buttons=100, edits=False, files=True, location=True, contact=False)
"""The page shows whatever is written; nothing has to be cut to fit."""
PRODUCT = "Lắng Nghe"


class Accepts(Protocol):
    """Takes events; what it took is durable when it returns."""

    async def accept(self, incoming: Incoming) -> None:
        """Take one event. Raises StoreUnavailable: nothing was stored, send it again."""
        ...


@dataclass(frozen=True, slots=True)
class Talk:
    """A chat as it stands: its latest lines, and whether a question is open."""

    chat: Chat | None
    lines: Sequence[Line] = ()
    is_open: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether something was said and nothing is asked any more."""
        return bool(self.lines) and not self.is_open


@dataclass(frozen=True)
class WebChat:
    """Everything that the routes of the web chat work with; one per process."""

    database: Database
    intake: Accepts
    files: FileStore
    reference: ReferenceHolder
    clock: Clock
    settings: WebSettings
    assets: Assets = field(init=False)
    pages: Pages = field(init=False)
    live: LineWatch = field(init=False)
    posts: Limits = field(init=False)
    downloads: Limits = field(init=False)
    quota: Quota = field(init=False)
    links: FileLinks = field(init=False)

    def __post_init__(self) -> None:
        """Read the files of the pages and begin counting."""
        assets = Assets(resources.files("bot.channels.web") / "static")
        settings = self.settings
        parts = {
            "assets": assets,
            "pages": Pages(load_texts(), assets),
            "live": LineWatch(self.database, settings.most_streams),
            "posts": Limits(*settings.posts, settings.address_factor),
            "downloads": Limits(*settings.downloads, settings.address_factor),
            "links": FileLinks.of(settings.public_url, settings.secret_key),
            "quota": Quota.of(settings),
        }
        for name, part in parts.items():
            object.__setattr__(self, name, part)

    async def close(self) -> None:
        """Let open pages go; to be called when the server begins to stop."""
        await self.live.close()

    async def talk_of(self, visit: Visit, after: int = 0) -> Talk:
        """Read the visitor's chat with its lines after `after`, and the line `after` itself to tell the day by."""
        return await self.database.read(lambda connection: self._talk(connection, visit, after))

    def _talk(self, connection: Connection, visit: Visit, after: int) -> Talk:
        self.reference.refresh(connection)
        chat = chats.find(connection, CHANNEL, ACCOUNT, visit.chat)
        if chat is None:
            return Talk(None)
        lines = web_messages.lines(connection, chat.id, after=max(0, after - 1))
        return Talk(chat, lines, conversations.open_in(connection, chat.id) is not None)

    def language_of(self, visit: Visit, chat: Chat | None = None) -> str:
        """Return the language of the chat, else the one the browser chose, else Vietnamese."""
        return chat.language if chat else visit.language or DEFAULT_LANGUAGE

    def frame(self, visit: Visit, language: str, alert: str | None = None) -> Frame:
        """Return what stands around every page."""
        token = form_token(visit.session, self.settings)
        name, short_name = self._authority(language)
        return Frame(language, name, short_name, token, visit.base, visit.door, visit.kiosk, alert)

    def _authority(self, language: str) -> tuple[str, str]:
        """Name the authority in full and in short; the product where no authority is known yet."""
        try:
            reference = self.reference.latest
        except NotInstalledError:
            return PRODUCT, PRODUCT
        unit = reference.directory.unit(reference.root)
        return unit.name[language], unit.short_name[language]
