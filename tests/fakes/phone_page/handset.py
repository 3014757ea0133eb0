"""What the page knows of a phone and of the fake behind it, in no channel's terms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from mimetypes import guess_type
from typing import Protocol

SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


@dataclass(frozen=True)
class Key:
    """A button under a message: what stands on it, and the address by which the page names it; "" = not pressable."""

    label: str
    address: str


@dataclass(frozen=True)
class File:
    """A picture or a file that the server has sent; shown where a browser can show it, else to be downloaded."""

    name: str
    content: bytes

    @property
    def mime(self) -> str:
        """What it is by its name."""
        return guess_type(self.name)[0] or "application/octet-stream"

    @property
    def is_picture(self) -> bool:
        """Whether it is shown."""
        return self.mime in SHOWN


@dataclass(frozen=True)
class Line:
    """One message of the chat.

    kind      text, or what was sent besides, with its content where that is known: a text `kind.<kind>`
    values    what stands in a message of a fixed form, by the names of its places
    """

    own: bool
    text: str
    keys: tuple[Key, ...] = ()
    kind: str = "text"
    reaction: str = ""
    file: File | None = None
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Note:
    """What the channel holds of a person that no chat shows: a text `note.<key>` with its facts."""

    key: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Corner:
    """Deeds that are not the citizen's; a text `corner.<name>` says what they do.

    takes_text  they come with a text that is typed before
    """

    name: str
    deeds: tuple[str, ...]
    takes_text: bool = False


class Handset(Protocol):
    """A phone whose buttons and keys the page presses.

    deeds    what the citizen can do besides typing and pressing: names of texts `deed.<name>`
    corners  what others can do, and time
    """

    name: str
    deeds: Sequence[str]
    corners: Sequence[Corner]

    def lines(self) -> list[Line]:
        """Return what the chat shows, oldest first."""

    def notes(self) -> list[Note]:
        """Return what is to be known beside the chat."""

    async def types(self, text: str) -> None:
        """Send a text."""

    async def presses(self, address: str) -> None:
        """Press a button. Raises LookupError for one that is not there."""

    async def sends(self, content: bytes, name: str) -> None:
        """Send a picture or a document."""

    async def does(self, deed: str, text: str = "") -> None:
        """Do one of the deeds, of the citizen or of a corner. Raises LookupError for another."""


@dataclass(frozen=True)
class Row:
    """One line of a log: what went, and how it ended; `bad` where it should not have."""

    what: str
    answer: str
    bad: bool = False


@dataclass(frozen=True)
class Stage:
    """A fake with its phones.

    channel     Zalo or Telegram
    settings    what the server's `.env` must say to talk with the fake
    deliveries  what the fake brought to the server, newest last
    calls       what the server asked of the fake, newest last
    """

    channel: str
    phones: Sequence[Handset]
    settings: Callable[[], dict[str, str]]
    deliveries: Callable[[], list[Row]]
    calls: Callable[[], list[Row]]
