"""What cleaning a picture gives, and the error of one that cannot be read."""

from dataclasses import dataclass


class PictureError(ValueError):
    """The bytes do not have the structure that their first bytes promise."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A picture without metadata, with its width and height in pixels as its header says."""

    data: bytes
    width: int
    height: int


def piece(data: bytes, start: int, length: int) -> bytes:
    """Return exactly `length` bytes from `start`. Raises PictureError where there are fewer."""
    found = data[start : start + length]
    if len(found) != length:
        raise PictureError(f"{length} bytes expected at {start}, {len(found)} found")
    return found
