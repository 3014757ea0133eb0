"""Choices as numbered text, for channels with few buttons or none.

What is typed is understood by the conversation itself (`bot.words.Words.match`): an option's own number, else its place
among the options, else its words. So the numbers are only shown here, by the same rule.
"""

import re
from collections.abc import Sequence

from bot.conversations import BACK, CANCEL, SKIP, read_button
from bot.messages import Button, Outgoing

_STEERING = frozenset({SKIP, BACK, CANCEL})
_MARK = re.compile(r"(\d{1,2}) · ")


def steers(button: Button) -> bool:
    """Say whether a button skips, goes back or cancels: its words can be typed at any question."""
    return read_button(button.data)[2] in _STEERING


def answers(outgoing: Outgoing) -> tuple[Button, ...]:
    """Return the buttons that answer the open question."""
    return tuple(each for each in outgoing.buttons if read_button(each.data)[0] >= 0 and not steers(each))


def numbered_lines(buttons: Sequence[Button]) -> list[str]:
    """Return a line for each answer: `2. Nhà ở`, or only its words where they begin with the number to be typed.

    >>> numbered_lines([Button("5 · Rất hài lòng", "c1.1.5"), Button("Khác", "c1.1.other")])
    ['5. Rất hài lòng', '2. Khác']
    >>> numbered_lines([Button("15 phút", "c1.2.15")])
    ['15 phút']
    """
    return [_line(place, button) for place, button in enumerate(buttons, start=1)]


def in_numbers(outgoing: Outgoing) -> str:
    """Return a message for a channel without buttons: its text, the numbered answers, the words that steer."""
    words = " ".join(f"[{button.label}]" for button in outgoing.buttons if steers(button))
    parts = [outgoing.text, "\n".join(numbered_lines(answers(outgoing))), words]
    return "\n\n".join(part for part in parts if part)


def _line(place: int, button: Button) -> str:
    option = read_button(button.data)[2]
    number = option if option.isdecimal() else str(place)
    label = _MARK.sub("", button.label, count=1)
    return label if re.match(rf"{number}\b", label) else f"{number}. {label}"
