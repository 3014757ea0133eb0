"""What the Bot API accepts as text: lengths in UTF-16 units, and HTML down to the last bracket."""

import html
import re

from tests.fakes.telegram.errors import bad_request

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_RAW = 32_768
_TAGS = frozenset(
    "b strong i em u ins s strike del a code pre blockquote span tg-spoiler tg-emoji".split()  # noqa: SIM905 - a list
)
_MARKUP = re.compile(r"<(?P<close>/?)(?P<name>[a-zA-Z-]*)(?P<rest>[^>]*)(?P<end>>?)")


def units(text: str) -> int:
    """Return the length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def visible(text: str, parse_mode: str | None) -> str:
    """Return what people see of a text.

    Raises Refused where the real server would: an unknown parse mode, or markup it cannot parse.
    """
    if not parse_mode:
        return text
    if parse_mode.lower() != "html":
        raise bad_request("unsupported parse_mode")
    return html.unescape(_without_tags(text))


def _without_tags(text: str) -> str:
    """Return the text without tags. Raises Refused for an unknown, unclosed or wrongly nested tag."""
    kept, at, stack = [], 0, list[str]()
    for found in _MARKUP.finditer(text):
        kept.append(text[at : found.start()])
        at = found.end()
        _follow(found, stack)
    if stack:
        raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{stack[-1]}\"")
    return "".join([*kept, text[at:]])


def _follow(found: re.Match[str], stack: list[str]) -> None:
    """Open or close one tag."""
    name = found["name"].lower()
    offset = len(found.string[: found.start()].encode())
    if name not in _TAGS or not found["end"]:
        raise bad_request(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {offset}')
    if not found["close"]:
        stack.append(name)
    elif not stack or stack.pop() != name:
        raise bad_request(f"can't parse entities: Unexpected end tag at byte offset {offset}")


def checked_text(text: str | None, parse_mode: str | None) -> str:
    """Return the visible text of a message.

    Raises Refused when it is missing, empty after trimming, over 4096 units or over 32,768 raw bytes.
    """
    if text and len(text.encode()) > LONGEST_RAW:
        raise bad_request("message is too long")
    shown = visible(text or "", parse_mode).strip()
    if not shown:
        raise bad_request("message text is empty")
    if units(shown) > LONGEST_TEXT:
        raise bad_request("message is too long")
    return shown


def checked_caption(caption: str | None, parse_mode: str | None) -> str:
    """Return the visible caption, perhaps empty. Raises Refused over 1024 units."""
    shown = visible(caption or "", parse_mode).strip()
    if units(shown) > LONGEST_CAPTION:
        raise bad_request("message caption is too long")
    return shown
