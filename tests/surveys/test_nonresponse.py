"""The range that those who did not answer leave open."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.nonresponse import response_bounds

CASES = st.integers(1, 10**9).flatmap(
    lambda invited: st.integers(0, invited).flatmap(
        lambda answered: st.tuples(st.just(invited), st.just(answered), st.integers(0, answered))
    )
)


@given(CASES, st.floats(0, 1))
def test_the_bounds_hold_whatever_the_silent_think_and_no_more(case: tuple[int, int, int], part: float) -> None:
    invited, answered, satisfied = case
    bounds = response_bounds(*case)
    assert (bounds.n, bounds.population, bounds.formula_id) == (answered, invited, "response-bounds/1")
    assert bounds.rate == Fraction(answered, invited)
    assert bounds.low is not None
    assert bounds.high is not None
    silent = invited - answered
    satisfied_silent = min(int(part * silent), silent)
    assert bounds.low <= Fraction(satisfied + satisfied_silent, invited) <= bounds.high
    assert bounds.low == Fraction(satisfied, invited)
    assert bounds.high == 1 - Fraction(answered - satisfied, invited)
    assert bounds.high - bounds.low == 1 - bounds.rate


def test_full_response_leaves_nothing_open_and_no_invitation_gives_no_figure() -> None:
    full = response_bounds(50, 50, 45)
    assert full.low == full.high == Fraction(9, 10)
    nobody = response_bounds(0, 0, 0)
    assert (nobody.rate, nobody.low, nobody.high) == (None, None, None)
    silence = response_bounds(50, 0, 0)
    assert [silence.rate, silence.low, silence.high] == [0, 0, 1]


def test_an_index_counts_as_its_share_of_those_who_answered() -> None:
    bounds = response_bounds(200, 100, Fraction(87, 100) * 100)
    assert (bounds.low, bounds.high) == (Fraction(87, 200), Fraction(187, 200))


@pytest.mark.parametrize("case", [(10, 11, 5), (10, 5, 6), (10, 5, -1)])
def test_counts_that_cannot_be_are_refused(case: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="none may exceed the next"):
        response_bounds(*case)
