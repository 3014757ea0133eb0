"""Pictures made anew for Zalo: small enough, upright, without what a file tells beside its points; no bombs."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.channels.zalo.shrinking import MOST_IN_MEMORY, MOST_POINTS, as_jpeg
from storage.pictures import clean_jpeg, is_upright
from tests.photos import CORNERS, corners, photo

LIMIT = 1_000_000
COLOURS = list(CORNERS)


def opened(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_large_photo_becomes_small_and_stands_upright(orientation: int) -> None:
    content = clean_jpeg(photo(size=(2100, 1400), orientation=orientation, noisy=True)).data
    assert is_upright(content) is (orientation == 1)
    made = as_jpeg(content, LIMIT)
    assert made is not None
    assert len(made) <= LIMIT < len(content)
    picture = opened(made)
    assert (picture.format, picture.width > picture.height) == ("JPEG", True)
    assert corners(made) == COLOURS
    assert not picture.getexif()


@pytest.mark.parametrize(
    ("kind", "mode"), [("WEBP", "RGB"), ("PNG", "RGB"), ("PNG", "P"), ("PNG", "RGBA"), ("JPEG", "CMYK")]
)
def test_every_kind_of_points_keeps_its_colours(kind: str, mode: str) -> None:
    made = as_jpeg(photo(kind, mode=mode), LIMIT)
    assert made is not None
    assert (opened(made).mode, corners(made)) == ("RGB", COLOURS)


@pytest.mark.parametrize(("mode", "points"), [("L", 128), ("1", 255), ("I;16", 128 * 256), ("LA", (128, 255))])
def test_grey_stays_as_bright_as_it_is(mode: str, points: int | tuple[int, int]) -> None:
    written = BytesIO()
    Image.new(mode, (40, 40), points).save(written, "PNG")
    made = as_jpeg(written.getvalue(), LIMIT)
    assert made is not None
    seen = opened(made).convert("L").getpixel((20, 20))
    assert isinstance(seen, int | float)
    assert abs(seen - (255 if mode == "1" else 128)) <= 3


def test_what_can_be_seen_through_becomes_white() -> None:
    written = BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(written, "PNG")
    made = as_jpeg(written.getvalue(), LIMIT)
    assert made is not None
    assert opened(made).getpixel((20, 20)) == (255, 255, 255)


@settings(max_examples=15)
@given(width=st.integers(1, 900), height=st.integers(1, 900), limit=st.sampled_from([60_000, 200_000, LIMIT]))
def test_whatever_its_form_it_gets_below_the_limit_and_keeps_its_form(width: int, height: int, limit: int) -> None:
    made = as_jpeg(photo("PNG", (width, height), noisy=True), limit)
    if made is not None:
        picture = opened(made)
        assert len(made) <= limit
        assert picture.width <= width
        assert abs(picture.width * height - picture.height * width) <= max(width, height) * 2
    else:
        assert limit < LIMIT  # noise of many points in very few bytes


def png_claiming(width: int, height: int) -> bytes:
    """Return a PNG of few bytes that claims to be as large as this."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        png_claiming(20_000, 20_000),  # above what Pillow itself refuses
        png_claiming(10_000, 9_000),  # above what Pillow warns of
        png_claiming(10, 10),
        photo(size=(600, 400), noisy=True)[:20_000],
        photo("GIF"),
        b"",
        b"%PDF-1.7",
    ],
)
def test_a_bomb_or_what_is_broken_is_refused(content: bytes) -> None:
    assert as_jpeg(content, LIMIT) is None


@pytest.mark.parametrize(
    ("mode", "side", "is_read"),
    [("1", 7_000, True), ("1", 7_100, False), ("RGB", 3_990, True), ("RGB", 4_010, False)],
)
def test_more_points_than_have_room_are_not_read(mode: str, side: int, *, is_read: bool) -> None:
    """What is black or white takes a byte for each point, so its number alone decides; colours take four."""
    assert 7_000**2 < MOST_POINTS < 7_100**2
    assert 4 * 3_990**2 < MOST_IN_MEMORY < 4 * 4_010**2
    written = BytesIO()
    Image.new(mode, (side, side)).save(written, "PNG")
    assert (as_jpeg(written.getvalue(), LIMIT) is not None) is is_read


def test_a_photo_of_many_points_is_read_at_a_part_of_them() -> None:
    made = as_jpeg(photo(size=(8000, 6000)), LIMIT)
    assert made is not None
    assert corners(made) == COLOURS


def test_colours_keep_their_profile() -> None:
    written, profile = BytesIO(), b"mau" * 50
    opened(photo("PNG")).save(written, "PNG", icc_profile=profile)
    made = as_jpeg(written.getvalue(), LIMIT)
    assert made is not None
    assert opened(made).info["icc_profile"] == profile
