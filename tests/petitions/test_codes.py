"""Tracking codes: random, readable, forgiving."""

import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from petitions.codes import BITS, UnreadableCodeError, new_code, normalise_code

CODES = st.integers(0, 2**BITS - 1).map(lambda number: new_code(lambda _bits: number))


@settings(deadline=None)
@given(CODES)
def test_a_code_has_its_shape_and_reads_as_itself(code: str) -> None:
    assert re.fullmatch(r"PA(-[0-9A-HJKMNP-TV-Z]{4}){3}", code)
    assert normalise_code(code) == code


@settings(deadline=None)
@given(CODES, st.booleans(), st.sampled_from(["", " ", "-", " - "]))
def test_a_code_typed_carelessly_is_the_same_code(code: str, prefix: bool, between: str) -> None:  # noqa: FBT001 - drawn
    groups = code.split("-")[0 if prefix else 1 :]
    typed = between.join(groups).lower().replace("0", "o").replace("1", "l")
    assert normalise_code(f"  {typed} ") == code


@settings(deadline=None)
@given(st.integers(0, 2**BITS - 1), st.integers(0, 2**BITS - 1))
def test_different_numbers_give_different_codes(one: int, other: int) -> None:
    assert (new_code(lambda _bits: one) == new_code(lambda _bits: other)) == (one == other)


def test_sixty_bits_are_asked_for() -> None:
    asked: list[int] = []

    def zero(bits: int) -> int:
        asked.append(bits)
        return 0

    assert new_code(zero) == "PA-0000-0000-0000"
    assert asked == [60]


@pytest.mark.parametrize("typed", ["", "PA", "PA-1234", "PA-UUUU-UUUU-UUUU", "đèn đường hỏng", "1" * 15, "💡" * 12])
def test_what_cannot_be_a_code_is_refused(typed: str) -> None:
    with pytest.raises(UnreadableCodeError):
        normalise_code(typed)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_code_or_a_clear_refusal(text: str) -> None:
    with contextlib.suppress(UnreadableCodeError):
        assert normalise_code(normalise_code(text)) == normalise_code(text)
