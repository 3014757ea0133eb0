"""JPEG: segments are copied but for application data and comments; the orientation is written anew.

Format: ITU-T T.81 annex B; Exif 2.32 section 4.6 for the orientation tag.
"""

import re

from storage.pictures.picture import Cleaned, PictureError, piece

SOS, EOI = 0xDA, 0xD9
KEPT_APPLICATION = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""Application segments that change how the picture looks; every other one is left out."""
COMMENT = 0xFE
SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of frame headers, which hold height and width."""
WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
UPRIGHT = 1
ORIENTATION_TAG = 0x0112

_MARKER_IN_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]", re.DOTALL)


def clean_jpeg(data: bytes) -> Cleaned:
    """Return the picture without metadata and without anything behind its end. Raises PictureError."""
    segments: list[bytes] = []
    orientation, size, position = UPRIGHT, None, 2
    while True:
        marker, position = _marker(data, position)
        if marker == EOI:
            break
        if marker in WITHOUT_LENGTH:
            continue
        length = int.from_bytes(piece(data, position, 2), "big")
        body = piece(data, position, max(length, 2))
        position += len(body)
        if marker in SIZES:
            size = (int.from_bytes(piece(body, 5, 2), "big"), int.from_bytes(piece(body, 3, 2), "big"))
        orientation = _orientation_in(marker, body) or orientation
        if _is_kept(marker, body):
            segments.append(bytes((0xFF, marker)) + body)
        if marker == SOS:
            end = _end_of_scan(data, position)
            segments.append(data[position:end])
            position = end
            if position == len(data):
                break  # cut off in the middle of the picture: browsers show what is there
    if size is None:
        raise PictureError("no frame header")
    return Cleaned(b"\xff\xd8" + b"".join(_with_orientation(segments, orientation)) + b"\xff\xd9", *size)


def is_upright(cleaned: bytes) -> bool:
    """Say whether a JPEG of `clean_jpeg` lies as it is to be seen: an Exif segment is in it to say otherwise alone."""
    start = 2
    if cleaned[start : start + 2] == b"\xff\xe0":
        start += 2 + int.from_bytes(cleaned[start + 2 : start + 4], "big")
    return cleaned[start : start + 2] != b"\xff\xe1"


def _marker(data: bytes, position: int) -> tuple[int, int]:
    """Return the marker at `position` and where its segment begins; fill bytes are passed over."""
    if piece(data, position, 1) != b"\xff":
        raise PictureError(f"no marker at {position}")
    while piece(data, position, 1) == b"\xff":
        position += 1
    return data[position], position + 1


def _end_of_scan(data: bytes, start: int) -> int:
    found = _MARKER_IN_SCAN.search(data, start)
    return found.start() if found else len(data)


def _is_kept(marker: int, body: bytes) -> bool:
    if marker in KEPT_APPLICATION:
        return body[2:].startswith(KEPT_APPLICATION[marker])
    return not (0xE0 <= marker <= 0xEF or marker == COMMENT)  # noqa: PLR2004 - APP0 to APP15


def _with_orientation(segments: list[bytes], orientation: int) -> list[bytes]:
    """Put an Exif segment that holds nothing but the orientation behind the JFIF header."""
    if orientation == UPRIGHT:
        return segments
    entry = ORIENTATION_TAG.to_bytes(2, "big") + b"\0\x03\0\0\0\x01" + orientation.to_bytes(2, "big") + b"\0\0"
    body = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + b"\0\0\0\0"
    exif = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    behind = 1 if segments and segments[0].startswith(b"\xff\xe0") else 0
    return [*segments[:behind], exif, *segments[behind:]]


def _orientation_in(marker: int, body: bytes) -> int | None:
    """Return the orientation 1 to 8 that an Exif segment names, None for another segment or value."""
    if marker != 0xE1 or body[2:8] != b"Exif\0\0":  # noqa: PLR2004 - APP1
        return None
    tiff = body[8:]
    order = {b"II": "little", b"MM": "big"}.get(tiff[:2])
    if order is None:
        return None

    def number(start: int, length: int) -> int:
        return int.from_bytes(tiff[start : start + length], "little" if order == "little" else "big")

    directory = number(4, 4)
    for entry in range(directory + 2, directory + 2 + 12 * number(directory, 2), 12):
        if number(entry, 2) == ORIENTATION_TAG:
            value = number(entry + 8, 2)
            return value if UPRIGHT <= value <= 8 else None  # noqa: PLR2004 - the eight orientations
    return None
