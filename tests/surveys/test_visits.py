"""Visit tokens as they are printed, scanned and typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.visits import TOKEN_BITS, TokenError, read_token, write_token

BITS = st.integers(0, 2**TOKEN_BITS - 1)


@given(BITS)
def test_a_token_is_read_back_however_it_is_typed(bits: int) -> None:
    token = write_token(bits)
    assert len(token) == 16
    typed = " ".join((token[:8], token[8:])).lower().replace("0", "o").replace("1", "l")
    assert read_token(typed) == token
    assert read_token("-".join((token[:4], token[4:]))) == token


@given(BITS, BITS)
def test_different_bits_give_different_tokens(one: int, other: int) -> None:
    assert (write_token(one) == write_token(other)) == (one == other)


@pytest.mark.parametrize("typed", ["", "ABC", "U" * 16, "A" * 17, "đ" * 16])
def test_what_cannot_be_a_token_is_refused(typed: str) -> None:
    with pytest.raises(TokenError, match="token_unknown"):
        read_token(typed)


@pytest.mark.parametrize("bits", [-1, 2**TOKEN_BITS])
def test_a_token_has_exactly_its_bits(bits: int) -> None:
    with pytest.raises(ValueError, match="80 bits"):
        write_token(bits)
