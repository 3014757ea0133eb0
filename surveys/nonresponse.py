"""What those who did not answer could change: the range of a figure without any guess about them."""

from dataclasses import dataclass
from fractions import Fraction

RESPONSE_BOUNDS = "response-bounds/1"


@dataclass(frozen=True)
class ResponseBounds:
    """Where the satisfied share of all invited people lies for certain; it says nothing about people not invited.

    n           who answered; population: who were invited
    rate        0..1, exact: the response rate; None when nobody was invited, as low and high
    low, high   the share if all who did not answer were dissatisfied, and if all were satisfied
    """

    n: int
    population: int
    rate: Fraction | None
    low: Fraction | None
    high: Fraction | None
    formula_id: str = RESPONSE_BOUNDS


def response_bounds(invited: int, answered: int, satisfied: int | Fraction) -> ResponseBounds:
    """Bound the satisfied share of the invited.

    satisfied   of the answered ones; for an index its share times `answered`, so it may be a fraction

    Raises ValueError unless 0 <= satisfied <= answered <= invited.
    Source: C. F. Manski, American Economic Review 80 (1990), Papers and Proceedings, 319-323.
    """
    if not 0 <= satisfied <= answered <= invited:
        raise ValueError(f"{satisfied} satisfied, {answered} answered, {invited} invited: none may exceed the next")
    if not invited:
        return ResponseBounds(0, 0, None, None, None)
    silent = invited - answered
    return ResponseBounds(
        n=answered,
        population=invited,
        rate=Fraction(answered, invited),
        low=Fraction(satisfied) / invited,
        high=Fraction(satisfied + silent) / invited,
    )
