"""What Zalo accepts as buttons under a message (zalo.md, A6)."""

import re
from typing import Any

from tests.fakes.zalo.errors import invalid

MOST_BUTTONS = 5
LONGEST_TITLE = 100
LONGEST_QUERY = 1000
_PHONE = re.compile(r"84\d{9}")

Json = dict[str, Any]


def checked_buttons(given: Any) -> tuple[Json, ...]:
    """Return the buttons. Raises Refused for none, more than five, or one of a wrong form."""
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_BUTTONS:
        raise invalid("buttons")
    return tuple(_checked(button) for button in given)


def _checked(button: Any) -> Json:
    if not isinstance(button, dict) or not {"title", "type", "payload"} <= button.keys() <= {
        "title", "type", "payload", "image_icon",
    }:  # fmt: skip
        raise invalid("buttons")
    title = button["title"]
    if not isinstance(title, str) or not 1 <= len(title.strip()) <= len(title) <= LONGEST_TITLE:
        raise invalid("buttons.title")
    check = _PAYLOADS.get(str(button["type"]))
    if check is None:
        raise invalid("buttons.type")
    if not check(button["payload"]):
        raise invalid("buttons.payload")
    return dict(button)


def _is_query(payload: Any) -> bool:
    return isinstance(payload, str) and 1 <= len(payload) <= LONGEST_QUERY


def _is_link(payload: Any) -> bool:
    return isinstance(payload, dict) and str(payload.get("url", "")).startswith(("https://", "http://"))


def _is_call(payload: Any) -> bool:
    return isinstance(payload, dict) and bool(_PHONE.fullmatch(str(payload.get("phone_code", ""))))


def _is_sms(payload: Any) -> bool:
    return _is_call(payload) and bool(payload.get("content"))


_PAYLOADS = {
    "oa.query.hide": _is_query,
    "oa.query.show": _is_query,
    "oa.open.url": _is_link,
    "oa.open.phone": _is_call,
    "oa.open.sms": _is_sms,
}
