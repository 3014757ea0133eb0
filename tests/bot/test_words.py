from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.effects import Named, Option
from bot.words import Words, load_texts
from storage.facts import Ref

WORDS = Words(load_texts(), lambda ref, language: f"{ref.kind} {ref.code} ({language})")
SCALE = [
    Option(str(n), Named({"vi": f"{n} · {vi}", "en": f"{n} · {en}"}), n, tuple(words))
    for n, (vi, en, *words) in enumerate(
        [
            ("Rất không hài lòng", "Very dissatisfied", "rất tệ"),
            ("Không hài lòng", "Dissatisfied"),
            ("Bình thường", "Neutral"),
            ("Hài lòng", "Satisfied"),
            ("Rất hài lòng", "Very satisfied", "tuyệt vời"),
        ],
        start=1,
    )
]
UNITS = [
    Option("kt", Named({"vi": "Phòng Kinh tế", "en": "Economy"}), "kt"),
    Option("vh", Named({"vi": "Phòng Văn hóa", "en": "Culture"}), "vh"),
]


@pytest.mark.parametrize(
    ("typed", "options", "meant"),
    [
        ("5", SCALE, "5"),
        ("5 sao", SCALE, "5"),
        ("5/5", SCALE, "5"),
        ("⭐⭐⭐", SCALE, "3"),
        ("★★", SCALE, "2"),
        ("4 điểm", SCALE, "4"),
        ("rất hài lòng", SCALE, "5"),
        ("rat hai long", SCALE, "5"),
        ("RẤT HÀI LÒNG", SCALE, "5"),
        ("Very satisfied", SCALE, "5"),
        ("tuyet voi", SCALE, "5"),
        ("6", SCALE, None),
        ("0", SCALE, None),
        ("⭐⭐⭐⭐⭐⭐", SCALE, None),
        ("2", UNITS, "vh"),
        ("kinh te", UNITS, "kt"),
        ("Phòng", UNITS, None),
        ("economy", UNITS, "kt"),
        ("ki", UNITS, None),
        ("", UNITS, None),
    ],
)
def test_typed_words_mean_an_option(typed: str, options: Sequence[Option[Any]], meant: str | None) -> None:
    assert WORDS.match(typed, options) == meant


def test_facts_may_be_labels_and_references() -> None:
    facts: Mapping[str, str | Ref] = {"name": "Cán bộ mẫu", "unit": Ref("unit", "kt")}

    assert "unit kt (en)" in WORDS.text("officials.linked", "en", facts)


def test_a_name_without_the_language_is_said_in_vietnamese() -> None:
    assert Named({"vi": "Phòng Kinh tế"}).in_language("en") == "Phòng Kinh tế"


def test_the_first_working_day_overdue_reads_right_in_english() -> None:
    said = WORDS.text(
        "notices.petition_late", "en",
        {"code": "PA-7K3M", "unit": "Economy", "due_on": "8 Dec 2026", "late_days": 1},
    )  # fmt: skip
    assert said == "Petition PA-7K3M at Economy is overdue (due 8 Dec 2026), working days so far: 1."
