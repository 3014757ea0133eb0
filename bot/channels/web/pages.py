"""The pages of the web chat: one frozen value per page, which names its template."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.channels.web.static import Assets
from bot.channels.web.view import ShownLine
from wording.catalogue import Catalogue, Param

Words = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page shows around its content.

    authority, short_authority   its name in full and as people say it
    token   of our forms in this session
    base    the address of the chat's page; `door` where its conversations begin
    kiosk   the unit of a counter tablet, None elsewhere
    alert   what went wrong, in words; None when nothing did
    said    what was said so far in a preview, as its forms carry it; None in a real chat
    """

    language: str
    authority: str
    short_authority: str
    token: str
    base: str = "/chat"
    door: str = "/chat"
    kiosk: str | None = None
    alert: str | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class ChatPage:
    """The chat.

    start    parameter with which the person came, to be confirmed by a press; empty for none
    nonce    names the next form, so that a form sent twice counts once
    draft    text to stand in the field
    ended    the conversation is over (counter tablets clear themselves sooner)
    idle     seconds until a counter tablet clears itself, `end_after` the same once the conversation is over
    accept   media types that the file dialogue offers
    """

    template: ClassVar[str] = "chat.html"
    frame: Frame
    lines: Sequence[ShownLine]
    nonce: str
    start: str = ""
    draft: str = ""
    ended: bool = False
    idle: float = 0
    end_after: float = 0
    accept: str = ""
    largest_file: int = 0
    most_files: int = 0


@dataclass(frozen=True, slots=True)
class LinesPart:
    """New lines, to be put into an open page."""

    template: ClassVar[str] = "lines.html"
    frame: Frame
    lines: Sequence[ShownLine]
    nonce: str
    ended: bool = False


@dataclass(frozen=True, slots=True)
class KioskPage:
    """The counter tablet between two persons."""

    template: ClassVar[str] = "kiosk.html"
    frame: Frame
    unit_name: str
    nonce: str
    idle: float


@dataclass(frozen=True, slots=True)
class NotePage:
    """A page that only says what is the matter."""

    template: ClassVar[str] = "note.html"
    frame: Frame


@dataclass(frozen=True, slots=True)
class SlipPage:
    """A page that says why a slip's code opens no rating, and leads to what can be done instead."""

    template: ClassVar[str] = "slip.html"
    frame: Frame


@dataclass(frozen=True, slots=True)
class EntryPage:
    """The ways in that a poster offers: our page, or Zalo, where its code is sent as the first message.

    about    what the poster is about: its unit, or nothing where it stands for none
    address  of our page; `zalo` of the account's chat
    """

    template: ClassVar[str] = "entry.html"
    frame: Frame
    about: str
    code: str
    address: str
    zalo: str


Page = ChatPage | LinesPart | KioskPage | NotePage | SlipPage | EntryPage


@cache
def load_texts() -> Catalogue:
    """Read bot/channels/texts with the words of refusals, once in a process; DataError when a file cannot be used."""
    return Catalogue.load(files("bot.channels") / "texts", files("wording") / "errors")


@cache
def _templates() -> Environment:
    """Return the templates of this package, compiled once in a process."""
    return Environment(
        loader=PackageLoader("bot.channels.web", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Pages:
    """Renders pages."""

    def __init__(self, catalogue: Catalogue, assets: Assets) -> None:
        """Keep the words and where the other files of a page are."""
        self.catalogue = catalogue
        self._assets = assets

    def render(self, page: Page) -> str:
        """Return the page as HTML."""
        values: dict[str, Any] = {field.name: getattr(page, field.name) for field in fields(page)}
        words = self._words(page.frame.language)
        return _templates().get_template(page.template).render(values, t=words, asset=self._assets.address)

    def text(self, key: str, language: str, params: Mapping[str, Param] | None = None) -> str:
        """Return a text of the page catalogue."""
        return self.catalogue.text(key, language, params)

    def _words(self, language: str) -> Words:
        def t(key: str, **params: Param) -> str:
            return self.catalogue.text(key, language, params)

        return t
