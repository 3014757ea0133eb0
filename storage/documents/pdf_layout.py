"""Where the streams of a PDF lie, and what stands around them. Reads the bytes in order, not by their index.

So objects of earlier versions of a document, which no index names any more, are seen, too.
"""

import re
import zlib
from dataclasses import dataclass

from storage.documents.errors import DocumentError, NotCleanableError

LARGEST_CONTENT = 50_000_000
"""Bytes of one stream, unpacked."""
_STREAM = re.compile(rb">>\s*(?:%[^\r\n]*[\r\n]+\s*)?stream(?:\r\n|\n|\r)")
_BEGINS = re.compile(rb"\d\s+obj\b")
_LENGTH = re.compile(rb"/Length\s+(\d+)(?!\s+\d+\s+R)\b")
_ENDS = re.compile(rb"\s{0,2}endstream")
_FILTER = re.compile(rb"/Filter\s*(?:\[([^\]]*)\]|(/\w+))")


@dataclass(slots=True)
class Stream:
    """A stream: `head` is the text of its dictionary; its content, packed, lies from `start` to `end`."""

    head: bytes
    start: int
    end: int

    @property
    def filters(self) -> list[bytes]:
        """How the content is packed, outermost first."""
        found = _FILTER.search(self.head)
        return (found[1] or found[2] or b"").replace(b"/", b" ").split() if found else []

    def says(self, words: bytes) -> bool:
        """Say whether the dictionary holds an entry, given as an expression."""
        return re.search(words, self.head) is not None


def streams_of(data: bytes) -> list[Stream]:
    """Find all streams. Raises DocumentError for one that does not end."""
    found: list[Stream] = []
    position = 0
    while begins := _STREAM.search(data, position):
        last = max((each.end() for each in _BEGINS.finditer(data, position, begins.start())), default=position)
        head = data[last : begins.start() + 2]
        end = _end(data, head, begins.end())
        found.append(Stream(head, begins.end(), end))
        position = end
    return found


def _end(data: bytes, head: bytes, start: int) -> int:
    """Believe the length that is said if the stream does end there."""
    said = _LENGTH.search(head)
    if said and _ENDS.match(data, start + int(said[1])):
        return start + int(said[1])
    end = data.find(b"endstream", start)
    if end < 0:
        raise DocumentError("a stream does not end")
    return end


def unpacked(data: bytes, stream: Stream) -> bytes:
    """Return the content of a stream. Raises NotCleanableError for packings other than plain deflate."""
    packed = data[stream.start : stream.end]
    if not stream.filters:
        return packed
    if stream.filters not in ([b"FlateDecode"], [b"Fl"]) or stream.says(rb"/Predictor\s+(?!1\b)\d"):
        raise NotCleanableError("a stream is packed in a way that cannot be written again")
    opened = zlib.decompressobj()
    try:
        content = opened.decompress(packed, LARGEST_CONTENT)
    except zlib.error as error:
        raise DocumentError("a stream is damaged") from error
    if opened.unconsumed_tail:
        raise NotCleanableError("a stream is far larger than it seems")
    return content


def packed_again(content: bytes, stream: Stream) -> bytes:
    """Pack changed content so that it fills the place of the old one: readers stop at the end of the packed data."""
    room = stream.end - stream.start
    packed = zlib.compress(content, 9) if stream.filters else content
    if len(packed) > room:
        raise NotCleanableError("the changed stream needs more room than there is")
    return packed.ljust(room, b"\0" if stream.filters else b" ")
