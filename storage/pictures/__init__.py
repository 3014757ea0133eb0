"""Pictures without what cameras write into them: position, device, owner, previews, comments.

Only the container is rewritten; the picture itself is copied byte for byte.
"""

from collections.abc import Callable

from storage.pictures.gif import clean_gif
from storage.pictures.jpeg import clean_jpeg, is_upright
from storage.pictures.picture import Cleaned, PictureError
from storage.pictures.png import clean_png
from storage.pictures.webp import clean_webp

__all__ = [
    "Cleaned", "PictureError", "clean_gif", "clean_jpeg", "clean_png", "clean_webp", "is_upright", "picture_cleaner",
]  # fmt: skip


def picture_cleaner(data: bytes) -> Callable[[bytes], Cleaned] | None:
    """Return what cleans a picture, told by its first bytes; None for what is no such picture."""
    if data.startswith(b"\xff\xd8\xff"):
        return clean_jpeg
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return clean_png
    if data.startswith((b"GIF87a", b"GIF89a")):
        return clean_gif
    return clean_webp if data.startswith(b"RIFF") and data[8:12] == b"WEBP" else None
