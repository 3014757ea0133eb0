"""What stands under a message of Telegram: an inline keyboard."""

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.untrusted_json import encodable
from bot.messages import Outgoing

_MOST_IN_A_ROW = 8


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
