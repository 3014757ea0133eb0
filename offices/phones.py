"""Telephone numbers in one form, so that one number written in several ways is recognised as the same."""

import re

COUNTRY = "84"
_SEPARATORS = re.compile(r"[\s.()\-/]+")
_NATIONAL = re.compile(r"0([2-9]\d{8,9})")  # mobile numbers and those with an area code
_INTERNATIONAL = re.compile(r"(?:\+|00)([1-9]\d{7,14})")  # ITU-T E.164: at most 15 digits
_MOBILE = re.compile(rf"\+{COUNTRY}[35789]\d{{8}}")
_WITHOUT_PLUS = re.compile(rf"({COUNTRY}[2-9]\d{{8,9}})")  # as Telegram and many lists write them


def read_phone(typed: str) -> str | None:
    """Return a number as E.164 writes it; None for what is none. Vietnamese numbers need no country code.

    A spreadsheet takes the leading zero of a number away: nine digits of a mobile number are taken as well.

    >>> read_phone("0912 345 678"), read_phone("84912345678"), read_phone("912345678"), read_phone("113")
    ('+84912345678', '+84912345678', '+84912345678', None)
    """
    number = _SEPARATORS.sub("", typed.strip())
    if found := _INTERNATIONAL.fullmatch(number):
        # "+84 (0)912 345 678" is how many write it.
        return "+" + re.sub(rf"^{COUNTRY}0", COUNTRY, found[1])
    if found := _NATIONAL.fullmatch(number) or re.fullmatch(r"([35789]\d{8})", number):
        return f"+{COUNTRY}{found[1]}"
    found = _WITHOUT_PLUS.fullmatch(number)
    return f"+{found[1]}" if found else None


def read_mobile(typed: str) -> str | None:
    """Return a mobile number of Vietnam as E.164 writes it; None for any other.

    >>> read_mobile("0912.345.678"), read_mobile("024 3825 0000")
    ('+84912345678', None)
    """
    number = read_phone(typed)
    return number if number and _MOBILE.fullmatch(number) else None
