"""Pictures lose their metadata and keep their picture."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.pictures import Cleaned, PictureError, clean_gif, clean_jpeg, clean_png, clean_webp, is_upright
from storage.pictures.jpeg import clean_jpeg as again
from tests.storage import pictures

Clean = Callable[[bytes], Cleaned]
KINDS = [
    pytest.param(clean_jpeg, pictures.jpeg(), id="jpeg"),
    pytest.param(clean_png, pictures.png(), id="png"),
    pytest.param(clean_webp, pictures.webp(), id="webp"),
    pytest.param(clean_gif, pictures.gif(), id="gif"),
]


@pytest.mark.parametrize(("clean", "picture"), KINDS)
def test_nothing_of_the_metadata_is_left(clean: Clean, picture: bytes) -> None:
    cleaned = clean(picture)
    assert pictures.SECRET in picture
    assert pictures.SECRET not in cleaned.data
    assert (cleaned.width, cleaned.height) == (4, 3)


@pytest.mark.parametrize(("clean", "picture"), KINDS)
def test_a_clean_picture_stays_as_it_is(clean: Clean, picture: bytes) -> None:
    cleaned = clean(picture).data
    assert clean(cleaned).data == cleaned


def test_the_scan_and_the_colour_profile_of_a_jpeg_are_kept() -> None:
    cleaned = clean_jpeg(pictures.jpeg()).data
    assert b"scan\xff\x00data\xff\xd0more\xff\xd9" in cleaned
    assert b"ICC_PROFILE\0\x01\x01colours" in cleaned
    assert b"JFIF" in cleaned


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("header", [True, False])
def test_a_clean_photo_says_whether_it_lies_upright(orientation: int, *, header: bool) -> None:
    photo = pictures.jpeg(orientation=orientation)
    given = photo if header else photo[:2] + photo[2 + 2 + int.from_bytes(photo[4:6], "big") :]
    assert (b"JFIF" in given) is header
    assert is_upright(clean_jpeg(given).data) is (orientation == 1)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_photo_stays_turned(orientation: int, order: str) -> None:
    cleaned = clean_jpeg(pictures.jpeg(orientation=orientation, order=order)).data
    assert b"Exif\0\0MM" in cleaned
    assert bytes((0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation)) in cleaned
    assert again(cleaned).data == cleaned


def test_the_flags_of_webp_announce_no_metadata() -> None:
    cleaned = clean_webp(pictures.webp()).data
    assert cleaned[20] == 0
    assert int.from_bytes(cleaned[4:8], "little") == len(cleaned) - 8


def test_a_loop_of_a_gif_is_kept() -> None:
    assert b"NETSCAPE2.0" in clean_gif(pictures.gif()).data


def test_a_jpeg_cut_off_in_its_scan_is_ended() -> None:
    picture = pictures.jpeg()
    assert clean_jpeg(picture[: picture.index(b"more")]).data.endswith(b"\xff\xd9")


@pytest.mark.parametrize(("clean", "picture"), KINDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_picture_is_refused_or_read_and_nothing_else(
    clean: Clean, picture: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(picture) - 1))
    junk = data.draw(st.binary(max_size=6))
    damaged = picture[:at] + junk + picture[at + data.draw(st.integers(0, 30)) :]
    try:
        clean(damaged)
    except PictureError:
        return
