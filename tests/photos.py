"""Pictures that a viewer really shows, with a colour in each corner, so that their way up can be seen."""

import random
from io import BytesIO

from PIL import Image

CORNERS = {"red": (220, 20, 20), "green": (20, 180, 20), "blue": (20, 20, 220), "yellow": (220, 220, 20)}
"""Upper left, upper right, lower right, lower left, as they are to be seen."""
_STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How the rows of a picture lie in its file for each orientation that Exif names."""
_ORIENTATION_TAG = 0x0112


def photo(
    kind: str = "JPEG",
    size: tuple[int, int] = (64, 48),
    *,
    orientation: int = 1,
    noisy: bool = False,
    mode: str = "RGB",
) -> bytes:
    """Return a picture of this format, width and height as it is to be seen.

    orientation  how it lies in the file, told by Exif (JPEG)
    noisy        full of noise, so that it is large
    mode         of its points, as Pillow names them
    """
    if noisy:
        points = random.Random(7).randbytes(size[0] * size[1] * 3)  # noqa: S311 - always the same noise
        picture = Image.frombytes("RGB", size, points)
    else:
        picture = Image.new("RGB", size, (128, 128, 128))
    width, height = max(size[0] // 4, 1), max(size[1] // 4, 1)
    right, low = size[0] - width, size[1] - height
    for colour, place in zip(CORNERS.values(), ((0, 0), (right, 0), (right, low), (0, low)), strict=True):
        picture.paste(colour, (*place, place[0] + width, place[1] + height))
    turned = _STORED[orientation]
    if turned is not None:
        picture = picture.transpose(turned)
    exif = Image.Exif()
    exif[_ORIENTATION_TAG] = orientation
    written = BytesIO()
    more = {"exif": exif} if orientation != 1 else {}
    picture.convert(mode).save(written, kind, **more)
    return written.getvalue()


def corners(content: bytes) -> list[str]:
    """Return which colours stand in the corners of a picture as its points lie in the file, from the upper left on."""
    with Image.open(BytesIO(content)) as opened:
        picture = opened.convert("RGB")
    width, height = picture.size
    x, y = width // 8, height // 8
    return [_named(picture, place) for place in ((x, y), (width - x, y), (width - x, height - y), (x, height - y))]


def _named(picture: Image.Image, place: tuple[int, int]) -> str:
    seen = picture.getpixel((min(place[0], picture.width - 1), min(place[1], picture.height - 1)))
    assert isinstance(seen, tuple)
    return min(CORNERS, key=lambda name: sum(abs(a - b) for a, b in zip(CORNERS[name], seen, strict=True)))
