"""WebP: RIFF chunks are copied but for Exif, XMP and unknown ones. Format: RFC 9649."""

from storage.pictures.picture import Cleaned, PictureError, piece

KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"})
HAS_METADATA = 0x08 | 0x04
"""Flags of VP8X that announce Exif and XMP."""


def clean_webp(data: bytes) -> Cleaned:
    """Return the picture without metadata and without anything behind its end. Raises PictureError."""
    end = min(len(data), 8 + int.from_bytes(piece(data, 4, 4), "little"))
    kept: list[bytes] = []
    size: tuple[int, int] | None = None
    position = 12
    while position + 8 <= end:
        kind = data[position : position + 4]
        length = int.from_bytes(piece(data, position + 4, 4), "little")
        content = piece(data, position + 8, length)
        position += 8 + length + length % 2
        size = size or _size(kind, content)
        if kind in KEPT:
            kept.append(kind + length.to_bytes(4, "little") + _without_flags(kind, content) + b"\0" * (length % 2))
    if size is None:
        raise PictureError("no picture chunk")
    body = b"WEBP" + b"".join(kept)
    return Cleaned(b"RIFF" + len(body).to_bytes(4, "little") + body, *size)


def _without_flags(kind: bytes, content: bytes) -> bytes:
    if kind != b"VP8X":
        return content
    return bytes((piece(content, 0, 1)[0] & ~HAS_METADATA,)) + content[1:]


def _size(kind: bytes, content: bytes) -> tuple[int, int] | None:
    """Return width and height where the chunk names them."""
    if kind == b"VP8X":
        return 1 + int.from_bytes(piece(content, 4, 3), "little"), 1 + int.from_bytes(piece(content, 7, 3), "little")
    if kind == b"VP8L":
        bits = int.from_bytes(piece(content, 1, 4), "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = piece(content, 6, 2), piece(content, 8, 2)
        return int.from_bytes(width, "little") & 0x3FFF, int.from_bytes(height, "little") & 0x3FFF
    return None
