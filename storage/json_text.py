"""JSON as it is stored: short, letters as they are."""

import json
from typing import Any

import orjson

_STRICT = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
"""Only what JSON itself has: a moment or an object in a value is a mistake of ours and is to be heard of."""
_ANY_SIZE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def compact_json(value: Any) -> str:
    """Write a JSON value. Raises TypeError for what JSON does not have.

    The library writes five times as fast as Python's own, which is left what that one refuses: whole numbers of more
    than 64 bits and keys that are no texts.
    """
    try:
        return orjson.dumps(value, option=_STRICT).decode()
    except TypeError:
        return _ANY_SIZE.encode(value)
