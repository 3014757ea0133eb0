"""Rating codes as they are printed, scanned, typed and guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.tokens import NUMBERS, SYMBOLS, TokenError, TokenKey, could_be, is_certain, is_meant, shown
from tests.codes import TOKEN_KEY

ALPHABET = "0123456789BCFGHJKMNPQRSTVXZ"
NUMBER = st.integers(0, NUMBERS - 1)
ANYTHING = st.text(max_size=150) | st.text(alphabet="dDgGĐđ0O1lI-– .PXZbcf29", max_size=30)


@given(NUMBER)
def test_a_code_is_read_back_however_it_is_typed(number: int) -> None:
    token = TOKEN_KEY.write(number)
    assert len(token) == SYMBOLS
    assert set(token) <= set(ALPHABET)
    sloppy = shown(token).lower().replace("0", "o").replace("1", "l")
    for typed in (
        token,
        shown(token),
        sloppy,
        sloppy.replace("-", " "),
        f"  Mã đánh giá của tôi là: {sloppy}.",
        f"ma danh gia {token}",
        f"ĐÁNH GIÁ Đg{token}",
        token.replace("1", "I"),
        shown(token).replace("-", "–"),
    ):
        assert TOKEN_KEY.read(typed) == token


@given(NUMBER, NUMBER)
def test_different_numbers_give_different_codes_and_digests(one: int, other: int) -> None:
    first, second = TOKEN_KEY.write(one), TOKEN_KEY.write(other)
    assert (first == second) == (one == other) == (TOKEN_KEY.digest(first) == TOKEN_KEY.digest(second))


@given(NUMBER, st.integers(0, SYMBOLS - 1), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_always_found(number: int, place: int, symbol: str) -> None:
    token = TOKEN_KEY.write(number)
    changed = token[:place] + symbol + token[place + 1 :]
    if changed != token:
        with pytest.raises(TokenError, match="token_mistyped"):
            TOKEN_KEY.read(changed)


@given(NUMBER, st.integers(0, SYMBOLS - 2))
def test_two_neighbours_that_changed_places_are_always_found(number: int, place: int) -> None:
    token = TOKEN_KEY.write(number)
    changed = token[:place] + token[place + 1] + token[place] + token[place + 2 :]
    if changed != token:
        with pytest.raises(TokenError, match="token_mistyped"):
            TOKEN_KEY.read(changed)


@given(NUMBER)
def test_the_code_of_another_authority_is_told_from_a_slip_of_the_finger(number: int) -> None:
    other = TokenKey.of("the secret of another authority, as long")
    with pytest.raises(TokenError, match="token_foreign"):
        TOKEN_KEY.read(shown(other.write(number)))


@settings(max_examples=300)
@given(ANYTHING)
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    """Nothing else is raised; and what a question would give up for a code is one."""
    assert TOKEN_KEY.knows(typed) in (True, False)
    assert is_meant(typed) in (True, False)
    if is_certain(typed):
        assert is_meant(typed)


@pytest.mark.parametrize(
    "typed", ["", "DG", "DG-", "DG-7K3M", "U" * 12, "A" * 17, "đ" * 12, "\x00", "\ud800", "٣" * 12]
)
def test_what_cannot_be_a_code_is_refused(typed: str) -> None:
    with pytest.raises(TokenError, match="token_mistyped"):
        TOKEN_KEY.read(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "đánh giá",
        "đánh giá 5 sao",
        "số của tôi là 0912345678",
        "mã số thuế 0123456789",
        "mã hồ sơ 000123456789",
        "001085012345",
        "PA-7K3M-9QXT-2HBN",
        "Đường thôn Mẫu hỏng",
        "DG cán bộ tốt lắm",
        "xin cam on nhe",
    ],
)
def test_other_things_that_people_write_are_no_codes(typed: str) -> None:
    assert not is_meant(typed)
    assert not is_certain(typed)


def test_a_code_with_a_few_symbols_missing_is_meant_as_one_but_interrupts_no_answer() -> None:
    assert is_meant("dg 7k3m 9qxt 2h")
    assert not is_certain("dg 7k3m 9qxt 2h")


def test_a_code_without_any_digit_is_one_too() -> None:
    tokens = (TOKEN_KEY.write(NUMBERS - number) for number in range(1, 100_000))
    token = next(each for each in tokens if each.isalpha())
    for typed in (token, shown(token), shown(token).removeprefix("DG-").lower()):
        assert could_be(typed)
        assert TOKEN_KEY.knows(typed)
    assert is_meant(f"mã đánh giá {token}")


def test_numbers_are_drawn_from_all_and_none_is_too_large() -> None:
    bits = iter([2**29 - 1, NUMBERS, NUMBERS - 1])
    assert TOKEN_KEY.draw(lambda _bits: next(bits)) == TOKEN_KEY.write(NUMBERS - 1)


@pytest.mark.parametrize("number", [-1, NUMBERS])
def test_there_are_no_other_numbers(number: int) -> None:
    with pytest.raises(ValueError, match="below"):
        TOKEN_KEY.write(number)


def test_the_key_does_not_show_itself() -> None:
    assert "sample" not in repr(TOKEN_KEY)
    assert TOKEN_KEY.secret.hex() not in repr(TOKEN_KEY)
