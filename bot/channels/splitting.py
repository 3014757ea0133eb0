"""Long texts in parts that a channel takes."""

from bot.channels.untrusted_json import encodable

_ENDS = ("\n\n", "\n", " ")


def units(text: str) -> int:
    """Return the length as chat services count it: UTF-16 units, two for an emoji."""
    return len(text.encode("utf-16-le")) // 2


def split_text(text: str, limit: int) -> list[str]:
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
