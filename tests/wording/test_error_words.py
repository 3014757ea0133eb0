"""Every refusal of the rules has words in both languages, with facts that the refusal really brings."""

from importlib.resources import files
from pathlib import Path

from wording.catalogue import Catalogue, differences

ERRORS = files("wording") / "errors"


def test_both_languages_say_the_same() -> None:
    assert differences(Catalogue.load(ERRORS)) == []


def test_shared_words_are_added_and_own_ones_win(tmp_path: Path) -> None:
    (tmp_path / "vi.toml").write_text('[errors]\ntoken_used = "Riêng"\n', encoding="utf-8")
    catalogue = Catalogue.load(tmp_path, ERRORS)
    assert catalogue.text("errors.token_used") == "Riêng"
    assert catalogue.text("errors.token_unknown").startswith("Mã đánh giá")
