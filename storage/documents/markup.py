"""XML read and written again piece by piece, with elements, attributes and texts left out on the way.

Names keep their prefixes and their declarations as they were: Word and Excel read prefixes in attribute values.
"""

from collections.abc import Callable
from typing import IO, Protocol
from xml.parsers import expat

from storage.documents.errors import DocumentError

READ_AT_ONCE = 64 * 1024

Attributes = list[tuple[str, str]]


class Edit(Protocol):
    """What is to be done with a piece of XML; one is made for each piece."""

    def element(self, name: str, attributes: Attributes) -> Attributes | None:
        """Return the attributes that an element keeps; None leaves out the element with all in it."""
        ...

    def text(self, text: str) -> str:
        """Return what is kept of a text right within the element that began last."""
        ...


def local(name: str) -> str:
    """Return a name without its prefix."""
    return name.rpartition(":")[2]


def rewrite(source: IO[bytes], write: Callable[[bytes], object], edit: Edit) -> None:
    """Write the XML of `source` again as `edit` says; comments and instructions are left out.

    Raises DocumentError for what is no XML, or XML with a document type.
    """
    writer = _Writer(edit)
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartElementHandler = writer.begin
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        while block := source.read(READ_AT_ONCE):
            parser.Parse(block)
            write(writer.taken())
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two for encodings that are not known
        raise DocumentError(str(error)) from error
    write(writer.taken())


def _refuse_doctype(*_parts: object) -> None:
    raise DocumentError("a document type stands in an office document")


class _Writer:
    """Gathers what is written between two reads."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit
        self._written = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n']
        self._left_out = 0

    def taken(self) -> bytes:
        written, self._written = "".join(self._written), []
        return written.encode()

    def begin(self, name: str, flat: list[str]) -> None:
        pairs = list(zip(flat[::2], flat[1::2], strict=True))
        attributes = None if self._left_out else self._edit.element(name, pairs)
        if attributes is None:
            self._left_out += 1
            return
        self._written.append(f"<{name}{''.join(map(_attribute, attributes))}>")

    def end(self, name: str) -> None:
        if self._left_out:
            self._left_out -= 1
            return
        self._written.append(f"</{name}>")

    def text(self, text: str) -> None:
        if not self._left_out:
            self._written.append(self._edit.text(text).translate(_IN_TEXT))


_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE = _IN_TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
"""White space in an attribute would be read as plain spaces if it stood there bare."""


def _attribute(pair: tuple[str, str]) -> str:
    return f' {pair[0]}="{pair[1].translate(_IN_ATTRIBUTE)}"'
