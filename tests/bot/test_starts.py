import pytest

from bot.effects import Next
from bot.starts import spoken, start_of


@pytest.mark.parametrize(
    ("name", "parameter", "begun"),
    [
        ("start", "", Next("menu")),
        ("danhgia", "", Next("rating")),
        ("start", "u_xa-mau_trung-tam", Next("rating", {"unit": "xa-mau.trung-tam"})),
        (
            "start",
            "q_waiting-time_xa-mau_trung-tam",
            Next("rating", {"questionnaire": "waiting-time", "unit": "xa-mau.trung-tam"}),
        ),
        ("start", "q_health", Next("rating", {"questionnaire": "health"})),
        ("start", "d_0123456789ABCDEF", Next("rating", {"token": "0123456789ABCDEF"})),
        ("start", "p_PA-1", Next("lookup", {"code": "PA-1"})),
        ("start", "l_ABC", Next("link", {"code": "ABC"})),
        ("start", "danhgia", Next("rating")),
        ("tracuu", "PA-1", Next("lookup", {"code": "PA-1"})),
        ("case:PA-1:accept", "", Next("case", {"code": "PA-1", "event": "accept"})),
        ("case:PA-1:supply", "", Next("lookup", {"code": "PA-1", "event": "supply"})),
        ("case:PA-1", "", Next("case", {"code": "PA-1"})),
        ("find:PA-1", "", Next("lookup", {"code": "PA-1"})),
    ],
)
def test_known_starts(name: str, parameter: str, begun: Next) -> None:
    assert start_of(name, parameter) == begun


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("start", "x_1"),
        ("start", "u_"),
        ("nothing", ""),
        ("case:", ""),
        (f"case:{'A' * 41}", ""),
        ("menu:x", ""),
        ("", ""),
    ],
)
def test_whatever_else_begins_nothing_or_the_menu(name: str, parameter: str) -> None:
    assert start_of(name, parameter) in (None, Next("menu"))


@pytest.mark.parametrize("typed", ["Phản ánh", "phan anh", "PHẢN ÁNH", "kiến nghị", "report"])
def test_spoken_words_begin_a_petition(typed: str) -> None:
    assert spoken(typed) == Next("petition")


def test_other_words_begin_nothing() -> None:
    assert spoken("trời đẹp quá") is None
