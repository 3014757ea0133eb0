"""Writing a sheet as Parquet, a group of rows at a time; this blocks and runs in a thread.

The library for it is 150 MB on the disk and 60 MB in memory once imported. What is written is what every reader knows
(format 1.0 of Apache Parquet: Encodings.md, Compression.md, parquet.thrift): a column of a group of rows is a page of
its different values and a page of their places in it, or of bits where it is true or false; both pages by gzip.
"""

import json
import sys
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from admin.reports.sheets import Cell, Sheet, plain
from admin.reports.thrift import Long, Value, struct, varint

GROUP = 50_000
"""Rows of a group, of which two bytes can tell the place of every value."""
_MARK = b"PAR1"
_BOOLEAN, _INT32, _INT64, _BYTES = 0, 1, 2, 6
_UTF8, _DATE, _MICROSECONDS = 0, 6, 10
_KINDS: dict[type, tuple[int, int | None]] = {
    bool: (_BOOLEAN, None), int: (_INT64, None), str: (_BYTES, _UTF8), date: (_INT32, _DATE),
    datetime: (_INT64, _MICROSECONDS),
}  # fmt: skip
_OPTIONAL = 1
_PLAIN, _RLE, _BY_PLACE = 0, 3, 8
_GZIP, _GZIP_FORMAT, _QUICKLY = 2, 31, 1
_DATA_PAGE, _DICTIONARY_PAGE = 0, 2
_ONE_BYTE = 256
_FIRST_DAY = date(1970, 1, 1).toordinal()
_FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = bytes.maketrans(b"\0\1", b"01")


def write_parquet(path: Path, sheets: Sequence[Sheet]) -> int:
    """Write the first sheet, guarded as in every other file; the others are told in the file's metadata, as JSON."""
    sheet, *about = sheets
    text = lru_cache(2_048)(plain)
    columns = [
        _Column(str(plain(head)), kind, text if kind is str else None)
        for head, kind in zip(sheet.heads, sheet.kinds, strict=True)
    ]
    with path.open("wb") as file:
        file.write(_MARK)
        groups: list[Value] = []
        rows = waiting = 0
        for block in sheet.blocks:
            number = len(block.rests)
            for column, cell in zip(columns, block.shared, strict=False):
                column.add(cell, number)
            for column, cells in zip(columns[len(block.shared) :], zip(*block.rests, strict=True), strict=False):
                column.add_each(cells)
            waiting += number
            if waiting >= GROUP:
                groups.append(_group(file, columns, waiting))
                rows, waiting = rows + waiting, 0
        if waiting:
            groups.append(_group(file, columns, waiting))
        told = {each.name: [[plain(cell) for cell in row] for row in each.rows()] for each in about}
        footer = _footer(columns, rows + waiting, groups, told)
        file.write(footer + len(footer).to_bytes(4, "little") + _MARK)
    return rows + waiting


@dataclass
class _Column:
    """A column of the group that is being gathered: its different values, and the place of each row's among them."""

    name: str
    kind: type
    text: Any = None
    places: dict[Cell, int] = field(default_factory=dict)
    rows: list[int | None] = field(default_factory=list)

    def add(self, cell: Cell, times: int) -> None:
        """Add a value for some rows."""
        self.rows += [self._place(cell)] * times

    def add_each(self, cells: Sequence[Cell]) -> None:
        """Add a value for each row."""
        self.rows += map(self._place, cells)

    def _place(self, cell: Cell) -> int | None:
        if cell is None:
            return None
        if self.text is not None:
            cell = self.text(cell)
        place = self.places.get(cell)
        if place is None:
            place = self.places[cell] = len(self.places)
        return place

    def write(self, file: BinaryIO) -> Value:
        """Write what was gathered, and begin anew; return the description of these pages."""
        kind, _ = _KINDS[self.kind]
        begin, size, values = file.tell(), 0, list(self.places)
        there = [place for place in self.rows if place is not None]
        if kind == _BOOLEAN:
            encoding, body = _PLAIN, _bits(bytes(bool(values[place]) for place in there))
        else:
            pages = _page(_DICTIONARY_PAGE, _plain(self.kind, values), {7: {1: len(values), 2: _PLAIN}})
            size += pages[1]
            file.write(pages[0])
            encoding, body = _BY_PLACE, _packed(there, len(values))
        known = bytes(place is not None for place in self.rows)
        data_at = file.tell()
        header: dict[int, Value] = {5: {1: len(known), 2: encoding, 3: _RLE, 4: _RLE}}
        page, unpacked = _page(_DATA_PAGE, _presence(known) + body, header)
        file.write(page)
        self.places, self.rows = {}, []
        described: dict[int, Value] = {
            1: kind, 2: [_RLE, _PLAIN, encoding], 3: [self.name], 4: _GZIP, 5: Long(len(known)),
            6: Long(size + unpacked), 7: Long(file.tell() - begin), 9: Long(data_at),
        }  # fmt: skip
        if kind != _BOOLEAN:
            described[11] = Long(begin)
        return {2: Long(begin), 3: described}


