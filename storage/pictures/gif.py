"""GIF: pictures, their control blocks and the loop count are copied; comments and XMP are not. Format: GIF89a."""

from storage.pictures.picture import Cleaned, PictureError, piece

EXTENSION, PICTURE, END = 0x21, 0x2C, 0x3B
CONTROL, APPLICATION = 0xF9, 0xFF
LOOPS = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0"})
"""Applications whose block says how often an animation repeats."""


def clean_gif(data: bytes) -> Cleaned:
    """Return the picture without metadata and without anything behind its end. Raises PictureError."""
    header = piece(data, 0, 13)
    width, height = int.from_bytes(header[6:8], "little"), int.from_bytes(header[8:10], "little")
    position = 13 + _table(header[10])
    kept = [piece(data, 0, position)]
    while (kind := piece(data, position, 1)[0]) != END:
        end = _end_of_block(data, position, kind)
        if kind == PICTURE or _is_kept(data[position + 1 : position + 14]):
            kept.append(data[position:end])
        position = end
    return Cleaned(b"".join(kept) + bytes((END,)), width, height)


def _is_kept(extension: bytes) -> bool:
    """Say whether an extension (its label, a length, its name) is needed to show the picture."""
    return extension[0] == CONTROL or (extension[0] == APPLICATION and extension[2:13] in LOOPS)


def _end_of_block(data: bytes, position: int, kind: int) -> int:
    if kind == EXTENSION:
        return _end_of_parts(data, position + 2)
    if kind == PICTURE:
        descriptor = piece(data, position, 10)
        return _end_of_parts(data, position + 11 + _table(descriptor[9]))
    raise PictureError(f"no block at {position}")


def _end_of_parts(data: bytes, position: int) -> int:
    """Pass over parts that each begin with their length, up to the empty one."""
    while length := piece(data, position, 1)[0]:
        position += 1 + length
    return position + 1


def _table(flags: int) -> int:
    """Return the bytes of the colour table that the flags announce."""
    return 3 * 2 ** ((flags & 0x07) + 1) if flags & 0x80 else 0
