"""Values in Thrift's compact protocol, in which a Parquet file describes itself.

Source: thrift-compact-protocol.md of Apache Thrift. A struct is its fields by number, in rising order.
"""

from collections.abc import Mapping, Sequence


class Long(int):
    """A number of 64 bits; a plain int is one of 32."""


Value = int | str | bytes | Sequence["Value"] | Mapping[int, "Value"]

_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
_SHORT_LIST = 15
_MORE = 0x80


def struct(fields: Mapping[int, Value]) -> bytes:
    """Encode a struct; its field numbers are less than 16 apart."""
    made, last = bytearray(), 0
    for number, value in fields.items():
        made.append((number - last) << 4 | _kind(value))
        made += _encoded(value)
        last = number
    made.append(0)
    return bytes(made)


def varint(number: int) -> bytes:
    """Encode a number that is not negative, seven bits a byte.

    >>> varint(300).hex()
    'ac02'
    """
    made = bytearray()
    while number >= _MORE:
        made.append(number % _MORE | _MORE)
        number //= _MORE
    made.append(number)
    return bytes(made)


def _kind(value: Value) -> int:
    match value:
        case Long():
            return _I64
        case int():
            return _I32
        case str() | bytes():
            return _BINARY
        case Mapping():
            return _STRUCT
        case _:
            return _LIST


def _encoded(value: Value) -> bytes:
    match value:
        case int():
            return varint(value * 2 if value >= 0 else -value * 2 - 1)
        case str():
            return _encoded(value.encode())
        case bytes():
            return varint(len(value)) + value
        case Mapping():
            return struct(value)
        case _:
            kind, size = _kind(value[0]) if value else _STRUCT, len(value)
            head = bytes([size << 4 | kind]) if size < _SHORT_LIST else bytes([_SHORT_LIST << 4 | kind]) + varint(size)
            return head + b"".join(map(_encoded, value))
