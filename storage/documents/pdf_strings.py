"""Strings in the text of a PDF, overwritten with spaces of the same length (ISO 32000-2, 7.3.4)."""

import re

from storage.documents.errors import DocumentError

_STRING = re.compile(rb"\(|<<|<|%[^\r\n]*")
_IN_LITERAL = re.compile(rb"\\.|[()]", re.DOTALL)


def blank_strings(text: bytearray, start: int, end: int) -> None:
    """Overwrite every string between two places; names, numbers and references stay."""
    position = start
    while found := _STRING.search(text, position, end):
        position = found.end() if found[0] == b"<<" or found[0][:1] == b"%" else blank_string(text, found.start())


def blank_string(text: bytearray, start: int) -> int:
    """Overwrite the string that begins at `start`; return where it ends. Raises DocumentError if it does not."""
    if text[start : start + 1] == b"<":
        end = text.find(b">", start)
        if end < 0:
            raise DocumentError("a string does not end")
        length = end - start - 1
        text[start + 1 : end] = (b"20" * length)[:length]
        return end + 1
    end = _end_of_literal(text, start)
    text[start + 1 : end] = b" " * (end - start - 1)
    return end + 1


def _end_of_literal(text: bytearray, start: int) -> int:
    depth = 0
    for found in _IN_LITERAL.finditer(text, start):
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
        if depth == 0:
            return found.start()
    raise DocumentError("a string does not end")
