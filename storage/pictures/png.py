"""PNG: only the chunks that a picture needs to be shown are copied. Format: W3C PNG, third edition."""

from storage.pictures.picture import Cleaned, PictureError, piece

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEPT = frozenset(
    {
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs",
        b"cICP", b"acTL", b"fcTL", b"fdAT",
    }
)  # fmt: skip
"""Texts, times, Exif and private chunks are left out."""
AROUND = 12
"""Bytes of a chunk beside its content: length, type, checksum."""


def clean_png(data: bytes) -> Cleaned:
    """Return the picture without metadata and without anything behind its end. Raises PictureError."""
    header = piece(data, len(SIGNATURE), AROUND + 13)
    if header[4:8] != b"IHDR":
        raise PictureError("the first chunk is no IHDR")
    size = (int.from_bytes(header[8:12], "big"), int.from_bytes(header[12:16], "big"))
    kept, position, kind = [SIGNATURE], len(SIGNATURE), b""
    while kind != b"IEND":
        length = int.from_bytes(piece(data, position, 4), "big")
        chunk = piece(data, position, length + AROUND)
        position, kind = position + len(chunk), chunk[4:8]
        if kind in KEPT:
            kept.append(chunk)
    return Cleaned(b"".join(kept), *size)
