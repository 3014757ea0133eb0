"""The codes of posters: short, forgiving, and never taken for one another after a slip of the finger."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offices.code_symbols import ALPHABET
from offices.entry_codes import NUMBERS, draw, is_meant, read, write

CODES = st.integers(0, NUMBERS - 1).map(write)


@given(code=CODES, before=st.sampled_from(["", "mã ", "Gửi mã: ", "CODE "]), gap=st.sampled_from(["-", " ", "", " – "]))
@settings(max_examples=50, deadline=None)
def test_a_code_is_read_however_it_is_typed(code: str, before: str, gap: str) -> None:
    typed = code.replace("-", gap)
    for written in (typed, typed.lower(), f" {typed}."):
        assert read(before + written) == code
    assert read(code.replace("0", "O").replace("1", "l")) == code


@given(code=CODES, place=st.integers(3, 6), symbol=st.sampled_from(ALPHABET))
@settings(max_examples=50, deadline=None)
def test_a_slip_of_the_finger_is_no_other_code(code: str, place: int, symbol: str) -> None:
    wrong = code[:place] + symbol + code[place + 1 :]
    assert (read(wrong) == code) == (wrong == code)
    assert is_meant(wrong)
    swapped = code[: place - 1] + code[place] + code[place - 1] + code[place + 1 :] if place > 3 else code
    assert read(swapped) in ({code} if swapped == code else {None})


@pytest.mark.parametrize(
    "typed", ["", "KS", "KS-123", "KS-12345", "1B1K", "DG-1B1K", "kỹ sư Nam", "khách sạn", "KS-1B1K nhé", "ks " * 30]
)
def test_other_words_are_no_code(typed: str) -> None:
    assert read(typed) is None
    assert not is_meant(typed)


@pytest.mark.parametrize("number", [-1, NUMBERS])
def test_there_are_no_other_numbers(number: int) -> None:
    with pytest.raises(ValueError, match="below"):
        write(number)


def test_drawn_codes_are_codes() -> None:
    chance = random.Random(1)  # noqa: S311 - the same each time
    assert all(read(code) == code for code in (draw(chance.getrandbits) for _ in range(50)))
