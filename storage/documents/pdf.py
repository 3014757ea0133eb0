"""PDF: what tells who wrote it is overwritten in place, so that every object stays where the index says (ISO 32000-2).

Overwritten are the document's properties (14.3.3), its XMP metadata (14.3.2), the authors of comments (12.5.6.2) and
what cameras wrote into pictures. What cannot be looked through is refused: encrypted or signed documents, and such
with other files in them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from storage.documents.errors import NotCleanableError
from storage.documents.pdf_layout import Stream, packed_again, streams_of, unpacked
from storage.documents.pdf_strings import blank_string, blank_strings
from storage.pictures import Cleaned, PictureError, clean_jpeg

_REFUSED = re.compile(rb"/(?:Encrypt|ByteRange|EmbeddedFile|EmbeddedFiles|RichMedia|Info\s*<<)(?!\w)")
_INFO = re.compile(rb"/Info\s+(\d+)\s+\d+\s+R\b")
_REFERENCE = re.compile(rb"(?<![\w.])(\d+)\s+\d+\s+R\b")
_OBJECT = re.compile(rb"(?<!\d)(\d+)\s+\d+\s+obj\b")
_NAMED_BY = re.compile(rb"/T\s*(?=\(|<(?!<))")
_OBJECT_STREAM = rb"/Type\s*/ObjStm\b"
_METADATA = rb"/Type\s*/Metadata\b|/Subtype\s*/XML\b"
_CAMERA_WORDS = (b"Exif\0", b"http://ns.adobe.com/x", b"Photoshop 3.0")

Span = tuple[int, int]


class _Text(Protocol):
    """A stretch of text with objects in it."""

    text: bytearray

    def objects(self) -> Iterator[tuple[int, Span]]:
        """Give the number of each object and where its text lies."""
        ...


@dataclass
class _Plain:
    """The document with spaces in place of its streams."""

    text: bytearray

    def objects(self) -> Iterator[tuple[int, Span]]:
        for found in _OBJECT.finditer(bytes(self.text)):
            end = self.text.find(b"endobj", found.end())
            yield int(found[1]), (found.end(), len(self.text) if end < 0 else end)


@dataclass
class _Packed:
    """The objects in an object stream: pairs of number and place first, then the objects (7.5.7)."""

    stream: Stream
    text: bytearray
    before: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.before = bytes(self.text)

    def objects(self) -> Iterator[tuple[int, Span]]:
        first = re.search(rb"/First\s+(\d+)", self.stream.head)
        if first is None:
            raise NotCleanableError("an object stream does not say where it begins")
        begin = int(first[1])
        numbers = [int(each) for each in self.before[:begin].split() if each.isdigit()]
        places = [begin + each for each in numbers[1::2]]
        return zip(numbers[::2], zip(places, [*places[1:], len(self.text)], strict=True), strict=False)


def clean_pdf(data: bytes) -> Cleaned:
    """Return the document without its properties; as long as before. Raises DocumentError, NotCleanableError."""
    streams = streams_of(data)
    plain = _Plain(_without_streams(data, streams))
    packed = [_Packed(each, bytearray(unpacked(data, each))) for each in streams if each.says(_OBJECT_STREAM)]
    texts: list[_Text] = [plain, *packed]
    if any(_REFUSED.search(each.text) for each in texts):
        raise NotCleanableError("the document is encrypted or signed, or holds other files")
    _blank_properties(plain, texts)
    for each in texts:
        _blank_commenters(each)
    cleaned = plain.text
    for stream in streams:
        cleaned[stream.start : stream.end] = _clean_stream(data, stream)
    for one in packed:
        if one.text != one.before:
            cleaned[one.stream.start : one.stream.end] = packed_again(bytes(one.text), one.stream)
    return Cleaned(bytes(cleaned))


def _without_streams(data: bytes, streams: list[Stream]) -> bytearray:
    text = bytearray(data)
    for stream in streams:
        text[stream.start : stream.end] = b" " * (stream.end - stream.start)
    return text


def _blank_properties(plain: _Plain, texts: list[_Text]) -> None:
    """Overwrite the properties of all versions of the document, also where they stand in objects of their own."""
    numbers = {int(found[1]) for found in _INFO.finditer(plain.text)}
    spans = _spans(texts, numbers)
    if numbers and not spans:
        raise NotCleanableError("the properties are not found")
    referred = {int(each[1]) for text, (start, end) in spans for each in _REFERENCE.finditer(text[start:end])}
    for text, span in [*spans, *_spans(texts, referred)]:
        blank_strings(text, *span)


def _spans(texts: list[_Text], numbers: set[int]) -> list[tuple[bytearray, Span]]:
    if not numbers:
        return []
    return [(each.text, span) for each in texts for number, span in each.objects() if number in numbers]


def _blank_commenters(each: _Text) -> None:
    """Overwrite who wrote a comment: the entry T of an annotation other than a form's field."""
    for _, (start, end) in each.objects():
        said = each.text[start:end]
        if b"/Subtype" in said and b"/Widget" not in said:
            for found in _NAMED_BY.finditer(said):
                blank_string(each.text, start + found.end())


def _clean_stream(data: bytes, stream: Stream) -> bytes:
    content = data[stream.start : stream.end]
    if stream.says(_METADATA):
        unpacked(data, stream)  # refuses what could not be packed again
        return packed_again(b"", stream)
    if stream.filters in ([b"DCTDecode"], [b"DCT"]):
        return _clean_photo(content)
    return content


def _clean_photo(content: bytes) -> bytes:
    """Clean a JPEG; what was taken out is made up for behind its end, where no reader looks."""
    try:
        cleaned = clean_jpeg(content).data
    except PictureError:
        cleaned = None
    if cleaned is not None and len(cleaned) <= len(content):
        return cleaned.ljust(len(content), b"\0")
    if any(word in content for word in _CAMERA_WORDS):
        raise NotCleanableError("a picture in the document cannot be cleaned")
    return content
