"""The cells of a sheet: they name nobody and are far too many to be read one by one, so they are set aside as they are.

What stands around them is rewritten, and they are put back.
"""

import re

_DECLARED = re.compile(rb"<\?xml[^>]*encoding=[\"']([\w-]+)")
_BEGIN = re.compile(rb"<(\w+:)?sheetData>")
_PLACE = re.compile(rb"<(?:\w+:)?sheetData></(?:\w+:)?sheetData>")


def set_cells_aside(sheet: bytes) -> tuple[bytes, bytes]:
    """Split a sheet into what stands around its cells, and the cells in their element: none if it is not plain."""
    declared = _DECLARED.match(sheet.removeprefix(b"\xef\xbb\xbf"))
    begin = _BEGIN.search(sheet)
    if begin is None or sheet[:2] in (b"\xff\xfe", b"\xfe\xff") or (declared and declared[1].lower() != b"utf-8"):
        return sheet, b""
    closing = b"</%bsheetData>" % (begin[1] or b"")
    end = sheet.rfind(closing) + len(closing)
    if end < begin.end() or sheet.find(b"<!--", begin.end(), end) >= 0:
        return sheet, b""
    return sheet[: begin.end()] + closing + sheet[end:], sheet[begin.start() : end]


def put_cells_back(around: bytes, cells: bytes) -> bytes:
    """Put the cells where they were."""
    return _PLACE.sub(lambda _: cells, around, count=1) if cells else around
