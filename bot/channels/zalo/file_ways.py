"""Which way a file of ours takes to somebody in Zalo: pure, by what it is and how large (zalo.md, A7).

| what | way |
|---|---|
| JPEG, PNG up to 1 MB, upright | picture |
| JPEG, PNG else, WEBP | picture, made anew |
| GIF up to 5 MB | animation |
| PDF, DOCX up to 5 MB | document |
| else | link |
"""

from enum import StrEnum

LARGEST_PICTURE = 1_000_000
"""Bytes: Zalo says 1 MB and not which; this is the smaller one."""
LARGEST_FILE = 5_000_000
_PICTURES = frozenset({"image/jpeg", "image/png"})
_MADE_ANEW = frozenset({*_PICTURES, "image/webp"})
_DOCUMENTS = frozenset(
    {"application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
)  # fmt: skip


class FileWay(StrEnum):
    """How a file goes.

    PICTURE   as it is
    ANEW      as a picture that is made of it: smaller, a JPEG, upright
    ANIMATION, DOCUMENT  as it is
    LINK      in words, with the address where it can be had
    """

    PICTURE = "picture"
    ANEW = "anew"
    ANIMATION = "animation"
    DOCUMENT = "document"
    LINK = "link"


def way_of(mime: str, size: int, *, is_upright: bool = True) -> FileWay:
    """Name the way of a file.

    size        in bytes
    is_upright  a picture needs no turning to be seen upright: whoever shows it may not turn it
    """
    if mime in _PICTURES and size <= LARGEST_PICTURE and is_upright:
        return FileWay.PICTURE
    if mime in _MADE_ANEW:
        return FileWay.ANEW
    if size > LARGEST_FILE:
        return FileWay.LINK
    if mime == "image/gif":
        return FileWay.ANIMATION
    return FileWay.DOCUMENT if mime in _DOCUMENTS else FileWay.LINK
