"""Exact figures as people read them: never so rounded that they look like what they are not."""

from decimal import Decimal
from fractions import Fraction

from wording import formats

_MOST_DECIMALS = 6


def figure(value: Fraction, language: str, beside: Fraction | None = None) -> str:
    """Write an exact figure with two decimals, and with more where two would make it look equal to `beside`.

    89.9996 must not stand as "90,00" beside a target of 90 which it misses.
    """
    for decimals in range(2, _MOST_DECIMALS):
        written = formats.number(_decimal(value), language, decimals)
        if beside is None or value == beside or written != formats.number(_decimal(beside), language, decimals):
            return written
    return formats.number(_decimal(value), language, _MOST_DECIMALS)


def short(value: Fraction, language: str) -> str:
    """Write a figure of a plan as the plan does: without decimals that say nothing."""
    decimals = 0
    while (value * 10**decimals).denominator > 1 and decimals < _MOST_DECIMALS:
        decimals += 1
    return formats.number(_decimal(value), language, decimals)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
