"""What cleaning a picture gives, and the error of one that cannot be read."""

from dataclasses import dataclass


class PictureError(ValueError):
    """The bytes do not have the structure that their first bytes promise."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file without metadata; of a picture with its width and height in pixels as its header says, else 0."""

    data: bytes
    width: int = 0
    height: int = 0


def piece(data: bytes, start: int, length: int) -> bytes:
    """Return exactly `length` bytes from `start`. Raises PictureError where there are fewer."""
    found = data[start : start + length]
    if len(found) != length:
        raise PictureError(f"{length} bytes expected at {start}, {len(found)} found")
    return found