def _group(file: BinaryIO, columns: Sequence[_Column], rows: int) -> Value:
    begin = file.tell()
    chunks = [column.write(file) for column in columns]
    return {1: chunks, 2: Long(file.tell() - begin), 3: Long(rows)}


def _page(kind: int, content: bytes, header: dict[int, Value]) -> tuple[bytes, int]:
    """Return a page with its header, and how long both are without compression."""
    packer = zlib.compressobj(_QUICKLY, wbits=_GZIP_FORMAT)
    packed = packer.compress(content) + packer.flush()
    head = struct({1: kind, 2: len(content), 3: len(packed), **header})
    return head + packed, len(head) + len(content)


def _presence(known: bytes) -> bytes:
    """Encode which rows have a value: one run when all or none have, bits otherwise."""
    if not any(known) or all(known):
        levels = varint(len(known) * 2) + known[:1]
    else:
        levels = varint((len(known) + 7) // 8 * 2 + 1) + _bits(known)
    return len(levels).to_bytes(4, "little") + levels


def _bits(flags: bytes) -> bytes:
    """Pack flags of 0 and 1 into bits, the first into the lowest."""
    return int(flags[::-1].translate(_DIGITS) or b"0", 2).to_bytes((len(flags) + 7) // 8, "little")


def _packed(places: list[int], different: int) -> bytes:
    """Encode places in one run of whole bytes: as many bits as the format lets us choose."""
    bits, letter = (8, "B") if different <= _ONE_BYTE else (16, "H")
    eights = (len(places) + 7) // 8
    return bytes([bits]) + varint(eights * 2 + 1) + _little(letter, [*places, *[0] * (eights * 8 - len(places))])


def _plain(kind: type, values: list[Any]) -> bytes:
    """Encode values one after another."""
    if kind is str:
        written = [value.encode() for value in values]
        return b"".join([len(each).to_bytes(4, "little") + each for each in written])
    if kind is date:
        return _little("i", [value.toordinal() - _FIRST_DAY for value in values])
    if kind is datetime:
        return _little("q", [(value - _FIRST_MOMENT) // timedelta(microseconds=1) for value in values])
    return _little("q", values)


def _little(letter: str, numbers: list[int]) -> bytes:
    made = array(letter, numbers)
    if sys.byteorder == "big":
        made.byteswap()
    return made.tobytes()


def _footer(columns: Sequence[_Column], rows: int, groups: list[Value], told: dict[str, Any]) -> bytes:
    schema: list[Value] = [{4: "langnghe", 5: len(columns)}]
    for column in columns:
        kind, meaning = _KINDS[column.kind]
        described: dict[int, Value] = {1: kind, 3: _OPTIONAL, 4: column.name}
        schema.append(described if meaning is None else {**described, 6: meaning})
    about: list[Value] = [{1: name, 2: json.dumps(each, ensure_ascii=False)} for name, each in told.items()]
    footer: dict[int, Value] = {1: 1, 2: schema, 3: Long(rows), 4: groups}
    return struct(({**footer, 5: about} if about else footer) | {6: "langnghe"})
