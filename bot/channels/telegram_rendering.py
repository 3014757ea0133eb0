"""`Outgoing` in Telegram's terms: parts of at most 4096 UTF-16 units, an inline keyboard under the last."""

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram_json import encodable
from bot.messages import Outgoing

LONGEST_TEXT = 4096
MOST_BUTTONS = 100
_MOST_IN_A_ROW = 8
_ENDS = ("\n\n", "\n", " ")


def units(text: str) -> int:
    """Return the length as Telegram counts it: UTF-16 units, two for an emoji."""
    return len(text.encode("utf-16-le")) // 2


def split_text(text: str, limit: int = LONGEST_TEXT) -> list[str]:
    """Return the text in parts of at most `limit` UTF-16 units, at least one part.

    A part ends with a paragraph, else a line, else a word, if that leaves it at least half full.
    Nothing but white space at the joints is lost.
    """
    parts, rest = [], encodable(text).strip()
    while units(rest) > limit:
        cut = _cut(rest, limit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]


def _cut(text: str, limit: int) -> int:
    """Return the index at which to cut a text that is longer than `limit` units."""
    # "ignore" drops the half of a pair that the limit would cut through.
    longest = len(text.encode("utf-16-le")[: limit * 2].decode("utf-16-le", "ignore"))
    for end in _ENDS:
        at = text.rfind(end, 0, longest + len(end))
        if longest // 2 <= at <= longest:
            return max(at, 1)
    return longest


def keyboard(outgoing: Outgoing) -> InlineKeyboardMarkup | None:
    """Return the buttons in rows of `columns`, then the code to copy; None without either.

    The copy button shows the code itself, so it needs no words in any language.
    """
    buttons = [
        InlineKeyboardButton(encodable(button.label), callback_data=encodable(button.data))
        for button in outgoing.buttons
    ]
    width = min(max(outgoing.columns, 1), _MOST_IN_A_ROW)
    rows = [buttons[at : at + width] for at in range(0, len(buttons), width)]
    if outgoing.copy_code:
        code = encodable(outgoing.copy_code)
        rows.append([InlineKeyboardButton(f"📋 {code}", copy_text=CopyTextButton(code))])
    return InlineKeyboardMarkup(rows) if rows else None
