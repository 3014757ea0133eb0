"""What stands in the place of a file: its caption, its name, and the way to it or that there is none."""

from datetime import UTC, datetime

import pytest

from bot.channels.file_words import with_link, without_file
from bot.file_links import FileLinks
from bot.messages import Outgoing, OutgoingFile

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LINKS = FileLinks.of("https://langnghe.example", "khoa-mau")
FILE = OutgoingFile("ab" * 16 + ".xlsx", "PA-1.xlsx", "application/mau", 10)


@pytest.mark.parametrize(("language", "words"), [("vi", "Ông/Bà tải tệp"), ("en", "download it")])
def test_a_link_stands_on_a_line_of_its_own_under_the_caption(language: str, words: str) -> None:
    told = with_link(Outgoing("Tệp 1/2", language=language, file=FILE), FILE, LINKS, NOW)
    caption, _, said = told.text.partition("\n\n")
    assert (told.file, caption) == (None, "Tệp 1/2")
    assert words in said
    assert "30" in said
    assert "PA-1.xlsx" in said.split("\n")[0]
    assert said.split("\n")[1:] == [LINKS.link(FILE, NOW)]


@pytest.mark.parametrize(("language", "words"), [("vi", "không còn được lưu"), ("en", "no longer kept")])
def test_a_file_that_is_gone_is_told_by_its_name(language: str, words: str) -> None:
    told = without_file(Outgoing("", language=language, file=FILE), FILE)
    assert told.file is None
    assert told.text.startswith(("Tệp PA-1.xlsx", "The file PA-1.xlsx"))
    assert words in told.text
