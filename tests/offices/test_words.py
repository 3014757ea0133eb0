import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offices.words import best_matches, clean, fold, words_of

# Every code point, lone surrogates included, and the ones that do harm more often than chance would bring them.
NASTY = st.sampled_from("\x00\x1b\r\n\t\u200b\u200d\u202e\u2066\ufeff\ud800đĐ\u0301\u0303\u00a0😀👩\ufe0fạặ\u00ad")
TEXTS = st.text(st.one_of(st.characters(exclude_categories=()), NASTY), max_size=40)

OFFICES = [
    ("vp", "Văn phòng HĐND và UBND"),
    ("kt", "Phòng Kinh tế"),
    ("ktht", "Phòng Kinh tế và Hạ tầng"),
    ("tnmt", "Phòng Tài nguyên và Môi trường"),
    ("ldtbxh", "Phòng Lao động - Thương binh và Xã hội"),
    ("motcua", "Bộ phận Tiếp nhận và Trả kết quả"),
    ("motcua", "Bộ phận Một cửa"),
]


@settings(deadline=None, max_examples=100)
@given(TEXTS)
def test_cleaning_twice_changes_nothing_and_leaves_only_what_can_be_stored(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once.encode("utf-8").decode("utf-8") == once
    assert not any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t" for letter in once)
    assert once == once.strip()


@settings(deadline=None, max_examples=100)
@given(TEXTS)
def test_folding_twice_changes_nothing_and_marks_are_gone(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert not any(unicodedata.category(letter) == "Mn" for letter in once)
    assert "  " not in once


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đường Nguyễn Trãi", "duong nguyen trai"),
        ("  MỘT   CỬA ", "mot cua"),
        (unicodedata.normalize("NFD", "Phản ánh"), "phan anh"),
    ],
)
def test_diacritics_case_and_spaces_do_not_matter(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_both_ways_to_place_a_tone_mark_are_the_same_word() -> None:
    assert fold("hoà") == fold("hòa")
    assert fold("thuỷ") == fold("thủy")


def test_letters_emoji_and_paragraphs_of_a_message_stay() -> None:
    assert clean("Cống tắc 😀👩\u200d👧\r\nMong sửa sớm\t!") == "Cống tắc 😀👩\u200d👧\nMong sửa sớm\t!"


def test_what_turns_a_text_around_or_hides_in_it_goes() -> None:
    assert clean("\u202etxt.exe\u202c a\u200bb\u2066c\u2069 \ufeff\ud800d\x00") == "txt.exe abc d"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("vp ubnd", ["vp"]),
        ("văn phòng hđnd&ubnd", ["vp"]),
        ("một cửa", ["motcua"]),
        ("mot cua", ["motcua"]),
        ("tnmt", ["tnmt"]),
        ("LĐTBXH", ["ldtbxh"]),
        ("phòng kinh tế", ["kt", "ktht"]),
        ("phong kinh te va ha tang", ["ktht"]),
        ("moi tru", ["tnmt"]),
        ("công viên", []),
        ("  ", []),
        ("???", []),
    ],
)
def test_an_office_is_found_by_what_people_type(typed: str, found: list[str]) -> None:
    assert best_matches(typed, OFFICES) == found


def test_no_more_matches_than_asked_for_and_the_equal_name_first() -> None:
    named = [("long", "Xã Mẫu 10"), ("exact", "Xã Mẫu 1"), ("other", "Xã Mẫu 11")]
    assert best_matches("xa mau 1", named, limit=2) == ["exact", "long"]


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(OFFICES))
def test_every_office_is_found_by_its_own_name_without_diacritics(office: tuple[str, str]) -> None:
    key, name = office
    assert best_matches(fold(name), OFFICES)[0] == key


def test_words_leave_punctuation_out() -> None:
    assert words_of("VP. HĐND&UBND – huyện_Mẫu") == ("vp", "hdnd", "ubnd", "huyen", "mau")
