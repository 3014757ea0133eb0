"""How units are named in deep links: `https://t.me/BOT?start=u_xa-mau_trung-tam`.

A Telegram start parameter holds letters, digits, `-` and `_` only, at most 64; codes of units hold dots too.
"""


def unit_parameter(code: str) -> str:
    """Return the start parameter that opens the rating of a unit.

    >>> unit_parameter("xa-mau.trung-tam")
    'u_xa-mau_trung-tam'
    """
    return "u_" + code.replace(".", "_")


def unit_of_parameter(written: str) -> str:
    """Return the code of the unit that the part after `u_` names.

    >>> unit_of_parameter("xa-mau_trung-tam")
    'xa-mau.trung-tam'
    """
    return written.replace("_", ".")
