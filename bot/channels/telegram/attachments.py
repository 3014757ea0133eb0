"""What goes with a message of Telegram: a file of our store, whole, as the library takes it."""

from dataclasses import dataclass

from bot.file_links import FileLinks
from bot.messages import Clock, OutgoingFile
from storage.file_types import JPEG, PNG, WEBP
from storage.files import FileStore, read_whole

LARGEST_PHOTO = 10 * 1024 * 1024
"""Bytes that sendPhoto takes; more of them go as a document."""
_PHOTOS = frozenset({JPEG.mime, PNG.mime, WEBP.mime})


@dataclass(frozen=True, slots=True)
class Files:
    """Where the files lie that go with messages, and what makes links to those that Telegram does not take."""

    store: FileStore
    links: FileLinks
    clock: Clock


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to be sent: the name under which it is kept, and its content."""

    name: str
    mime: str
    content: bytes

    @property
    def is_photo(self) -> bool:
        """Whether Telegram can be asked to show it; it refuses pictures that are very long or have too many pixels."""
        return self.mime in _PHOTOS and len(self.content) <= LARGEST_PHOTO


async def find(store: FileStore, file: OutgoingFile) -> Attachment:
    """Read a file. Raises FileNotFoundError when it is gone, OSError when it cannot be read now."""
    return Attachment(file.name, file.mime, await read_whole(store, file.ref))
