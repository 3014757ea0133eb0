"""A picture made anew for Zalo: an upright JPEG of few bytes, by a process of its own.

    python -m bot.channels.zalo.shrinking   told on standard input: limit (bytes), and behind it the picture

A decoder takes hundreds of megabytes for a large picture, and now and then falls over one; neither is to happen to the
service. The JPEG is written to standard output, nothing for a picture of which none can be made. Loads Pillow, so
the service imports `shrinking_beside` instead.
"""

import resource
import sys
import warnings
from collections.abc import Iterator
from io import BytesIO

from PIL import Image, ImageOps

from storage.beside import what_to_do_with

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_POINTS = 50_000_000
"""Points of a picture that is read at all; Zalo gets a link to others."""
MOST_IN_MEMORY = 64_000_000
"""Bytes of all points as they are read, of which decoders need up to four times as much; a large JPEG is read at a
half, a quarter or an eighth of its width and height."""
MOST_OF_THE_PROCESS = 1024**3
"""Bytes that the whole process may ask for. A JPEG that comes in several passes needs the most: 430 MB were seen."""
POINTS = (5_000_000, 3_000_000, 1_500_000, 700_000, 300_000)
"""How large it becomes, the largest first that has few enough bytes; a narrow page keeps more of its width so."""
QUALITIES = (85, 70)
_ONE_BYTE = frozenset({"1", "L"})
_SIMPLE = frozenset({"L", "RGB", "RGBA", "CMYK"})
"""Kinds of points that can be made fewer without looking worse than need be."""
_DEEP_GREY = frozenset({"I", "I;16"})
"""Grey of 16 bits, whose conversion would cut off all but the darkest."""

# Pillow's own guard, above ours: what slips through the size told at the beginning of a file.
warnings.simplefilter("error", Image.DecompressionBombWarning)


def as_jpeg(content: bytes, limit: int) -> bytes | None:
    """Return a picture as a JPEG of at most `limit` bytes; None for what cannot be read or is too large to be."""
    try:
        return next((made for made in _tries(_read(content)) if len(made) <= limit), None)
    except Exception:  # noqa: BLE001 - what a decoder raises over bytes of others has no end of kinds
        return None


def _read(content: bytes) -> Image.Image:
    """Return the picture upright, without what can be seen through, of at most the first of POINTS. Raises anything."""
    with Image.open(BytesIO(content), formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_POINTS:
            raise ValueError("too many points")
        opened.draft(None, _scaled(opened.size, POINTS[0]))
        if opened.width * opened.height * (1 if opened.mode in _ONE_BYTE else 4) > MOST_IN_MEMORY:
            raise ValueError("too many points in memory")
        picture = _in_simple_points(opened)
        picture.thumbnail(_scaled(picture.size, POINTS[0]))
        return _on_white(ImageOps.exif_transpose(picture))


def _tries(picture: Image.Image) -> Iterator[bytes]:
    profile = picture.info.get("icc_profile")
    for points in POINTS:
        picture.thumbnail(_scaled(picture.size, points))
        for quality in QUALITIES:
            written = BytesIO()
            picture.save(written, "JPEG", quality=quality, optimize=True, icc_profile=profile)
            yield written.getvalue()


def _scaled(size: tuple[int, int], points: int) -> tuple[int, int]:
    """Return width and height of at most so many points, in the same relation."""
    scale = min((points / (size[0] * size[1])) ** 0.5, 1.0)
    return max(int(size[0] * scale), 1), max(int(size[1] * scale), 1)


def _in_simple_points(picture: Image.Image) -> Image.Image:
    if picture.mode in _SIMPLE:
        return picture
    if picture.mode in _DEEP_GREY:
        return picture.point(lambda grey: grey * (1 / 256)).convert("L")
    return picture.convert("RGBA" if picture.has_transparency_data else "L" if picture.mode == "1" else "RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    """Return the points in red, green and blue; what can be seen through becomes white, as on paper."""
    if not picture.has_transparency_data:
        flat = picture.convert("RGB")
        if picture.mode != "RGB":  # a profile of other colours does not fit any more
            flat.info.pop("icc_profile", None)
        return flat
    whole = picture.convert("RGBA")
    white = Image.new("RGB", whole.size, "white")
    white.paste(whole, mask=whole.getchannel("A"))
    return white


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_OF_THE_PROCESS, MOST_OF_THE_PROCESS))
    asked, content = what_to_do_with()
    sys.stdout.buffer.write(as_jpeg(content, asked["limit"]) or b"")


if __name__ == "__main__":
    _main()
