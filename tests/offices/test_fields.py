from pathlib import Path

import pytest

from offices.errors import DataError, DomainError
from offices.fields import Scope, read_fields

TEXT = """
[[fields]]
code = "land"
name = { vi = "Đất đai", en = "Land" }
scope = "administrative"
words = ["sổ đỏ"]
[[fields]]
code = "health"
name = { vi = "Y tế", en = "Health" }
scope = "public_service"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "fields.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_fields_are_read_in_order_and_found_by_their_words(tmp_path: Path) -> None:
    fields = read_fields(written(tmp_path, TEXT))
    assert [field.code for field in fields] == ["land", "health"]
    assert len(fields) == 2
    assert "land" in fields
    assert fields.field("health").scope is Scope.PUBLIC_SERVICE
    assert fields.field("land").name["en"] == "Land"
    assert fields.field("land").name["fr"] == str(fields.field("land").name) == "Đất đai"
    assert [field.code for field in fields.find("so do")] == ["land"]
    with pytest.raises(DomainError, match="field_unknown"):
        fields.field("gone")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"health"', '"land"', "a code of its own"),
        ('"public_service"', '"public"', r"fields\[2\]\.scope: 'public' cannot be used; use one of: administrative"),
        ('words = ["sổ đỏ"]', "words = [1]", r"fields\[1\]\.words"),
        ('vi = "Y tế", en = "Health"', 'vi = "Y tế"', r"fields\[2\]\.name\.en"),
        ('{ vi = "Y tế", en = "Health" }', '"Y tế"', r"fields\[2\]\.name"),
        ("words", "word", r"fields\[1\]\.word: .* use one of"),
        ("[[fields]]", "[fields]", "TOML"),
    ],
)
def test_a_wrong_file_is_one_clear_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        read_fields(written(tmp_path, TEXT.replace(old, new)))
    assert str(caught.value).startswith("fields.toml: ")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"fields\.toml: \(file\): .* put a file of TOML in UTF-8 there"):
        read_fields(tmp_path / "fields.toml")
