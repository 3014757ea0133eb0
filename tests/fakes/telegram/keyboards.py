"""What the Bot API accepts as a keyboard, and how a button is found by its label."""

from typing import Any

from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.texts import units

MOST_BUTTONS = 100
MOST_IN_A_ROW = 8
LONGEST_DATA = 64
LONGEST_COPY = 256
_ACTIONS = frozenset(
    {
        "callback_data",
        "url",
        "copy_text",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "pay",
    }
)

Json = dict[str, Any]


def checked_markup(markup: Any, *, private: bool) -> Json | None:
    """Return a reply markup as the message keeps it: an inline keyboard with rows, or None.

    private  whether the chat is private: only there may a key ask for a contact or a position
    Raises Refused for markup that the real server refuses, and for rows over eight (undocumented,
    clients show no more).
    """
    if markup is None or markup == "":
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = _rows(markup["inline_keyboard"])
        for button in (each for row in rows for each in row):
            _check_inline(button)
        return {"inline_keyboard": rows} if rows else None
    if "keyboard" in markup:
        _check_reply_keyboard(markup, private=private)
    elif not ({"remove_keyboard", "force_reply"} & markup.keys()):
        raise bad_request("can't parse reply keyboard markup JSON object")
    return None


def _rows(given: Any) -> list[list[Json]]:
    """Return the rows that hold buttons. Raises Refused for another shape or too many buttons."""
    if not isinstance(given, list) or not all(isinstance(row, list) for row in given):
        raise bad_request('field "inline_keyboard" must be an Array of Arrays')
    rows = [row for row in given if row]
    if sum(map(len, rows)) > MOST_BUTTONS or any(len(row) > MOST_IN_A_ROW for row in rows):
        raise bad_request("reply markup is too long")
    return rows


def _check_inline(button: Any) -> None:
    """Raise Refused unless the button has a text and exactly one action within its limits."""
    if not isinstance(button, dict) or not str(button.get("text", "")).strip():
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be non-empty')
    actions = _ACTIONS & button.keys()
    if not actions:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request("can't parse inline keyboard button: exactly one action is expected")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= LONGEST_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    if "copy_text" in button and not 1 <= units(button["copy_text"].get("text", "")) <= LONGEST_COPY:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")


def _check_reply_keyboard(markup: Json, *, private: bool) -> None:
    """Raise Refused for a key that asks for a contact or position outside a private chat."""
    for key in (each for row in _rows(markup["keyboard"]) for each in row):
        asks = isinstance(key, dict) and (key.get("request_contact") or key.get("request_location"))
        if asks and not private:
            raise bad_request("phone number and location can be requested in private chats only")


def button_labelled(keyboard: Json | None, label: str) -> Json:
    """Return the button whose label is or contains `label`. Raises AssertionError when there is none."""
    buttons: list[Json] = [button for row in (keyboard or {}).get("inline_keyboard", []) for button in row]
    exact = [button for button in buttons if button["text"] == label]
    near = [button for button in buttons if label in button["text"]]
    if not exact + near:
        raise AssertionError(f"no button {label!r} among {[button['text'] for button in buttons]}")
    return (exact + near)[0]
