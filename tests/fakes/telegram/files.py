"""Files that people and the bot sent: ids, getFile, download."""

from dataclasses import dataclass
from typing import Any

from storage.pictures import PictureError, clean_gif, picture_cleaner
from tests.fakes.telegram.errors import bad_request

LARGEST_DOWNLOAD = 20 * 1024 * 1024
MOST_PIXELS = 10_000
"""Width and height of a photo together."""
MOST_OBLONG = 20
"""How many times as long as wide a photo may be, or the other way round."""


@dataclass(frozen=True)
class Stored:
    """A file of the server. `size` is what Telegram claims; the content may differ on purpose."""

    file_id: str
    path: str
    content: bytes
    size: int | None


def photo_told(content: bytes) -> dict[str, int]:
    """Return how wide and high a photo is. Raises Refused for what is no picture, moves, or has no such shape."""
    read = picture_cleaner(content)
    if read is None or read is clean_gif:
        raise bad_request("IMAGE_PROCESS_FAILED")
    try:
        picture = read(content)
    except PictureError as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error
    short, long = sorted((picture.width, picture.height))
    if short + long > MOST_PIXELS or long > short * MOST_OBLONG:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return {"width": picture.width, "height": picture.height}


class Files:
    """All files, by file_id and by download path."""

    def __init__(self) -> None:
        self.by_id: dict[str, Stored] = {}
        self.by_path: dict[str, Stored] = {}

    def keep(self, content: bytes, folder: str, ending: str, size: int | None) -> Stored:
        """Store a file under a new id. The path keeps neither the name nor the type of the message."""
        number = len(self.by_id) + 1
        stored = Stored(f"AgACAgUAAxkBAAI{number:06d}", f"{folder}/file_{number}.{ending}", content, size)
        self.by_id[stored.file_id] = self.by_path[stored.path] = stored
        return stored

    def describe(self, stored: Stored) -> dict[str, Any]:
        """Return the members that every file object has; file_size is missing when unknown."""
        described = {"file_id": stored.file_id, "file_unique_id": f"AQAD{stored.file_id[-6:]}"}
        return described | ({} if stored.size is None else {"file_size": stored.size})

    def get(self, file_id: str | None) -> Stored:
        """Return the file for getFile. Raises Refused for an unknown id or over 20 MiB."""
        stored = self.by_id.get(file_id or "")
        if stored is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if (stored.size or 0) > LARGEST_DOWNLOAD:
            raise bad_request("file is too big")
        return stored
