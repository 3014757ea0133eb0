"""What the payload of a button names: an option of a conversation's open question, or what steers there.

`c<conversation>.<step>.<option>`, at most 64 bytes; the step makes a button of an earlier question an old one.
"""

import re

SKIP, BACK, CANCEL = "-skip", "-back", "-cancel"
CONTROLS = frozenset({SKIP, BACK, CANCEL})
"""What steers a conversation instead of answering."""

_MORE = "-more"
_PAGE = re.compile(rf"{_MORE}([0-9]{{1,2}})", re.ASCII)
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def button_data(conversation: int, step: int, option: str) -> str:
    """Name an option of a conversation's open question."""
    return f"c{_base36(conversation)}.{_base36(step)}.{option}"


def read_button(data: str) -> tuple[int, int, str]:
    """Read what `button_data` wrote; anything else names a conversation that never was.

    >>> read_button(button_data(40, 3, "land"))
    (40, 3, 'land')
    """
    parts = data.removeprefix("c").split(".", 2)
    try:
        return int(parts[0], 36), int(parts[1], 36), parts[2]
    except (ValueError, IndexError):
        return -1, -1, ""


def leafing(data: str, page: int) -> str:
    """Return what shows a page (0 is the first) of the answers one of which `data` names; it answers nothing.

    >>> leafing("c7.3.land", 1)
    'c7.3.-more1'
    """
    conversation, step, _ = read_button(data)
    return button_data(conversation, step, f"{_MORE}{page}")


def page_of(option: str) -> int | None:
    """Return which page is asked for; None for an option that leafs to none.

    >>> page_of(read_button("c7.3.-more1")[2]), page_of("land")
    (1, None)
    """
    found = _PAGE.fullmatch(option)
    return int(found[1]) if found else None


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
        if not number:
            return digits
