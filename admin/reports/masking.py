"""Texts of citizens for files: what could lead to a person is masked. Names cannot be told from other words."""

import re

MASK = "[…]"

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"(?<![\w-])\+?\d(?:[\s.\-]?\d){7,14}(?![\w-])")  # telephone, identity card, account


def masked(text: str) -> str:
    """Replace mail addresses and long numbers.

    >>> masked("Gọi 0912 345 678 hoặc a@b.vn")
    'Gọi […] hoặc […]'
    """
    return _NUMBER.sub(MASK, _MAIL.sub(MASK, text))
