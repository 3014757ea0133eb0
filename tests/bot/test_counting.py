"""Whole numbers as people press and type them."""

import pytest

from bot.asking_numbers import count, count_or_skip
from bot.effects import Ask, Option, Refused, Reply, Text

MINUTES = [Option(str(number), Text("rating.amount"), number) for number in (5, 10, 15)]
ASK = next(count("wait", Text("q"), range(481), ("phút", "minutes"), Text("refused.number"), MINUTES))


def read(reply: Reply) -> object:
    assert isinstance(ASK, Ask)
    return ASK.read(reply, lambda _typed, _options: "5")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("15", 15), (" 15 phút ", 15), ("15p", 15), ("20 PHUT", 20), ("khoảng 25 phút", 25), ("about 7 minutes", 7),
        ("~30", 30), ("0", 0), ("480", 480), ("3", 3), ("007", 7), ("12 min.", 12),
    ],
)  # fmt: skip
def test_a_number_typed_alone_or_with_its_unit_is_understood(typed: str, meant: int) -> None:
    assert read(Reply(typed)) == meant


@pytest.mark.parametrize("typed", ["", "481", "1 giờ", "1 giờ 30", "10-15", "7,5", "-3", "lâu", "9" * 5000, "15 lần"])
def test_anything_else_is_asked_again(typed: str) -> None:
    with pytest.raises(Refused):
        read(Reply(typed))


def test_a_press_counts_only_when_it_was_offered() -> None:
    assert read(Reply(option="10")) == 10
    with pytest.raises(Refused):
        read(Reply(option="11"))


def test_a_kept_answer_stands_while_it_lies_in_the_range() -> None:
    optional = next(count_or_skip("wait", Text("q"), range(1, 60), ("phút",), Text("refused.number")))
    assert isinstance(optional, Ask)
    assert optional.optional
    assert [optional.fits(value) for value in (1, 59, 60, "15", True)] == [True, True, False, False, False]
