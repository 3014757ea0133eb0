"""The symbols of codes that people type: 27 of them, and one that shows a slip of the finger.

Digits and consonants: no letter that is read as a digit, and none that a Vietnamese keyboard (Telex, VNI) turns into
another one, as it does with vowels, W and D.
"""

ALPHABET = "0123456789BCFGHJKMNPQRSTVXZ"
BASE = 27
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
"""What is forgiven: letters that look like digits."""
_HALF = 14  # 2 * 14 = 1 modulo 27


def symbols_of(number: int, length: int) -> str:
    """Write a number in so many symbols; what does not fit is left out at the front."""
    return "".join(ALPHABET[number // BASE**place % BASE] for place in range(length - 1, -1, -1))


def check_symbol(symbols: str) -> str:
    """Return the symbol that makes the sum of all, every second one taken twice, a multiple of 27.

    1, 2 and their difference have no factor in common with 27, so every single wrong symbol, and every two neighbours
    that changed places, leave another sum.
    """
    total = sum(ALPHABET.index(symbol) * (1 + place % 2) for place, symbol in enumerate(symbols))
    return ALPHABET[-total * _HALF % BASE]


def is_checked(symbols: str) -> bool:
    """Say whether the last of some symbols of the alphabet is the check of the others."""
    return check_symbol(symbols[:-1]) == symbols[-1]
