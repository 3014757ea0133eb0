from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from offices.errors import DataError
from wording.catalogue import Catalogue, Param, differences, placeholders

VI = """
hello = "Xin chào Ông/Bà"
[case]
receipt = "Mã {code}, hạn trả lời {due}, {sent} phiếu"
"""
EN = """
hello = "Hello"
[case]
receipt = "Code {code}, answer by {due}, {sent} forms"
"""


def written(folder: Path, **languages: str) -> Path:
    for language, text in languages.items():
        (folder / f"{language}.toml").write_text(text, encoding="utf-8")
    return folder


def test_nested_tables_become_dotted_keys_in_every_language(tmp_path: Path) -> None:
    catalogue = Catalogue.load(written(tmp_path, vi=VI, en=EN))
    assert catalogue.languages == ("vi", "en")
    assert catalogue.text("hello", "en") == "Hello"
    assert catalogue.text("hello") == "Xin chào Ông/Bà"
    assert catalogue.has("case.receipt")
    assert not catalogue.has("case")


def test_facts_are_written_as_the_language_writes_them(tmp_path: Path) -> None:
    catalogue = Catalogue.load(written(tmp_path, vi=VI, en=EN))
    facts: dict[str, Param] = {"code": "PA-1", "due": date(2026, 11, 25), "sent": 12345, "unused": "x"}
    assert catalogue.text("case.receipt", "vi", facts) == "Mã PA-1, hạn trả lời 25/11/2026, 12.345 phiếu"
    assert catalogue.text("case.receipt", "en", facts) == "Code PA-1, answer by 25 Nov 2026, 12,345 forms"
    at: dict[str, Param] = {"code": "PA-1", "due": datetime(2026, 11, 25, 3, 5, tzinfo=UTC), "sent": 1}
    assert "10:05 ngày 25/11/2026" in catalogue.text("case.receipt", "vi", at)


def test_a_fact_full_of_braces_is_only_text(tmp_path: Path) -> None:
    catalogue = Catalogue.load(written(tmp_path, vi='said = "Ông/Bà viết: {words}"'))
    assert catalogue.text("said", "vi", {"words": "{code} {0.__class__} \\1"}) == (
        "Ông/Bà viết: {code} {0.__class__} \\1"
    )


def test_a_language_without_a_file_is_answered_in_vietnamese(tmp_path: Path) -> None:
    assert Catalogue.load(written(tmp_path, vi=VI)).text("hello", "fr") == "Xin chào Ông/Bà"


def test_a_missing_text_or_fact_is_named(tmp_path: Path) -> None:
    catalogue = Catalogue.load(written(tmp_path, vi=VI, en=EN))
    with pytest.raises(KeyError, match=r"case\.gone.*vi\.toml"):
        catalogue.text("case.gone")
    with pytest.raises(KeyError, match=r"case\.receipt.*'code'"):
        catalogue.text("case.receipt", "en", {})


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("a = ", "TOML"),
        ('a = "1"\na = "2"', "TOML"),
        ("[x]\na = 5", r"x\.a: 5 cannot be used"),
        ('a = " "', "write a text"),
        ('a = "mã {Code}"', "small letters"),
        ('a = "mã {code"', "small letters"),
        ('a = ["x"]', "write a text"),
    ],
)
def test_a_broken_file_is_one_clear_line(tmp_path: Path, broken: str, says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        Catalogue.load(written(tmp_path, vi=broken))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("vi.toml")


def test_a_folder_without_vietnamese_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"add vi\.toml"):
        Catalogue.load(written(tmp_path, en=EN))


def test_equal_catalogues_have_no_differences(tmp_path: Path) -> None:
    assert differences(Catalogue.load(written(tmp_path, vi=VI, en=EN))) == []


def test_missing_keys_and_other_placeholders_are_listed(tmp_path: Path) -> None:
    catalogue = Catalogue.load(written(tmp_path, vi='a = "x {one}"\nb = "y"', en='a = "x {two}"\nc = "z"'))
    assert differences(catalogue) == [
        "a: placeholders differ: vi ['one'], en ['two']",
        "b: missing in en.toml",
        "c: missing in vi.toml",
    ]


def test_placeholders_are_small_names_in_braces() -> None:
    assert placeholders("{a} {a} {b_2}") == {"a", "b_2"}
