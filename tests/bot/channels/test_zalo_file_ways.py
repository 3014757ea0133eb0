"""Which way a file of ours takes to Zalo: nothing goes as what Zalo refuses, and nothing is left without a way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo.file_ways import LARGEST_FILE, LARGEST_PICTURE, FileWay, way_of
from storage.file_types import BY_ENDING, DOCX, GIF, JPEG, PDF, PNG, WEBP, XLSX

MIMES = st.sampled_from([kind.mime for kind in BY_ENDING.values()]) | st.text(max_size=20)
SIZES = st.integers(0, 12_000_000) | st.sampled_from(
    [LARGEST_PICTURE, LARGEST_PICTURE + 1, LARGEST_FILE, LARGEST_FILE + 1]
)
TAKES = {
    FileWay.PICTURE: ({JPEG.mime, PNG.mime}, LARGEST_PICTURE),
    FileWay.ANEW: ({JPEG.mime, PNG.mime, WEBP.mime}, None),
    FileWay.ANIMATION: ({GIF.mime}, LARGEST_FILE),
    FileWay.DOCUMENT: ({PDF.mime, DOCX.mime}, LARGEST_FILE),
}
"""What Zalo takes by each way, and up to how many bytes; of a picture that is made anew the new one counts."""


@given(mime=MIMES, size=SIZES, is_upright=st.booleans())
def test_a_file_goes_the_first_way_that_takes_it_else_as_a_link(mime: str, size: int, *, is_upright: bool) -> None:
    way = way_of(mime, size, is_upright=is_upright)
    open_to_it = [
        each
        for each, (mimes, most) in TAKES.items()
        if mime in mimes and (most is None or size <= most) and (is_upright or each is not FileWay.PICTURE)
    ]
    assert way is next(iter(open_to_it), FileWay.LINK)


@pytest.mark.parametrize(
    ("mime", "size", "way"),
    [
        (JPEG.mime, 1_000_000, FileWay.PICTURE),
        (JPEG.mime, 1_000_001, FileWay.ANEW),
        (WEBP.mime, 10, FileWay.ANEW),
        (GIF.mime, 5_000_000, FileWay.ANIMATION),
        (GIF.mime, 5_000_001, FileWay.LINK),
        (PDF.mime, 5_000_000, FileWay.DOCUMENT),
        (DOCX.mime, 5_000_001, FileWay.LINK),
        (XLSX.mime, 10, FileWay.LINK),
    ],
)
def test_limits_belong_to_what_they_limit(mime: str, size: int, way: FileWay) -> None:
    assert way_of(mime, size) is way
